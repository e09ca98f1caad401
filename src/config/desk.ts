import {
  type Act,
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
} from '#contracts/desk.ts';
import type { Approver } from '#contracts/change-desk.ts';
import type { WrittenDocument } from '#contracts/document-change.ts';
import type { DocumentDesk } from '#contracts/document-desk.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';
import type { DocumentStore, StoredDocument } from '#contracts/document-store.ts';
import { oweServerRemoved } from '#contracts/owed.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Clock } from '#kernel/time.ts';
import type { Compiler } from './compiler.ts';

export interface DocumentDeskParts {
  readonly documents: DocumentStore;
  readonly kinds: readonly DocumentKind[];
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  /** One after the other, the folder too: a change that is taken back must not take another with it. */
  readonly alone: Compiler['alone'];
  /** Compiles all documents with this one in them, for nothing; rejects with every problem. */
  readonly rehearse: (tenant: string, document: StoredDocument) => Promise<void>;
  /** The same without this one. */
  readonly rehearseWithout: (tenant: string, kind: string, name: string) => Promise<void>;
  /** Where it is set, whoever changes something risky is not the one who says yes to it: throws then. */
  readonly gate?: (
    act: Act & { readonly reason?: string | undefined },
    step: { readonly kind: string; readonly name: string; readonly spec: JsonObject | undefined },
  ) => Promise<void>;
  /** Compiles and publishes what is stored; resolves with the digest that is in force. */
  readonly recompile: () => Promise<{ readonly digest: string }>;
}

type Put = Parameters<DocumentDesk['put']>[0];
type Remove = Parameters<DocumentDesk['remove']>[0];

export function createDocumentDesk(parts: DocumentDeskParts): DocumentDesk {
  return {
    async list(tenant, kind) {
      const all = await parts.documents.list(tenant);
      return kind === undefined ? all : all.filter((one) => one.kind === kind);
    },
    page: (wanted) => parts.documents.page(wanted),
    async put(act) {
      checkWriter(parts, act, act.spec);
      if (act.reason !== undefined) checkReason({ reason: act.reason });
      checkDocuments(parts, [act]);
      return parts.alone(act.by.tenant, () => put(parts, act));
    },
    async remove(act) {
      checkWriter(parts, act, undefined);
      if (act.reason !== undefined) checkReason({ reason: act.reason });
      return parts.alone(act.by.tenant, () => remove(parts, act));
    },
  };
}

/**
 * What says who people are and what they may is written by an admin who is there: else whoever has the token of
 * one makes admins. INVARIANT: it is asked of what is written and of what that takes the place of.
 */
export function checkWriter(
  { kinds }: Pick<DocumentDeskParts, 'kinds'>,
  act: Pick<Put, 'by' | 'kind'>,
  spec: JsonObject | undefined,
): void {
  const writer = writerOf(kinds, act.kind, spec);
  checkRight(act, writer ?? 'operator');
  if (writer !== undefined) checkInPerson(act);
}

function writerOf(
  kinds: readonly DocumentKind[],
  kind: string,
  spec: JsonObject | undefined,
): 'admin' | undefined {
  const by = kinds.find((one) => one.kind === kind)?.writtenBy;
  return typeof by === 'function' ? by(spec ?? {}) : by;
}

/** Whose yes it takes, of what stands there and of what is to come; `checkWriter` is asked of the same. */
export function approverOf(
  { kinds }: Pick<DocumentDeskParts, 'kinds'>,
  steps: readonly {
    readonly kind: string;
    readonly name: string;
    readonly spec: JsonObject | undefined;
  }[],
  stored: readonly StoredDocument[],
): Approver {
  const before = (one: { readonly kind: string; readonly name: string }) =>
    stored.find(({ kind, name }) => kind === one.kind && name === one.name)?.spec;
  const isAdmins = steps.some(
    (one) =>
      writerOf(kinds, one.kind, one.spec) !== undefined ||
      writerOf(kinds, one.kind, before(one)) !== undefined,
  );
  return isAdmins ? 'admin' : 'operator';
}

