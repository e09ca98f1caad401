import type { PolicyProblem, PolicySet } from '#contracts/policy-engine.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import {
  atNoPlace,
  decidedBy,
  type Judged,
  type JudgedRule,
  type JudgedText,
  type RuleForm,
  sourceOf,
  unjudged,
} from './judged.ts';
import { writeJudged } from './judged-text.ts';
import { problemAt } from './position.ts';
import type { Vocabulary } from './question.ts';
import { plainRule } from './compiled/index.ts';
import { CedarFault } from './fault.ts';
import type { CedarRuntime } from './runtime.ts';
import { cedarSchema } from './schema.ts';
import { type Rule, readSource } from './source.ts';
import { validateStrictly } from './validate.ts';
import { vocabularyOf } from './vocabulary.ts';

/** Reads and validates every rule: by far the most of what it takes to load them. */
/** `plain` says of a rule whether it is compiled, and to what. */
export function judgeSet(runtime: CedarRuntime, set: PolicySet, plain = plainRule): Judged {
  try {
    return judge(runtime, set, plain);
  } catch (fault) {
    return unjudged(fault instanceof CedarFault ? fault.message : 'the policies cannot be read');
  }
}

/** The same as text. */
export function judgeToText(runtime: CedarRuntime, set: PolicySet): JudgedText {
  const judged = judgeSet(runtime, set);
  if (judged.kind === 'invalid') return judged;
  const text = writeJudged(judged.set, sourceOf(set));
  return { kind: 'judged', text, warnings: judged.warnings };
}

function judge(runtime: CedarRuntime, set: PolicySet, plain: typeof plainRule): Judged {
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
  const decisive = rules.map((rule) => decisiveOf(rule, plain));
  return {
    kind: 'judged',
    set: { rules: decisive, vocabulary, digest: digestOf(set, vocabulary) },
    warnings: [...verdict.warnings, ...fallbackWarnings(rules, decisive)],
  };
}

function decisiveOf(rule: Rule, plain: typeof plainRule): JudgedRule {
  const { id, effect, approvalClass, untrusted, question, json, scope } = rule;
  const made = plain(id, json);
  const form: RuleForm =
    made.kind === 'compiled'
      ? made
      : { ...made, scope: scope === undefined ? undefined : [...scope].sort() };
  return { id, effect, approvalClass, untrusted, question, form };
}

/** They are decided as well, but their calls wait for it. */
function fallbackWarnings(
  rules: readonly Rule[],
  decisive: readonly JudgedRule[],
): readonly PolicyProblem[] {
  return rules.flatMap(({ document, start }, at) => {
    const rule = decisive[at];
    if (rule === undefined || rule.form.kind === 'compiled') return [];
    const { why } = rule.form;
    const message = `rule \`${rule.id}\` is not compiled, so its calls wait for the slower engine: ${why}`;
    return [problemAt(document, start, message)];
  });
}

function digestOf(set: PolicySet, vocabulary: Vocabulary): string {
  return sha256Hex(
    canonicalText({
      engine: decidedBy,
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
