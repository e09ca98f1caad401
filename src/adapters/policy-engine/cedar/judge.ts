import type { NamedTool, PolicyProblem } from '#contracts/policy-engine.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { inputShape } from './input-shape.ts';
import { targetNamed } from './names.ts';
import type { TypedTarget, Vocabulary } from './question.ts';
import { readsBelow } from './reads.ts';
import { CedarFault, type CedarRuntime } from './runtime.ts';
import { callAction, cedarSchema } from './schema.ts';
import { type Rule, readSource } from './source.ts';
import { validateStrictly } from './validate.ts';

export interface PolicySet {
  readonly tenant: string;
  readonly policies: readonly PolicyEntry[];
  readonly tools: readonly NamedTool[];
}

/** What deciding needs of a rule. */
export type JudgedRule = Pick<
  Rule,
  'id' | 'effect' | 'approvalClass' | 'untrusted' | 'readsTime' | 'question'
>;

/** Plain data: a set is judged in a thread of its own. */
export type Judged =
  | {
      readonly kind: 'judged';
      readonly rules: readonly JudgedRule[];
      readonly vocabulary: Vocabulary;
      readonly digest: string;
      readonly warnings: readonly PolicyProblem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly PolicyProblem[] };

/** Judges a set of policies, wherever that is done. */
export interface Judge {
  judge(set: PolicySet): Promise<Judged>;
}

export function unjudged(message: string) {
  return { kind: 'invalid', problems: [atNoPlace(message)] } as const satisfies Judged;
}

function atNoPlace(message: string): PolicyProblem {
  return { policy: '', message, line: undefined, column: undefined };
}

/** Reads and validates every rule: by far the most of what it takes to load them. */
export function judgeSet(runtime: CedarRuntime, set: PolicySet): Judged {
  try {
    return judge(runtime, set);
  } catch (fault) {
    return unjudged(fault instanceof CedarFault ? fault.message : 'the policies cannot be read');
  }
}

function judge(runtime: CedarRuntime, set: PolicySet): Judged {
  const { rules, problems, readable } = readSource(runtime, set.policies);
  const { vocabulary, ambiguous } = vocabularyOf(rules, set.tools);
  if (ambiguous !== undefined) {
    const message = `two tools have the name \`${ambiguous}\``;
    return { kind: 'invalid', problems: [...problems, atNoPlace(message)] };
  }
  const inputs = new Map([...vocabulary.typed].map(([name, tool]) => [name, tool.input]));
  const judged = { documents: readable, rules, dormant: vocabulary.dormant, inputs };
  const verdict = validateStrictly(runtime, judged, cedarSchema(inputs, vocabulary.dormant));
  const found = [...problems, ...verdict.problems];
  if (found.length > 0) return { kind: 'invalid', problems: found };
  return {
    kind: 'judged',
    rules: rules.map(decisiveOf),
    vocabulary,
    digest: digestOf(set, vocabulary),
    warnings: verdict.warnings,
  };
}

function decisiveOf(rule: Rule): JudgedRule {
  const { id, effect, approvalClass, untrusted, readsTime, question } = rule;
  return { id, effect, approvalClass, untrusted, readsTime, question };
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
