import { sha256Hex } from '#kernel/digest.ts';
import type { ApprovalBinding } from '#kernel/grant.ts';
import { canonicalText } from '#kernel/json/index.ts';

/** SHA-256 over the canonical binding: the one name of "exactly this". */
export function callDigestOf(binding: ApprovalBinding): string {
  return sha256Hex(
    canonicalText({
      tenant: binding.tenant,
      agent: binding.agent,
      instance: binding.instance,
      user: binding.user ?? null,
      session: binding.session,
      server: binding.server,
      tool: binding.tool,
      toolDigest: binding.toolDigest,
      argumentsDigest: binding.argumentsDigest,
      rules: [...binding.rules].sort(),
      approvalClass: binding.approvalClass,
    }),
  );
}

/** What the call is, apart from what policy asks for it. Every key of the binding is in one list. */
const callFields = [
  'tenant',
  'agent',
  'instance',
  'user',
  'session',
  'server',
  'tool',
  'toolDigest',
  'argumentsDigest',
] as const satisfies readonly (keyof ApprovalBinding)[];

/** A new field of the binding does not compile until it is compared. */
type Uncompared = Exclude<
  keyof ApprovalBinding,
  (typeof callFields)[number] | 'rules' | 'approvalClass'
>;
const everyFieldIsCompared: [Uncompared] extends [never] ? true : never = true;

export type Fit = 'exact' | 'another-call' | 'another-question';

/** Does a yes to `approved` answer what is `asked` now? */
export function fitOf(approved: ApprovalBinding, asked: ApprovalBinding): Fit {
  const sameCall =
    everyFieldIsCompared && callFields.every((field) => approved[field] === asked[field]);
  if (!sameCall) return 'another-call';
  const sameQuestion = callDigestOf(approved) === callDigestOf(asked);
  return sameQuestion ? 'exact' : 'another-question';
}
