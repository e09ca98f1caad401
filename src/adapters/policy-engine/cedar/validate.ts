import type { SchemaJson, ValidationError } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyProblem } from '#contracts/policy-engine.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { messageOf, problemAt, startOf } from './position.ts';
import { CedarFault } from './fault.ts';
import type { CedarRuntime } from './runtime.ts';
import { targetNamed } from './names.ts';
import { pathProblems } from './paths.ts';
import { contextShape } from './schema.ts';
import type { RecordShape } from './shape.ts';
import type { Rule } from './source.ts';

export interface Verdict {
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
}

interface Judged {
  readonly documents: readonly PolicyEntry[];
  readonly rules: readonly Rule[];
  readonly dormant: ReadonlySet<string>;
  /** Input of every target that a rule names and that is there; undefined when it has no schema. */
  readonly inputs: ReadonlyMap<string, RecordShape | undefined>;
}

/** Strict validation of all documents in one pass: the schema is read once. */
export function validateStrictly(
  runtime: CedarRuntime,
  judged: Judged,
  schema: SchemaJson<string>,
): Verdict {
  const text = judged.documents.map((document) => `${document.cedar}\n`).join('');
  const answer = runtime.run((cedar) =>
    cedar.validate({
      schema,
      policies: { staticPolicies: text },
      validationSettings: { mode: 'strict' },
    }),
  );
  if (answer.type === 'failure') {
    throw new CedarFault(`validation failed: ${answer.errors.map(messageOf).join('; ')}`);
  }
  const find = finder(judged);
  const faulty = new Set<Rule | undefined>();
  const problems = answer.validationErrors.map((found) => {
    const { problem, rule } = find(found);
    faulty.add(rule);
    return problem;
  });
  problems.push(...unreadable(judged, faulty));
  const warnings = waiting(judged);
  for (const found of answer.validationWarnings) {
    const { problem, rule } = find(found);
    switch (kindOf(found, rule, judged.dormant)) {
      case 'problem':
        problems.push(problem);
        break;
      case 'warning':
        warnings.push(problem);
        break;
      case 'said':
        break;
    }
  }
  return { problems: distinct(problems), warnings: distinct(warnings) };
}

/**
 * Cedar only warns of a rule that can never apply. A `forbid` like that is a guard that is not
 * there, so it is a problem, unless the rule waits for what is not there yet.
 */
function kindOf(
  found: ValidationError,
  rule: Rule | undefined,
  dormant: ReadonlySet<string>,
): 'problem' | 'warning' | 'said' {
  const { message } = found.error;
  if (message.includes('BIDI')) return 'problem';
  // Always comes with `impossible` for the same rule.
  if (message.includes('unable to find an applicable action')) return 'said';
  if (!message.includes('impossible')) return 'warning';
  return rule !== undefined && waitsFor(rule, dormant).length > 0 ? 'said' : 'problem';
}

function waitsFor(rule: Rule, dormant: ReadonlySet<string>): readonly string[] {
  return [...rule.actions].filter((action) => dormant.has(action)).sort();
}

function waiting({ rules, dormant }: Judged): PolicyProblem[] {
  return rules.flatMap((rule) =>
    waitsFor(rule, dormant).map((name) =>
      problemAt(
        rule.document,
        rule.start,
        `rule \`${rule.id}\` waits: ${absence(name)}, so every call of it is denied`,
      ),
    ),
  );
}

/** A tool waits for a person, everything else for its document. */
function absence(name: string): string {
  return targetNamed(name)?.kind === 'tool'
    ? `tool \`${name}\` is not pinned`
    : `\`${name}\` is not configured`;
}

/**
 * Names that a rule reads and its calls do not have. INVARIANT: Cedar itself takes `has` of such a
 * name for a quiet no, so a guard with a misspelt name would never fire.
 */
function unreadable(
  { rules, inputs, dormant }: Judged,
  faulty: ReadonlySet<Rule | undefined>,
): PolicyProblem[] {
  return rules.flatMap((rule) =>
    pathProblems(rule.paths, contextsOf(rule, inputs, dormant))
      // What is read plainly Cedar has reported already, when it reported the rule.
      .filter(({ kind, byHas }) => kind === 'untyped' || byHas || !faulty.has(rule))
      .map(({ message }) => problemAt(rule.document, rule.start, message)),
  );
}

/** None when the rule is only about what is not there yet: it is judged when it is. */
function contextsOf(
  { scope }: Rule,
  inputs: Judged['inputs'],
  dormant: ReadonlySet<string>,
): readonly RecordShape[] {
  const named = [...inputs].filter(([name]) => scope === undefined || scope.has(name));
  const contexts = named.map(([, input]) => contextShape(input));
  if (scope !== undefined || (contexts.length === 0 && dormant.size > 0)) return contexts;
  return [...contexts, contextShape(undefined)];
}

/** One rule is judged once per target that it could apply to; an author reads each finding once. */
function distinct(found: readonly PolicyProblem[]): PolicyProblem[] {
  const byText = new Map(found.map((problem) => [JSON.stringify(problem), problem]));
  return [...byText.values()];
}

/** Byte offsets of the joined text, back to a document and to a rule of it. */
function finder({ documents, rules }: Judged) {
  const homes: Home[] = [];
  let base = 0;
  for (const document of documents) {
    const end = base + Buffer.byteLength(document.cedar, 'utf8') + 1;
    homes.push({ document, base, end });
    base = end;
  }
  const read = new Set(documents);
  // Cedar numbers the rules as they stand in the joined text, and so do we.
  const numbered = rules.filter(({ document }) => read.has(document));
  return (found: ValidationError): { problem: PolicyProblem; rule: Rule | undefined } => {
    const message = messageOf(found.error);
    const start = startOf(found.error);
    const home = homes.find((each) => isWithin(start, each.base, each.end));
    if (home === undefined || start === undefined) {
      const rule = numbered[Number(found.policyId.replace(/^policy/, ''))];
      if (rule !== undefined)
        return { problem: problemAt(rule.document, rule.start, message), rule };
      return { problem: { policy: '', message, line: undefined, column: undefined }, rule };
    }
    const local = start - home.base;
    const rule = numbered.find(
      (each) => each.document === home.document && isWithin(local, each.start, each.end),
    );
    return { problem: problemAt(home.document, local, message), rule };
  };
}

interface Home {
  readonly document: PolicyEntry;
  readonly base: number;
  readonly end: number;
}

function isWithin(offset: number | undefined, start: number, end: number): boolean {
  return offset !== undefined && offset >= start && offset < end;
}
