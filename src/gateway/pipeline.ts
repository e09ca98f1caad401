import type { Call, CallKind, Outcome } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Terminal } from './terminal.ts';
import { type Exit, type Stage, startWalk, type Walk } from './walk.ts';

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
export const routes: Readonly<Record<CallKind, readonly StageName[]>> = {
  invoke: stageNames,
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
  list: ['admit', 'identify', 'standing', 'resolve', 'settle'],
  greet: ['admit', 'identify', 'standing', 'settle'],
  notice: ['admit', 'identify', 'standing', 'settle'],
  refused: ['admit', 'identify', 'standing'],
};

export interface Pipeline {
  run(call: Call): Promise<Outcome>;
}

export interface PipelineParts {
  readonly stages: Stages;
  /** Writes the one terminal record of every exit. */
  readonly terminal: Terminal;
  readonly clock: Clock;
}

export function createPipeline({ stages, terminal, clock }: PipelineParts): Pipeline {
  return {
    async run(call) {
      const walk = startWalk(call, clock.monotonic());
      for (const name of routes[call.kind]) {
        const exit = await passStage(stages[name], walk);
        if (exit !== undefined) return terminal.exit(walk, name, exit);
      }
      if (call.kind === 'refused') {
        return terminal.exit(walk, 'admit', call.malformed ?? refusal('admit/malformed'));
      }
      return terminal.success(walk);
    },
  };
}

/** INVARIANT: a fault in a stage is a deny with a reason; it never lets the call go on. */
async function passStage(stage: Stage, walk: Walk): Promise<Exit | undefined> {
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
