import type {
  PoliciesLoad,
  PolicyEngine,
  PolicyProblem,
  PolicySet,
} from '#contracts/policy-engine.ts';
import { type Judge, type JudgedSet, sourceOf, unjudged } from './judged.ts';
import { linesOf, type ReadText, readJudged } from './judged-text.ts';
import { createJudgeThread } from './judge-thread.ts';
import { inForce } from './reference.ts';
import { type CedarRuntime, createCedarRuntime } from './runtime.ts';
import { createSlots, type Slots } from './slots.ts';
import { runInSlices } from './slices.ts';

/** Cedar by its reference implementation, compiled to wasm; what takes long is judged by `judge`. */
export function createCedarEngine(
  judge: Judge = createJudgeThread(),
  runtime: CedarRuntime = createCedarRuntime(),
): PolicyEngine {
  const slots = createSlots(runtime);
  return { name: 'cedar-wasm', load: (set) => load({ judge, slots }, set) };
}

interface EngineParts {
  readonly judge: Judge;
  readonly slots: Slots;
}

async function load({ judge, slots }: EngineParts, set: PolicySet): Promise<PoliciesLoad> {
  const source = sourceOf(set);
  const given = await readText(set.judged, source);
  if (given.kind === 'refused') return unjudged(given.message);
  if (given.kind === 'read') return begin(slots, set, given.set, { text: set.judged });
  const judged = await judge.judge(set);
  if (judged.kind === 'invalid') return judged;
  const made = await readText(judged.text, source);
  return made.kind === 'read'
    ? begin(slots, set, made.set, judged)
    : unjudged('nobody can read it');
}

async function readText(text: string | undefined, source: string): Promise<ReadText> {
  if (text === undefined) return { kind: 'other-form' };
  return runInSlices(readJudged(await linesOf(text), source));
}

function begin(
  slots: Slots,
  { tenant }: PolicySet,
  set: JudgedSet,
  {
    text,
    warnings = [],
  }: { readonly text: string | undefined; readonly warnings?: readonly PolicyProblem[] },
): PoliciesLoad {
  const policies = inForce(slots, tenant, set);
  if (policies === undefined) return unjudged('the engine cannot hold these policies');
  const judged = text === undefined ? {} : { judged: text };
  return { kind: 'loaded', policies: { ...policies, ...judged }, warnings };
}
