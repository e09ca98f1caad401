import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval, ApprovalBinding, ApprovalContext } from '#kernel/grant.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';

/** By what a gateway seals a question, and control knows it again: it stands with the keys, not in the store. */
export type SealKeys = Pick<TenantKeys, 'mac'>;

/** INVARIANT: over all that an approver is shown, so that whoever edits the store cannot word the question anew. */
export function sealedContext(
  keys: SealKeys,
  binding: ApprovalBinding,
  context: ApprovalContext,
): ApprovalContext {
  return { ...context, seal: sealOf(keys, binding, context) };
}

/** Throws where it is not what the gateway asked, to the letter: it was edited, or its words were erased. */
export function checkAsAsked(keys: SealKeys, { binding, context }: Approval): void {
  if (context.seal === sealOf(keys, binding, context)) return;
  throw new BailiwickError('approvals/changed', {
    message:
      'this is not what the gateway asked: it was edited in the store, or its words were erased',
    suggestedAction: 'reject it, and let the agent ask again',
  });
}

/**
 * The digest of what an approver is shown. The arguments are in it by their keyed digest, so that nobody who reads
 * it can try guesses. What stood there before is in the seal alone, for the same reason.
 */
export function shownDigestOf({
  id,
  binding,
  callDigest,
  context,
  requestedAt,
  expiresAt,
}: Approval): string {
  const { argumentsText: _, beforeText: __, seal: ___, ...shown } = context;
  return digestOf({ id, binding, callDigest, context: shown, requestedAt, expiresAt });
}

function sealOf(keys: SealKeys, binding: ApprovalBinding, context: ApprovalContext): string {
  const { seal: _, ...asked } = context;
  return keys.mac(binding.tenant, `approval\n${digestOf({ binding, context: asked })}`);
}

function digestOf(value: object): string {
  return sha256Hex(canonicalText(said(value)));
}

/** What is undefined is left out, as every column and every socket leaves it out. */
function said(value: unknown): Json {
  if (Array.isArray(value)) return value.map(said);
  if (typeof value !== 'object' || value === null) return value as Json;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, said(member)]));
}