/** All problems of all of them at once, each with whose it is where there are several. */
export function checkDocuments(
  { kinds }: Pick<DocumentDeskParts, 'kinds'>,
  documents: readonly WrittenDocument[],
): void {
  const problems = documents.flatMap(({ kind, name, spec }) => {
    const read = kinds.find((one) => one.kind === kind)?.parse(name, spec);
    if (read === undefined) return [`\`${kind}\` is no kind of document`];
    if (read.kind === 'parsed') return [];
    const whose = documents.length === 1 ? '' : `${kind}/${name}: `;
    return read.problems.map(
      ({ path, message }) => `${whose}${path.map(String).join('.')}: ${message}`,
    );
  });
  if (problems.length > 0) throw new BailiwickError('config/invalid', { details: { problems } });
}

async function put(parts: DocumentDeskParts, act: Put) {
  const { documents, recorder, clock } = parts;
  const { by, kind, name } = act;
  const before = await documents.get(by.tenant, kind, name);
  checkWriter(parts, act, before?.spec);
  if (before !== undefined && before.owner !== 'api') throw ownedByFolder(act);
  const { reason } = act;
  const change = { ...changeOf(act, act.spec, clock.now()), reason };
  await parts.rehearse(by.tenant, { ...change, owner: 'api', version: 0, ...applied(change) });
  await parts.gate?.(act, { kind, name, spec: act.spec });
  const draft = actDraft('config.applied', act, { kind, name, digest: change.digest });
  return recordThenDo(recorder, draft, async () => {
    const document = await documents.put(change);
    try {
      return { document, snapshot: (await parts.recompile()).digest };
    } catch (fault) {
      await putBack(parts, act, before);
      throw fault;
    }
  });
}

/** What its name was trusted with goes with it, in the same transaction: whoever has it next begins anew. */
async function remove(parts: DocumentDeskParts, act: Remove): Promise<{ snapshot: string }> {
  const { documents, recorder, clock } = parts;
  const { by, kind, name } = act;
  const before = await documents.get(by.tenant, kind, name);
  checkWriter(parts, act, before?.spec);
  if (before === undefined) {
    throw new BailiwickError('api/not-found', { message: `there is no ${kind} \`${name}\`` });
  }
  if (before.owner !== 'api') throw ownedByFolder(act);
  await parts.rehearseWithout(by.tenant, kind, name);
  await parts.gate?.(act, { kind, name, spec: undefined });
  const details = { kind, name, digest: before.digest, removed: true };
  return recordThenDo(recorder, actDraft('config.applied', act, details), async () => {
    const also = kind === 'ToolServer' ? [oweServerRemoved(by.tenant, name, clock.now())] : [];
    const { tenant, name: who } = by;
    await documents.remove({ tenant, kind, name, by: who, reason: act.reason, also });
    return { snapshot: (await parts.recompile()).digest };
  });
}

function changeOf({ by, kind, name }: Put, spec: JsonObject, now: number) {
  const digest = sha256Hex(canonicalText(spec));
  return { tenant: by.tenant, kind, name, spec, digest, by: by.name, now };
}

function applied({ by, now }: { readonly by: string; readonly now: number }) {
  return { appliedAt: now, appliedBy: by };
}

/** What is not in force is put back, so that the next change is not held up by this one. */
async function putBack(
  { documents, clock }: DocumentDeskParts,
  act: Put,
  before: StoredDocument | undefined,
): Promise<void> {
  const { by, kind, name } = act;
  if (before !== undefined) await documents.put(changeOf(act, before.spec, clock.now()));
  else await documents.remove({ tenant: by.tenant, kind, name, by: by.name });
}

function ownedByFolder({ kind, name }: Pick<Put, 'kind' | 'name'>): BailiwickError {
  return new BailiwickError('store/conflict', {
    message: `${kind} \`${name}\` is owned by the document folder`,
    suggestedAction: 'change it where it is owned',
  });
}
