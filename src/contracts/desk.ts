import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { holdsRole, type Person, type Role } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { Outbox } from './outbox.ts';
import { oweRecord } from './owed.ts';

/** What a desk needs of the audit plane. */
export interface DeskRecorder {
  /** Resolves only when the record is on disk. */
  record(draft: RecordDraft): Promise<unknown>;
  /** Resolves when it is sure to be recorded, once the log works again. */
  owe(draft: RecordDraft): Promise<unknown>;
}

/** The log, and the outbox for what cannot be written at the moment. */
export function createDeskRecorder(
  recorder: Pick<DeskRecorder, 'record'>,
  { outbox, clock }: { readonly outbox: Pick<Outbox, 'put'>; readonly clock: Clock },
): DeskRecorder {
  return {
    record: (draft) => recorder.record(draft),
    owe: (draft) => outbox.put([oweRecord(draft, clock.now())]),
  };
}

/** Who does it; the tenant and the right come with the person. */
export interface Act {
  readonly by: Person;
}

/** An act that nobody may do without saying why. */
export interface ReasonedAct extends Act {
  readonly reason: string;
}

/** INVARIANT: every desk asks this first; the router asking too is no reason not to. */
export function checkRight({ by }: Act, ...anyOf: readonly Role[]): void {
  if (by.name.trim() === '') throw new BailiwickError('api/unauthorized');
  if (!holdsRole(by, ...anyOf)) throw roleNeeded(by, anyOf);
}

/** INVARIANT: whoever is refused for want of a role is told which one, who gives it and by which verb. */
export function roleNeeded(
  { name, roles }: Pick<Person, 'name' | 'roles'>,
  anyOf: readonly Role[],
): BailiwickError {
  const [first = 'admin'] = anyOf;
  const has = roles.length === 0 ? 'none' : roles.join(', ');
  return new BailiwickError('api/forbidden', {
    message: `this needs the role ${anyOf.join(' or ')}; ${name} has ${has}`,
    // No list of what they have: some of it they may have taken for a time only.
    suggestedAction: `an admin (\`bailiwick person list\`) gives it: \`bailiwick person set-roles ${name} --role ${first} …\`, with each role that they keep; whoever is eligible takes it: \`bailiwick person elevate --role ${first}\``,
  });
}

/** For what gives others something: nobody sits at a token. */
export function checkInPerson({ by }: Act): void {
  if (by.through?.kind !== 'token') return;
  throw new BailiwickError('api/forbidden', {
    message: 'an API token may not do this',
    suggestedAction: 'do it yourself, signed in or by your own credential',
  });
}

export function checkReason({ reason }: Pick<ReasonedAct, 'reason'>): void {
  if (reason.trim() === '') throw new BailiwickError('api/reason-required');
  if (Buffer.byteLength(reason, 'utf8') > limits.reasonBytes) {
    throw new BailiwickError('api/invalid', {
      message: 'the reason is too long',
      suggestedAction: `use at most ${limits.reasonBytes} bytes`,
    });
  }
}

/** What the record of every act of a person says in the same place. */
export function actDraft(
  type: RecordDraft['type'],
  { by, reason }: Act & { readonly reason?: string | undefined },
  details: JsonObject,
): RecordDraft {
  return {
    type,
    tenant: by.tenant,
    actors: [{ kind: 'human', name: by.name }],
    details: {
      ...details,
      ...(reason === undefined ? {} : { reason }),
      ...tokenOf(by),
    },
  };
}

/** The program that asked, where one did: what it does and what it reads is told apart from its person's own. */
export function tokenOf({ through }: Pick<Person, 'through'>): { readonly apiToken?: string } {
  const token = through?.kind === 'token' ? through.id : through?.commandLine;
  return token === undefined ? {} : { apiToken: token };
}

/**
 * The order of an act that adds privilege: record, then effect. What cannot be recorded does not
 * take effect. What this order can leave behind is a recorded act that helped nobody; a record of
 * type `act.reconciled` says so.
 */
export async function recordThenDo<Answer>(
  recorder: DeskRecorder,
  draft: RecordDraft,
  effect: () => Promise<Answer>,
): Promise<Answer> {
  await recorder.record(draft);
  try {
    return await effect();
  } catch (fault) {
    await noteUnapplied(recorder, draft, fault);
    throw fault;
  }
}

/** Never fails: the fault is what the caller must hear. */
export async function noteUnapplied(
  recorder: DeskRecorder,
  draft: RecordDraft,
  fault: unknown,
): Promise<void> {
  await recordOrOwe(recorder, reconciledDraft(draft, fault));
}

/** For what has happened already: the log, or else the outbox; nothing is left where both fail. */
export async function recordOrOwe(recorder: DeskRecorder, draft: RecordDraft): Promise<void> {
  await recorder
    .record(draft)
    .catch(() => recorder.owe(draft))
    .catch(() => undefined);
}

function reconciledDraft(draft: RecordDraft, fault: unknown): RecordDraft {
  const problem = fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
  return {
    type: 'act.reconciled',
    tenant: draft.tenant,
    actors: [{ kind: 'system', name: 'system/desk' }],
    details: {
      ...draft.details,
      act: draft.type,
      // A store that refused did nothing; one that failed may have done it.
      applied: problem.status < 500 ? 'no' : 'unknown',
      code: problem.code,
    },
  };
}
