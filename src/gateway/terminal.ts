import { contentOf, type Outcome } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject } from '#kernel/json/index.ts';
import type { RecordDraft, RecordType } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApprovalGate } from '#planes/approvals/index.ts';
import type { Recorder, RecordOptions } from '#planes/audit/index.ts';
import { targetText } from '#kernel/target.ts';
import type { RefusalBook, SoftenedBook } from '#planes/monitoring/index.ts';
import { type CleanNamesParts, withoutSecretNames } from './clean-names.ts';
import { callDraft, type GrowingDraft } from './drafts.ts';
import { withFlow } from './flow-details.ts';
import type { Ended } from './gates.ts';
import {
  effectOf,
  type Settled,
  type SoFar,
  type Step,
  type Stood,
  type ToldAlready,
} from './progress.ts';
import type { StageName } from './stage-names.ts';
import { createUnknownNames, type UnknownNames } from './unknown-names.ts';
import type { Unreconciled } from './unreconciled.ts';
import { keptAnswer, whoseWords } from './whose-words.ts';

/** The one place where a call's terminal record is written, whatever the way it ended. */
export interface Terminal {
  /** The settle stage: durable before any of the outcome is released. */
  readonly settle: (walk: Stood & SoFar) => Promise<Step<Pick<Settled, 'recordId'>>>;
  readonly exit: (ended: Ended) => Promise<Outcome>;
}

export interface TerminalParts extends CleanNamesParts {
  readonly recorder: Pick<Recorder, 'record' | 'commit'>;
  readonly refusals: RefusalBook;
  readonly softened: Pick<SoftenedBook, 'note'>;
  readonly approvals: Pick<ApprovalGate, 'noteUse'>;
  readonly unreconciled: Pick<Unreconciled, 'add'>;
  readonly clock: Clock;
  /** A key of this program's memory unless it is given. */
  readonly unknownNames?: UnknownNames;
}

export function createTerminal(given: TerminalParts): Terminal {
  const parts = { unknownNames: createUnknownNames(), ...given };
  return {
    async settle(walk) {
      let recordId: string;
      try {
        const draft = outcomeDraft(parts, walk);
        const body = keptAnswer(draft, walk, walk.resultBytes);
        const whose = whoseWords(walk.principal);
        ({ id: recordId } = await parts.recorder.record(draft, body, whose));
      } catch {
        return unrecorded(parts, walk);
      }
      noteUse(parts, walk, 'used');
      noteSoftened(parts, walk);
      parts.refusals.relief(walk.principal.tenant, walk.principal.instance);
      endLoan(walk);
      return { recordId };
    },
    exit: (ended) => exit(parts, ended).finally(() => endLoan(ended.walk)),
  };
}

type Parts = TerminalParts & Required<Pick<TerminalParts, 'unknownNames'>>;

async function exit(parts: Parts, { walk, at, why }: Ended): Promise<Outcome> {
  if (why.kind === 'held') return concludeHeld(parts, walk, why.held);
  if (why.kind === 'told') return concludeTold(parts, walk, why.page);
  // A look that nobody may wait for: what it was for is not known.
  const no = why.kind === 'refusal' ? why : refusal('gateway/internal');
  return at === 'settle' ? withheld(walk, no) : conclude(parts, walk, at, no);
}

/** It went on although a gate said no, as its record says. */
function noteSoftened({ softened }: TerminalParts, { principal, subject, wouldHave }: SoFar): void {
  if (wouldHave === undefined || principal === undefined || subject === undefined) return;
  softened.note(principal.tenant, targetText(subject.target), wouldHave);
}

/** INVARIANT: every way out ends what was lent, with the effect that its record says. */
function endLoan(walk: SoFar): void {
  walk.loan?.end(effectOf(walk));
}

function withheld(walk: SoFar, reason: Refusal): Outcome {
  return { kind: 'refused', recordId: undefined, refusal: reason, effect: effectOf(walk) };
}

