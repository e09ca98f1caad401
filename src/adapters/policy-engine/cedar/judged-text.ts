import { promisify } from 'node:util';
import { deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { type Json, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { JudgedRule, JudgedSet, RuleForm } from './judged.ts';
import type { TypedTarget } from './question.ts';
import { plainReads, plainShape, readReads, readShape } from './judged-shapes.ts';
import { plainRuleShape } from './plain-shape.ts';
import type { Steps } from './slices.ts';

/**
 * A judged set as text: lines of JSON (head, rules, targets), deflated, in base64. Rules resemble one
 * another, so little of it is left; it is inflated off the loop, and read line by line in slices.
 */

/** INVARIANT: changes with whatever a line holds or means; another form is not read but judged anew. */
const form = 'cedar 4.13.0/1';

/** An expression of the deepest rule that is compiled; see `compiled/plain-expression.ts`. */
const deepestLine = 2_048;

const head = z.strictObject({
  form: z.string(),
  /** Of what it was made; see `sourceOf`. */
  source: z.string(),
  digest: z.string(),
  rules: z.int().nonnegative(),
  targets: z.int().nonnegative(),
  dormant: z.array(z.string()),
});

const rule = z.strictObject({
  id: z.string(),
  effect: z.enum(['permit', 'forbid']),
  approvalClass: z.string().optional(),
  untrusted: z.enum(['allow', 'ask', 'proved']).optional(),
  question: z.string(),
  form: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('compiled'), plain: plainRuleShape }),
    z.strictObject({
      kind: z.literal('falls-back'),
      why: z.string(),
      scope: z.array(z.string()).optional(),
    }),
  ]),
});

const target = z.strictObject({
  name: z.string(),
  digest: z.string(),
  input: z.unknown().optional(),
  reads: z.unknown(),
});

export function writeJudged(set: JudgedSet, source: string): string {
  const { rules, vocabulary, digest } = set;
  const { typed, dormant } = vocabulary;
  const lines: unknown[] = [
    { form, source, digest, rules: rules.length, targets: typed.size, dormant: [...dormant] },
    ...rules,
    ...[...typed].map(([name, one]) => ({
      name,
      digest: one.digest,
      ...(one.input === undefined ? {} : { input: plainShape(one.input) }),
      reads: plainReads(one.reads),
    })),
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  return deflateRawSync(text, { level: 6 }).toString('base64');
}

export type ReadText =
  | { readonly kind: 'read'; readonly set: JudgedSet }
  /** Of another version: nothing is known of it. */
  | { readonly kind: 'other-form' }
  | { readonly kind: 'refused'; readonly message: string };

const inflate = promisify(inflateRaw);

const bound = { maxOutputLength: limits.judgedPoliciesBytes };

/** Its lines; of what is none of ours there are none. */
export async function linesOf(text: string): Promise<readonly Buffer[]> {
  try {
    return split(await inflate(Buffer.from(text, 'base64'), bound));
  } catch {
    return [];
  }
}

/** The same for whoever has no loop to keep free. */
export function linesNow(text: string): readonly Buffer[] {
  try {
    return split(inflateRawSync(Buffer.from(text, 'base64'), bound));
  } catch {
    return [];
  }
}

function split(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return [...lines, bytes.subarray(from)];
}

/** One line a step. INVARIANT: what was made of any other set than `source` is refused. */
export function* readJudged(lines: readonly Buffer[], source: string): Steps<ReadText> {
  try {
    const [first, ...others] = lines;
    const { form: found, ...about } = head.parse(readLine(first));
    if (found !== form) return { kind: 'other-form' };
    if (about.source !== source) {
      return { kind: 'refused', message: 'what was made of the policies was made of others' };
    }
    if (others.length !== about.rules + about.targets) throw new TypeError('lines are missing');
    const rules: JudgedRule[] = [];
    const typed = new Map<string, TypedTarget>();
    for (const [at, line] of others.entries()) {
      yield undefined;
      if (at < about.rules) rules.push(readRule(line));
      else typed.set(...readTarget(line));
    }
    const vocabulary = { typed, dormant: new Set(about.dormant) };
    return { kind: 'read', set: { rules, vocabulary, digest: about.digest } };
  } catch {
    return { kind: 'refused', message: 'what was made of the policies cannot be read' };
  }
}

function readLine(line: Buffer | undefined): Json {
  return parseJson(line ?? Buffer.alloc(0), {
    maxBytes: limits.judgedPoliciesBytes,
    maxDepth: deepestLine,
  });
}

function readRule(line: Buffer): JudgedRule {
  const read = rule.parse(readLine(line));
  const { id, effect, approvalClass, untrusted, question } = read;
  const form: RuleForm =
    read.form.kind === 'compiled' ? read.form : { ...read.form, scope: read.form.scope };
  // INVARIANT: what is decided is what is meant: one rule under one id, with one effect.
  if (form.kind === 'compiled' && (form.plain.id !== id || form.plain.effect !== effect)) {
    throw new TypeError('a rule was compiled as another');
  }
  return { id, effect, approvalClass, untrusted, question, form };
}

function readTarget(line: Buffer): [string, TypedTarget] {
  const { name, digest, input, reads } = target.parse(readLine(line));
  const shape = input === undefined ? undefined : readShape(input);
  if (shape !== undefined && shape.kind !== 'record') throw new TypeError('no record');
  return [name, { input: shape, reads: readReads(reads), digest }];
}
