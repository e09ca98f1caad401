import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import type {
  AppliedRule,
  Evaluation,
  LoadedPolicies,
  NamedTool,
  PoliciesLoad,
  PolicyEngine,
  PolicyProblem,
} from '#contracts/policy-engine.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { inputShape } from './input-shape.ts';
import { createMemo } from './memo.ts';
import { targetNamed } from './names.ts';
import { type TypedTarget, type Vocabulary, questionOf } from './question.ts';
import { readsBelow } from './reads.ts';
import { CedarFault, type CedarRuntime, createCedarRuntime } from './runtime.ts';
import { callAction, cedarSchema } from './schema.ts';
import { type Bundle, type Slots, createSlots } from './slots.ts';
import { type Rule, readSource } from './source.ts';
import { TooMuchToJudge, UnjudgeableValue } from './value.ts';
import { validateStrictly } from './validate.ts';

interface PolicySet {
  readonly tenant: string;
  readonly policies: readonly PolicyEntry[];
  readonly tools: readonly NamedTool[];
}

type Loaded = PoliciesLoad;

export interface CedarEngine extends PolicyEngine {
  load(set: PolicySet): PoliciesLoad;
}

/** Cedar by its reference implementation, compiled to wasm. */
export function createCedarEngine(runtime: CedarRuntime = createCedarRuntime()): CedarEngine {
  const slots = createSlots(runtime);
  return {
    name: 'cedar-wasm',
    load(set) {
      try {
        return loadSet(runtime, slots, set);
      } catch (fault) {
        const message = fault instanceof CedarFault ? fault.message : 'the policies cannot be read';
        return invalid([{ policy: '', message, line: undefined, column: undefined }]);
      }
    },
  };
}

function invalid(problems: readonly PolicyProblem[]): Loaded {
  return { kind: 'invalid', problems };
}

function loadSet(runtime: CedarRuntime, slots: Slots, set: PolicySet): Loaded {
  const { rules, problems, readable } = readSource(runtime, set.policies);
  const { vocabulary, ambiguous } = vocabularyOf(rules, set.tools);
  if (ambiguous !== undefined) {
    const message = `two tools have the name \`${ambiguous}\``;
    return invalid([...problems, { policy: '', message, line: undefined, column: undefined }]);
  }
  const inputs = new Map([...vocabulary.typed].map(([name, tool]) => [name, tool.input]));
  const judged = { documents: readable, rules, dormant: vocabulary.dormant, inputs };
  const verdict = validateStrictly(runtime, judged, cedarSchema(inputs, vocabulary.dormant));
  const found = [...problems, ...verdict.problems];
  if (found.length > 0) return invalid(found);
  const bundle: Bundle = {
    tenant: set.tenant,
    rules: Object.fromEntries(rules.map((rule) => [rule.id, rule.question])),
  };
  const policies = loaded({ slots, bundle, rules, vocabulary, digest: digestOf(set, vocabulary) });
  return { kind: 'loaded', policies, warnings: verdict.warnings };
}

/** Only tools that a rule names get a typed input: ten thousand others cost nothing. */
function vocabularyOf(
  rules: readonly Rule[],
  tools: readonly NamedTool[],
): { readonly vocabulary: Vocabulary; readonly ambiguous: string | undefined } {
  const named = new Set(rules.flatMap((rule) => [...rule.actions]));
  named.delete(callAction);
  const typed = new Map<string, TypedTarget>();
  let ambiguous: string | undefined;
  for (const { server, pinned } of tools) {
    const name = `${server}/${pinned.tool}`;
    if (!named.has(name)) continue;
    if (typed.has(name)) ambiguous = name;
    const about = rules.filter(({ scope }) => scope === undefined || scope.has(name));
    const reads = readsBelow(
      about.flatMap(({ paths }) => paths),
      'context',
      'input',
    );
    typed.set(name, { input: inputShape(pinned.definition), reads, digest: pinned.digest });
  }
  // What no call can be about stays unknown, and validation says so.
  const dormant = new Set(
    [...named].filter((name) => targetNamed(name) !== undefined && !typed.has(name)),
  );
  return { vocabulary: { typed, dormant }, ambiguous };
}

function digestOf(set: PolicySet, vocabulary: Vocabulary): string {
  return sha256Hex(
    canonicalText({
      engine: 'cedar-wasm 4.13.0',
      policies: set.policies
        .map(({ name, cedar }) => ({ name, cedar }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      tools: Object.fromEntries([...vocabulary.typed].map(([name, tool]) => [name, tool.digest])),
      dormant: [...vocabulary.dormant].sort(),
    }),
  );
}

interface Parts {
  readonly slots: Slots;
  readonly bundle: Bundle;
  readonly rules: readonly Rule[];
  readonly vocabulary: Vocabulary;
  readonly digest: string;
}

function loaded({ slots, bundle, rules, vocabulary, digest }: Parts): LoadedPolicies {
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