async function conclude(
  parts: Parts,
  walk: SoFar,
  stage: StageName,
  no: Refusal,
): Promise<Outcome> {
  const { draft, words: toSeal } = sealable(parts, walk, refusalDraft(parts, walk, stage, no), no);
  const now = parts.clock.now();
  const { intent, principal } = walk;
  // After the intent there is always an outcome record; before it, repetitions are counted.
  const due =
    intent === undefined
      ? parts.refusals.note(draft, principal !== undefined, now, aboutOf(walk))
      : draft;
  if (intent !== undefined) noteSoftened(parts, walk);
  const told = intent === undefined ? undefined : afterIntent(parts, walk);
  if (due === undefined) return withheld(walk, no);
  try {
    const words = due === draft ? toSeal : undefined;
    const { id } = await recordRefusal(parts, walk, due, words);
    await told;
    return { kind: 'refused', recordId: id, refusal: no, effect: effectOf(walk) };
  } catch {
    if (intent !== undefined) return withheld(walk, await unrecorded(parts, walk));
    parts.refusals.unrecorded([due]);
    return withheld(walk, refusal('audit/unavailable'));
  }
}

/** The draft as it may stand in a leaf, and what is sealed with it: what a stranger said, or a name that nobody has. */
function sealable(parts: Parts, walk: SoFar, whole: RecordDraft, no: Refusal) {
  const { draft, name } = parts.unknownNames(withoutSecretNames(parts, whole), walk);
  const words = wordsOf(no);
  if (words !== undefined || name === undefined || walk.principal === undefined) {
    return { draft, words };
  }
  return { draft: { ...draft, heard: parts.recorder.commit(name) }, words: name };
}

/** What a stranger said instead of an answer: its record seals it. */
function wordsOf({ message, recordedMessage }: Refusal): Buffer | undefined {
  return recordedMessage === undefined ? undefined : Buffer.from(message);
}

/** INVARIANT: that a call ended so is on record also where nobody has a key for the words. */
async function recordRefusal(
  { recorder }: TerminalParts,
  walk: SoFar,
  due: RecordDraft,
  words: Buffer | undefined,
): Promise<{ readonly id: string }> {
  const whose = whoseSalts(walk);
  if (words === undefined) return recorder.record(due, undefined, whose);
  return recorder.record(due, words, whose).catch(() => recorder.record(due, undefined, whose));
}

const nothing = canonicalBytes(emptyObject());

/** Two refusals are the same only when the arguments were: a probe is told apart from a loop. */
function aboutOf({ argumentsDigest, call }: SoFar): string {
  return argumentsDigest ?? sha256Hex(contentOf(call.action)?.argumentBytes ?? nothing);
}

async function concludeHeld(
  parts: TerminalParts,
  walk: SoFar,
  held: NonNullable<SoFar['held']>,
): Promise<Outcome> {
  try {
    const details = withFlow(undefined, walk);
    const draft = {
      ...callDraft('gateway.held', walk),
      effect: 'none' as const,
      approval: { id: held.approvalId, class: walk.decision?.approvalClass ?? '' },
      ...(details === undefined ? {} : { details }),
    };
    const { id } = await parts.recorder.record(draft, undefined, whoseSalts(walk));
    return { kind: 'held', recordId: id, approval: held };
  } catch {
    return withheld(walk, refusal('audit/unavailable'));
  }
}

/** Of what is not kept, its commitments are opened by whoever may open the words of the same. */
function whoseSalts({ principal }: SoFar): RecordOptions | undefined {
  return principal === undefined ? undefined : whoseWords(principal);
}

/** Answered from the configuration: nothing was asked of anybody, so there is no intent to close. */
async function concludeTold(
  parts: TerminalParts,
  walk: SoFar,
  page: ToldAlready['page'],
): Promise<Outcome> {
  try {
    const draft = { ...callDraft('policy.listed', walk), effect: 'none' as const };
    const told = { ...draft, durationUs: elapsedUs(parts, walk) };
    const { id } = await parts.recorder.record(told, undefined, whoseSalts(walk));
    return { kind: 'listed', recordId: id, page };
  } catch {
    return withheld(walk, refusal('audit/unavailable'));
  }
}

