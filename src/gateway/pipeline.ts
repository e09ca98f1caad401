import type { ActionKind, Call, Outcome } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { OpenCalls } from './open-calls.ts';
import type { Release } from './release.ts';
import type { Terminal } from './terminal.ts';
import { type Exit, type Stage, type StageResult, startWalk, type Walk } from './walk.ts';

/** THE path. The order is the security argument of the product; a test pins it. */
export const stageNames = [
  'admit', // well formed, within size and rate; is everything stopped?
  'identify', // which instance, for whom, through which hops?
  'standing', // may it act at all now?
  'resolve', // in the manifest, unchanged since approval, arguments valid?
  'inspect-in', // what do the arguments carry?
  'decide', // may this principal do this, with these arguments and labels?
  'approve', // does a human have to say yes to exactly this?
  'intend', // is the intent durable?
  'lend', // which credential, for this call only?
  'forward', // upstream, bounded
  'inspect-out', // what does the result carry?
  'settle', // is the outcome durable before any of it is released?
] as const;

export type StageName = (typeof stageNames)[number];
export type Stages = Readonly<Record<StageName, Stage>>;

/** Which stages a kind of call has; always in the order above. */
export const routes: Readonly<Record<ActionKind, readonly StageName[]>> = {
  'tool-call': stageNames,
  refresh: [
    'admit',
    'identify',
    'standing',
    'resolve',
    'decide',
    'intend',
    'lend',
    'forward',
    'inspect-out',
    'settle',
  ],
  'tool-list': ['admit', 'identify', 'standing', 'resolve', 'settle'],
  greet: ['admit', 'identify', 'standing', 'settle'],
  notice: ['admit', 'identify', 'standing', 'settle'],
  refused: ['admit', 'identify', 'standing'],
};

export interface Pipeline {
  /** With `release` the answer may leave in windows before its outcome is known. */
  run(call: Call, release?: Release): Promise<Outcome>;
}

export interface PipelineParts {
  readonly stages: Stages;
  /** Writes the one terminal record of every exit. */
  readonly terminal: Terminal;
  /** What the stages counted for a call is given back here, whatever its exit. */
  readonly openCalls: Pick<OpenCalls, 'leave'>;
  readonly clock: Clock;
}

export function createPipeline({ stages, terminal, openCalls, clock }: PipelineParts): Pipeline {
  return {
    async run(call) {
      try {
        const first = startWalk(call, clock.monotonic());
        const seen = await passStages(stages, first);
        if (!mayEnterAgain(seen, first)) return await conclude(terminal, first, seen);
        const second = startWalk(call, first.startedAt, first.principal);
        return await conclude(terminal, second, await passStages(stages, second));
      } finally {
        openCalls.leave(call);
      }
    },
  };
}

/** Where a walk ended; undefined when every stage of its route let it go on. */
interface End {
  readonly stage: StageName;
  readonly result: NonNullable<StageResult>;
}

async function passStages(stages: Stages, walk: Walk): Promise<End | undefined> {
  for (const stage of routes[walk.call.action.kind]) {
    const result = await passStage(stages[stage], walk);
    if (result !== undefined) return { stage, result };
  }
  return undefined;
}

/** INVARIANT: once at most, and never after an intent: what was begun is ended, not begun again. */
function mayEnterAgain(end: End | undefined, walk: Walk): boolean {
  return end?.result.kind === 'again' && walk.principal !== undefined && walk.intent === undefined;
}

function conclude(
  terminal: Terminal,
  walk: Walk,
  end: End | undefined,
): Outcome | Promise<Outcome> {
  if (end !== undefined) return terminal.exit(walk, end.stage, exitOf(end.result));
  const { action } = walk.call;
  return action.kind === 'refused'
    ? terminal.exit(walk, 'admit', action.reason)
    : terminal.success(walk);
}

function exitOf(result: NonNullable<StageResult>): Exit {
  return result.kind === 'again' ? refusal('gateway/internal') : result;
}

/** INVARIANT: a fault in a stage is a deny with a reason; it never lets the call go on. */
async function passStage(stage: Stage, walk: Walk): Promise<StageResult> {
  try {
    const result = stage(walk);
    return result instanceof Promise ? await result : result;
  } catch (fault) {
    return faultToRefusal(fault);
  }
}

function faultToRefusal(fault: unknown): Refusal {
  return fault instanceof BailiwickError ? fault.toRefusal() : refusal('gateway/internal');
}
