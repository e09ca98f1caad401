import type { NamedTarget, PolicyProblem } from '#contracts/policy-engine.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { problemAt } from './position.ts';
import type { Vocabulary } from './question.ts';
import { CedarFault, type CedarRuntime } from './runtime.ts';
import { cedarSchema } from './schema.ts';
import { type Rule, readSource } from './source.ts';
import { validateStrictly } from './validate.ts';
import { vocabularyOf } from './vocabulary.ts';

export interface PolicySet {
  readonly tenant: string;
  readonly policies: readonly PolicyEntry[];
  readonly targets: readonly NamedTarget[];
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
  const { vocabulary, ambiguous, misnamed } = vocabularyOf(rules, set.targets);
  if (ambiguous !== undefined) {
    const message = `two targets have the name \`${ambiguous}\``;
    return { kind: 'invalid', problems: [...problems, atNoPlace(message)] };
  }
  const inputs = new Map([...vocabulary.typed].map(([name, { input }]) => [name, input]));
  const judged = { documents: readable, rules, dormant: vocabulary.dormant, inputs };
  const verdict = validateStrictly(runtime, judged, cedarSchema(inputs, vocabulary.dormant));
  const stray = rules.flatMap((rule) =>
    [...rule.actions].flatMap((name) => {
      const message = misnamed.get(name);
      if (message === undefined) return [];
      return [problemAt(rule.document, rule.start, `rule \`${rule.id}\`: ${message}`)];
    }),
  );
  const found = [...problems, ...stray, ...verdict.problems];
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

function digestOf(set: PolicySet, vocabulary: Vocabulary): string {
  return sha256Hex(
    canonicalText({
      engine: 'cedar-wasm 4.13.0',
      policies: set.policies
        .map(({ name, cedar }) => ({ name, cedar }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      targets: Object.fromEntries(
        [...vocabulary.typed].map(([name, { digest }]) => [name, digest]),
      ),
      dormant: [...vocabulary.dormant].sort(),
    }),
  );
}
