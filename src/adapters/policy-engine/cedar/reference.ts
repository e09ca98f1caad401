import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import type {
  AppliedRule,
  Evaluation,
  LoadedPolicies,
  PolicyEngine,
  PolicyProblem,
  PolicySet,
} from '#contracts/policy-engine.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import { judgeSet } from './judge.ts';
import { type JudgedSet, unjudged } from './judged.ts';
import { questionOf } from './question.ts';
import { CedarFault } from './fault.ts';
import { type CedarRuntime, createCedarRuntime } from './runtime.ts';
import { type Bundle, createSlots, type Slots } from './slots.ts';
import { failedEvaluation, meaningsOf, withoutValues } from './meanings.ts';

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
export function inForce(slots: Slots, tenant: string, set: JudgedSet): InlinePolicies | undefined {
  const bundle: Bundle = { tenant, rules: questionsOf(set) };
  try {
    slots.prepare(bundle);
  } catch {
    return undefined;
  }
  return loaded(slots, bundle, set);
}

export function questionsOf({ rules }: Pick<JudgedSet, 'rules'>): Bundle['rules'] {
  return Object.fromEntries(rules.map(({ id, question }) => [id, question]));
}

function loaded(slots: Slots, bundle: Bundle, set: JudgedSet): InlinePolicies {
  const meanings = meaningsOf(set.rules);
  return {
    digest: set.digest,
    evaluate(input) {
      try {
        const question = questionOf(input, set.vocabulary);
        return readAnswer(slots.ask(bundle, question), meanings);
      } catch (fault) {
        return failedEvaluation(fault);
      }
    },
  };
}

function readAnswer(
  answer: AuthorizationAnswer,
  meanings: ReadonlyMap<string, AppliedRule>,
): Evaluation {
  if (answer.type === 'failure') throw new CedarFault('the engine could not read the call');
  const { reason, errors } = answer.response.diagnostics;
  const problems = errors.map(
    ({ policyId, error }) => `rule \`${policyId}\`: ${withoutValues(error.message)}`,
  );
  const applied = [...reason].sort().map((id) => {
    const rule = meanings.get(id);
    // No rule of ours: nothing else that it says can be trusted.
    if (rule === undefined) throw new CedarFault('the engine named a rule that was not loaded');
    return rule;
  });
  return { applied, errors: problems.sort() };
}
