import type {
  Evaluation,
  LoadedPolicies,
  PolicyEngine,
  PolicyProblem,
  PolicySet,
} from '#contracts/policy-engine.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import { judgeSet } from './judge.ts';
import { type JudgedSet, unjudged } from './judged.ts';
import { evaluationOf, failedEvaluation, meaningsOf } from './meanings.ts';
import { answerOf } from './oracle.ts';
import { questionOf } from './question.ts';
import { type CedarRuntime, createCedarRuntime } from './runtime.ts';
import { type Bundle, createSlots, questionsOf, type Slots } from './slots.ts';

/** Answers on the spot. */
export interface InlinePolicies extends LoadedPolicies {
  evaluate(input: DecisionInput): Evaluation;
}

export type InlineLoad =
  | {
      readonly kind: 'loaded';
      readonly policies: InlinePolicies;
      readonly warnings: readonly PolicyProblem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly PolicyProblem[] };

export interface InlineEngine extends PolicyEngine {
  load(set: PolicySet): InlineLoad;
}

/** Cedar by its reference implementation alone, where it stands: what ours is compared with. */
export function createReferenceEngine(runtime: CedarRuntime = createCedarRuntime()): InlineEngine {
  const slots = createSlots(runtime);
  return { name: 'cedar-wasm', load: (set) => load(runtime, slots, set) };
}

function load(runtime: CedarRuntime, slots: Slots, set: PolicySet): InlineLoad {
  const judged = judgeSet(runtime, set);
  if (judged.kind === 'invalid') return judged;
  const policies = inForce(slots, set.tenant, judged.set);
  if (policies === undefined) return unjudged('the engine cannot hold these policies');
  return { kind: 'loaded', policies, warnings: judged.warnings };
}

/** Undefined: what cannot be parsed where it will be asked is not in force for a single call. */
function inForce(slots: Slots, tenant: string, set: JudgedSet): InlinePolicies | undefined {
  const bundle: Bundle = { tenant, rules: questionsOf(set.rules) };
  const meanings = meaningsOf(set.rules);
  try {
    slots.prepare(bundle);
  } catch {
    return undefined;
  }
  return {
    digest: set.digest,
    evaluate(input) {
      try {
        const question = questionOf(input, set.vocabulary);
        return evaluationOf(answerOf(slots.ask(bundle, question)), meanings);
      } catch (fault) {
        return failedEvaluation(fault);
      }
    },
  };
}
