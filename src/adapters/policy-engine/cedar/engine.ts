import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import type {
  AppliedRule,
  Evaluation,
  LoadedPolicies,
  PoliciesLoad,
  PolicyEngine,
} from '#contracts/policy-engine.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import { type Judge, type Judged, judgeSet, type PolicySet, unjudged } from './judge.ts';
import { createJudgeThread } from './judge-thread.ts';
import { createMemo } from './memo.ts';
import { questionOf } from './question.ts';
import { CedarFault, type CedarRuntime, createCedarRuntime } from './runtime.ts';
import { type Bundle, type Slots, createSlots } from './slots.ts';
import { TooMuchToJudge, UnjudgeableValue } from './value.ts';

/** Cedar by its reference implementation, compiled to wasm; what takes long is judged by `judge`. */
export function createCedarEngine(
  judge: Judge = createJudgeThread(),
  runtime: CedarRuntime = createCedarRuntime(),
): PolicyEngine {
  const slots = createSlots(runtime);
  return {
    name: 'cedar-wasm',
    load: async (set) => load(slots, set.tenant, await judge.judge(set)),
  };
}

export interface InlineEngine extends PolicyEngine {
  load(set: PolicySet): PoliciesLoad;
}

/** The same, judged where it stands: for whoever has no loop to keep free. */
export function createInlineEngine(runtime: CedarRuntime = createCedarRuntime()): InlineEngine {
  const slots = createSlots(runtime);
  return {
    name: 'cedar-wasm',
    load: (set) => load(slots, set.tenant, judgeSet(runtime, set)),
  };
}

function load(slots: Slots, tenant: string, judged: Judged): PoliciesLoad {
  if (judged.kind === 'invalid') return judged;
  const { rules, warnings } = judged;
  const bundle: Bundle = {
    tenant,
    rules: Object.fromEntries(rules.map((rule) => [rule.id, rule.question])),
  };
  try {
    // INVARIANT: what cannot be parsed where it will be asked is not in force for a single call.
    slots.prepare(bundle);
  } catch {
    return unjudged('the engine cannot hold these policies');
  }
  return { kind: 'loaded', policies: loaded(slots, bundle, judged), warnings };
}

type InForce = Extract<Judged, { readonly kind: 'judged' }>;

function loaded(slots: Slots, bundle: Bundle, judged: InForce): LoadedPolicies {
  const { rules, vocabulary, digest } = judged;
  const meanings = new Map(
    rules.map(({ id, effect, approvalClass, untrusted }) => [
      id,
      { id, effect, approvalClass, untrusted },
    ]),
  );
  const memo = createMemo({ rulesReadTime: rules.some(({ readsTime }) => readsTime) });
  return {
    digest,
    evaluate(input: DecisionInput): Evaluation {
      try {
        const question = questionOf(input, vocabulary);
        return memo.answer(question, () => readAnswer(slots.ask(bundle, question), meanings));
      } catch (fault) {
        return failed(fault);
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
  const applied: AppliedRule[] = [];
  const problems = errors.map(
    ({ policyId, error }) => `rule \`${policyId}\`: ${withoutValues(error.message)}`,
  );
  for (const id of [...reason].sort()) {
    const rule = meanings.get(id);
    // No rule of ours: nothing else that it says can be trusted, nor is it remembered.
    if (rule === undefined) throw new CedarFault('the engine named a rule that was not loaded');
    applied.push(rule);
  }
  return { applied, errors: problems.sort() };
}

function failed(fault: unknown): Evaluation {
  const errors = [faultText(fault)];
  return { applied: [], errors, ...(fault instanceof TooMuchToJudge ? { tooLarge: true } : {}) };
}

/** Errors are recorded; what the agent sent stays out of them. */
function withoutValues(message: string): string {
  return message.replace(/^error while evaluating policy `[^`]*`: /, '').replace(/`[^`]*`/g, '…');
}

function faultText(fault: unknown): string {
  if (fault instanceof UnjudgeableValue || fault instanceof CedarFault) return fault.message;
  return 'the engine failed';
}