function refusalDraft(
  parts: TerminalParts,
  walk: SoFar,
  stage: StageName,
  no: Refusal,
): RecordDraft {
  const type = walk.intent === undefined ? 'gateway.refused' : 'policy.outcome';
  const draft = endDraft(parts, type, walk);
  draft.refusal = { stage, code: no.code, message: no.recordedMessage ?? no.message };
  const words = wordsOf(no);
  // Of somebody unknown nothing is kept but counts.
  if (words !== undefined && walk.principal !== undefined)
    draft.heard = parts.recorder.commit(words);
  // Of what went on the intent says it.
  const details =
    walk.intent === undefined ? withFlow(no.recorded, walk) : withSignals(no.recorded, walk);
  if (details !== undefined) draft.details = details;
  return draft;
}

/** What looked odd in the words of a server that answered with an error. */
function withSignals(recorded: Refusal['recorded'], { attempt }: SoFar): Refusal['recorded'] {
  const { signals, leftOut } = attempt?.details ?? {};
  const noted = {
    ...(signals === undefined ? {} : { signals }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
  return Object.keys(noted).length === 0 ? recorded : { ...recorded, ...noted };
}

function outcomeDraft(parts: TerminalParts, walk: SoFar): GrowingDraft {
  const { result, resultBytes, attempt, file } = walk;
  const draft = endDraft(parts, file.settledAs, walk);
  const redactions = attempt?.redactions ?? 0;
  if (resultBytes !== undefined) draft.result = parts.recorder.commit(resultBytes);
  const { details, heldBack } = attempt ?? {};
  if (redactions !== 0) draft.details = { redactions };
  // An answer all the same, by which its tool says that it failed.
  if (result?.['isError'] === true) draft.details = { ...draft.details, toolError: true };
  if (details !== undefined) draft.details = { ...draft.details, ...details };
  if (heldBack !== undefined) {
    draft.details = { ...draft.details, heldBack: { ...parts.recorder.commit(heldBack) } };
  }
  return draft;
}

/** What every end of a call says: what it closes, what came of it, and how long it took. */
function endDraft(parts: TerminalParts, type: RecordType, walk: SoFar): GrowingDraft {
  const { intent, loan, attempt } = walk;
  const draft = callDraft(type, walk);
  draft.effect = effectOf(walk);
  draft.durationUs = elapsedUs(parts, walk);
  if (intent !== undefined) draft.intent = intent;
  const leases = [...(loan?.leases ?? []), ...(attempt?.environment ?? [])];
  if (leases.length > 0) draft.lease = leases;
  // What an answer that came in windows let out, also when it broke off.
  const released = attempt?.hasParts === true ? attempt.parts.sum() : undefined;
  if (released !== undefined) draft.parts = released;
  if (attempt?.usage !== undefined) draft.usage = attempt.usage;
  return draft;
}

function elapsedUs(parts: TerminalParts, walk: SoFar): number {
  return Math.max(0, Math.round((parts.clock.monotonic() - walk.startedAt) * 1000));
}

/** The effect may stand although nobody could write it down: say so, and refuse its repetition. */
async function unrecorded(parts: TerminalParts, walk: SoFar): Promise<Refusal> {
  await parts.unreconciled.add(walk);
  noteUse(parts, walk, 'unknown');
  return refusal('audit/outcome-unrecorded', {
    details: { effect: effectOf(walk), retry: false, ref: walk.intent ?? walk.call.id },
  });
}

/** Resolves when no gateway repeats it any more; the caller is answered after that. */
function afterIntent(parts: TerminalParts, walk: SoFar): Promise<void> | undefined {
  const isUnknown = effectOf(walk) === 'unknown';
  noteUse(parts, walk, isUnknown ? 'unknown' : 'used');
  return isUnknown ? parts.unreconciled.add(walk) : undefined;
}

/** A late or lost note leaves the grant `spent, unused`: true, and never a second use. */
function noteUse(parts: TerminalParts, walk: SoFar, outcome: 'used' | 'unknown'): void {
  if (walk.approval === undefined) return;
  parts.approvals.noteUse(walk.approval, outcome).catch(() => undefined);
}
