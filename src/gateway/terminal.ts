import { type ActionKind, contentOf, type Outcome } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject } from '#kernel/json/index.ts';
import type { RecordDraft, RecordType } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApprovalGate } from '#planes/approvals/index.ts';
import type { Recorder } from '#planes/audit/index.ts';
import type { RefusalBook } from '#planes/monitoring/index.ts';
import { callDraft } from './drafts.ts';
import type { StageName } from './pipeline.ts';
import type { Unreconciled } from './unreconciled.ts';
import type { Exit, Walk } from './walk.ts';

/** The one place where a call's terminal record is written, whatever the way it ended. */
export interface Terminal {
  /** The settle stage: durable before any of the outcome is released. */
  settle(walk: Walk): Promise<Refusal | undefined>;
  success(walk: Walk): Outcome;
  exit(walk: Walk, stage: StageName, exit: Exit): Promise<Outcome>;
}

export interface TerminalParts {
  readonly recorder: Recorder;
  readonly refusals: RefusalBook;
  readonly approvals: ApprovalGate;
  readonly unreconciled: Unreconciled;
  readonly clock: Clock;
}

const settledType = {
  'tool-call': 'policy.outcome',
  refresh: 'policy.outcome',
  'tool-list': 'policy.listed',
  greet: 'gateway.greeted',
  notice: 'gateway.noticed',
  refused: 'gateway.refused',
} as const satisfies Record<ActionKind, RecordType>;

export function createTerminal(parts: TerminalParts): Terminal {
  const recorded = new WeakMap<Walk, string>();
  return {
    async settle(walk) {
      try {
        const { id } = await parts.recorder.record(outcomeDraft(parts, walk));
        recorded.set(walk, id);
      } catch {
        return unrecorded(parts, walk);
      }
      noteUse(parts, walk, 'used');
      if (walk.principal !== undefined) {
        parts.refusals.relief(walk.principal.tenant, walk.principal.instance);
      }
      return undefined;
    },
    success: (walk) => released(walk, recorded.get(walk)),
    exit: (walk, stage, exit) => conclude(parts, walk, stage, exit),
  };
}

/** INVARIANT: without the id of a durable record nothing is released. */
function released(walk: Walk, recordId: string | undefined): Outcome {
  if (recordId === undefined) return withheld(walk, refusal('audit/outcome-unrecorded'));
  switch (walk.call.action.kind) {
    case 'tool-list':
      if (walk.page === undefined) break;
      return { kind: 'listed', recordId, page: walk.page };
    case 'greet':
      return { kind: 'greeted', recordId };
    case 'notice':
      if (walk.principal === undefined) break;
      return { kind: 'noticed', recordId, principal: walk.principal };
    case 'tool-call':
    case 'refresh':
    case 'refused':
      if (walk.result === undefined || walk.resultBytes === undefined) break;
      return { kind: 'result', recordId, result: walk.result, bytes: walk.resultBytes };
  }
  return withheld(walk, refusal('gateway/internal'));
}

function withheld(walk: Walk, reason: Refusal): Outcome {
  return { kind: 'refused', recordId: undefined, refusal: reason, effect: walk.effect };
}

async function conclude(
  parts: TerminalParts,
  walk: Walk,
  stage: StageName,
  exit: Exit,
): Promise<Outcome> {
  if (exit.kind === 'held') return concludeHeld(parts, walk, exit.held);
  if (stage === 'settle') return withheld(walk, exit);
  const draft = refusalDraft(parts, walk, stage, exit);
  const now = parts.clock.now();
  // After the intent there is always an outcome record; before it, repetitions are counted.
  const due =
    walk.intent === undefined
      ? parts.refusals.note(draft, walk.principal !== undefined, now, aboutOf(walk))
      : draft;
  const told = walk.intent === undefined ? undefined : afterIntent(parts, walk);
  if (due === undefined) return withheld(walk, exit);
  try {
    const { id } = await parts.recorder.record(due);
    await told;
    return { kind: 'refused', recordId: id, refusal: exit, effect: walk.effect };
  } catch {
    if (walk.intent !== undefined) return withheld(walk, await unrecorded(parts, walk));
    parts.refusals.unrecorded([due]);
    return withheld(walk, refusal('audit/unavailable'));
  }
}

const nothing = canonicalBytes(emptyObject());

/** Two refusals are the same only when the arguments were: a probe is told apart from a loop. */
function aboutOf({ argumentsDigest, call }: Walk): string {
  return argumentsDigest ?? sha256Hex(contentOf(call.action)?.argumentBytes ?? nothing);
}

async function concludeHeld(
  parts: TerminalParts,
  walk: Walk,
  held: NonNullable<Walk['held']>,
): Promise<Outcome> {
  try {
    const draft = {
      ...callDraft('gateway.held', walk),
      effect: 'none' as const,
      approval: { id: held.approvalId, class: walk.decision?.approvalClass ?? '' },
    };
    const { id } = await parts.recorder.record(draft);
    return { kind: 'held', recordId: id, approval: held };
  } catch {
    return withheld(walk, refusal('audit/unavailable'));
  }
}

function refusalDraft(
  parts: TerminalParts,
  walk: Walk,
  stage: StageName,
  exit: Refusal,
): RecordDraft {
  const type = walk.intent === undefined ? 'gateway.refused' : 'policy.outcome';
  return {
    ...callDraft(type, walk),
    effect: walk.effect,
    refusal: { stage, code: exit.code, message: exit.message },
    durationUs: elapsedUs(parts, walk),
    ...closesIntent(walk),
  };
}

function outcomeDraft(parts: TerminalParts, walk: Walk): RecordDraft {
  const draft = callDraft(settledType[walk.call.action.kind], walk);
  const result =
    walk.resultBytes === undefined ? {} : { result: parts.recorder.commit(walk.resultBytes) };
  return {
    ...draft,
    ...result,
    ...closesIntent(walk),
    effect: walk.effect,
    durationUs: elapsedUs(parts, walk),
    ...(walk.redactions === 0 ? {} : { details: { redactions: walk.redactions } }),
  };
}

function closesIntent(walk: Walk): Pick<RecordDraft, 'intent' | 'lease'> {
  return {
    ...(walk.intent === undefined ? {} : { intent: walk.intent }),
    ...(walk.loan === undefined || walk.loan.leases.length === 0
      ? {}
      : { lease: walk.loan.leases }),
  };
}

function elapsedUs(parts: TerminalParts, walk: Walk): number {
  return Math.max(0, Math.round((parts.clock.monotonic() - walk.startedAt) * 1000));
}

/** The effect may stand although nobody could write it down: say so, and refuse its repetition. */
async function unrecorded(parts: TerminalParts, walk: Walk): Promise<Refusal> {
  await parts.unreconciled.add(walk);
  noteUse(parts, walk, 'unknown');
  return refusal('audit/outcome-unrecorded', {
    details: { effect: walk.effect, retry: false, ref: walk.intent ?? walk.call.id },
  });
}

/** Resolves when no gateway repeats it any more; the caller is answered after that. */
function afterIntent(parts: TerminalParts, walk: Walk): Promise<void> | undefined {
  const told = walk.effect === 'unknown' ? parts.unreconciled.add(walk) : undefined;
  noteUse(parts, walk, walk.effect === 'unknown' ? 'unknown' : 'used');
  return told;
}

/** A late or lost note leaves the grant `spent, unused`: true, and never a second use. */
function noteUse(parts: TerminalParts, walk: Walk, outcome: 'used' | 'unknown'): void {
  if (walk.approval === undefined) return;
  parts.approvals.noteUse(walk.approval, outcome).catch(() => undefined);
}
