import { BailiwickError, isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { noLabels } from '#kernel/label.ts';
import type { StageName } from './stage-names.ts';
import { type Called, Exit, nothingFound, type SoFar, type Stage, type Step } from './progress.ts';

/** Stages in a row. Its type says what is surely known of a call that has passed them all. */
export interface Gates<Out extends Called> {
  readonly names: readonly StageName[];
  next<Added extends object>(name: StageName, stage: Stage<Out, Added>): Gates<Out & Added>;
  /** Without a stage: what it would have found is this. */
  given<Found extends object>(found: Found): Gates<Out & Found>;
  pass(call: Called): Promise<Passed<Out>>;
}

export type Passed<Out> = { readonly kind: 'passed'; readonly walk: Out } | Ended;

/** Where a walk ended before its time. */
export interface Ended {
  readonly kind: 'ended';
  readonly at: StageName;
  readonly why: Exit['why'];
  readonly walk: SoFar;
}

export const notAsked = {
  labels: { labelsIn: noLabels },
  approval: { approval: undefined },
} as const;

type AnyStage = (walk: never) => Step<object> | Promise<Step<object>>;
type Part = { readonly name: StageName; readonly stage: AnyStage } | { readonly found: object };

export function gates<In extends Called>(parts: readonly Part[] = []): Gates<In> {
  return {
    names: parts.flatMap((part) => ('name' in part ? [part.name] : [])),
    next: (name, stage) => gates([...parts, { name, stage }]),
    given: (found) => gates([...parts, { found }]),
    pass: (call) => pass(parts, call) as Promise<Passed<In>>,
  };
}

/**
 * INVARIANT: what a stage reads was found by the stages before it. The types of `next` and `given`
 * see to that when the path is put together; here everything is one growing object.
 */
async function pass(parts: readonly Part[], call: Called): Promise<Passed<Called>> {
  const walk = { ...nothingFound, ...call };
  for (const part of parts) {
    if (!('name' in part)) {
      add(walk, part.found);
      continue;
    }
    const taken = take(part.name, part.stage, walk);
    // Most stages do not wait, and then neither does this.
    const ended = taken instanceof Promise ? await taken : taken;
    if (ended !== undefined) return ended;
  }
  return { kind: 'passed', walk };
}

/** One stage after the gates. Waits only for a stage that waits. */
export function passOne<In extends Called, Added extends object>(
  name: StageName,
  stage: Stage<In, Added>,
  walk: In,
): Passed<In & Added> | Promise<Passed<In & Added>> {
  const through = (ended: Ended | undefined): Passed<In & Added> =>
    ended ?? { kind: 'passed', walk: walk as In & Added };
  const ended = take(name, stage, walk);
  return ended instanceof Promise ? ended.then(through) : through(ended);
}

/** One stage. Undefined: the call goes on, and knows more. Waits only for a stage that waits. */
function take(
  name: StageName,
  stage: AnyStage,
  walk: Called,
): Ended | undefined | Promise<Ended | undefined> {
  try {
    const step = stage(walk as never);
    return step instanceof Promise ? later(name, walk, step) : goOn(name, walk, step);
  } catch (fault) {
    return end(name, walk, faultToRefusal(fault));
  }
}

async function later(
  name: StageName,
  walk: Called,
  step: Promise<Step<object>>,
): Promise<Ended | undefined> {
  try {
    return goOn(name, walk, await step);
  } catch (fault) {
    return end(name, walk, faultToRefusal(fault));
  }
}

function goOn(name: StageName, walk: Called, step: Step<object>): Ended | undefined {
  if (step instanceof Exit) {
    add(walk, step.found);
    return end(name, walk, step.why);
  }
  if (isRefusal(step)) return end(name, walk, step);
  add(walk, step);
  return undefined;
}

/** Member by member: what is found has its place in the walk already. */
function add(walk: Called, found: object): void {
  const into = walk as unknown as Record<string, unknown>;
  const from = found as Record<string, unknown>;
  for (const name in from) into[name] = from[name];
}

function end(at: StageName, walk: SoFar, why: Exit['why']): Ended {
  return { kind: 'ended', at, why, walk };
}

/** INVARIANT: a fault in a stage is a deny with a reason; it never lets the call go on. */
export function faultToRefusal(fault: unknown): Refusal {
  return fault instanceof BailiwickError ? fault.toRefusal() : refusal('gateway/internal');
}
