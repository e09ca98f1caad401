import { z } from 'zod';
import type { DocumentKind } from '#contracts/document-kind.ts';
import {
  type Difference,
  type Finding,
  type Judgement,
  type RiskRules,
  type RiskWorld,
  type Tighter,
  valueText,
} from '#contracts/document-risk.ts';
import { canonicalText, emptyObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';
import { differencesOf, matches } from './differences.ts';
import { plain } from './plain.ts';

/** A document that is new, other, or gone. */
export interface DocumentStep {
  readonly kind: string;
  readonly name: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
}

/** INVARIANT: the worst of what is found; where nothing is known of the kind, risky. */
export function judgeStep(
  kinds: readonly DocumentKind[],
  step: DocumentStep,
  world: RiskWorld,
): { readonly judgement: Judgement; readonly findings: readonly Finding[] } {
  const kind = kinds.find((one) => one.kind === step.kind);
  const rules = kind?.risk ?? noRules;
  const findings =
    rules.judge?.(step.name, step.before, step.after) ?? findingsOf(kind, rules, step, world);
  return { judgement: worst(findings), findings };
}

const noRules: RiskRules = { lists: {}, tightenings: [] };

const order: readonly Judgement[] = ['neutral', 'tightening', 'risky'];

export function worst(findings: readonly { readonly judgement: Judgement }[]): Judgement {
  const most = Math.max(0, ...findings.map(({ judgement }) => order.indexOf(judgement)));
  return order[most] ?? 'risky';
}

function findingsOf(
  kind: DocumentKind | undefined,
  rules: RiskRules,
  step: DocumentStep,
  world: RiskWorld,
): readonly Finding[] {
  const { before, after } = step;
  const title = `${step.kind} \`${step.name}\``;
  if (before === undefined) {
    const first = { judgement: rules.come ?? 'risky', sentence: `${title} is new` } as const;
    return [first, ...broughtBy(kind, rules, step, world)];
  }
  if (after === undefined) {
    return [{ judgement: rules.gone ?? 'risky', sentence: `${title} goes` }];
  }
  const differences = differencesOf(filled(kind, before), filled(kind, after), rules.lists);
  if (differences.length === 0) {
    return [{ judgement: 'neutral', sentence: `${title} is written otherwise and means the same` }];
  }
  return differences.map((one) => ({
    judgement: isTighter(rules, one) ? 'tightening' : 'risky',
    sentence: rules.says?.(one, step.name, world) ?? `${title}: ${inWords(one)}`,
  }));
}

/** What a new document brings, where its plane has words for that. */
function broughtBy(
  kind: DocumentKind | undefined,
  rules: RiskRules,
  { name, after }: DocumentStep,
  world: RiskWorld,
): readonly Finding[] {
  if (rules.says === undefined || after === undefined) return [];
  const brought = differencesOf(emptyObject(), filled(kind, after), rules.lists).flatMap((one) =>
    membersIn(rules, one),
  );
  const sentences = brought.flatMap((one) => rules.says?.(one, name, world) ?? []);
  return sentences.map((sentence) => ({ judgement: rules.come ?? 'risky', sentence }));
}

/** A list that is new, item by item. */
function membersIn(rules: RiskRules, one: Difference): readonly Difference[] {
  const { path, after } = one;
  if (!Array.isArray(after)) return [one];
  const inside = differencesOf(
    nested(path, []),
    nested(path, after as readonly Json[]),
    rules.lists,
  );
  return inside.length === 0 ? [] : inside;
}

function nested(path: readonly string[], value: Json): JsonObject {
  const [first = '', ...rest] = path;
  return { [first]: rest.length === 0 ? value : nested(rest, value) };
}

/** With what is usual filled in, so that what stands there in words and what does not compare. */
function filled(kind: DocumentKind | undefined, spec: JsonObject): JsonObject {
  if (kind?.schema === undefined) return spec;
  const read = z.safeParse(kind.schema, spec);
  const given: unknown = read.data;
  return typeof given === 'object' && given !== null ? plain(given) : spec;
}

function isTighter({ tightenings }: RiskRules, difference: Difference): boolean {
  return tightenings.some(({ at, is }) => matches(at, difference.path) && holds(is, difference));
}

function holds(is: Tighter, { before, after }: Difference): boolean {
  if (is === 'removed') return before !== undefined && after === undefined;
  if (is === 'added') return before === undefined && after !== undefined;
  if (is === 'lowered') return isLess(after, before);
  if (is === 'raised') return isLess(before, after);
  if (is === 'limited')
    return after !== undefined && (before === undefined || isLess(after, before));
  if (is === 'limited-below') {
    return after !== undefined && (before === undefined || isLess(before, after));
  }
  if ('to' in is) return after !== undefined && canonicalText(after) === canonicalText(is.to);
  return isDown(is.down, before, after);
}

function isDown(words: readonly string[], before: Json | undefined, after: Json | undefined) {
  const [from, to] = [words.indexOf(before as string), words.indexOf(after as string)];
  return to >= 0 && (before === undefined || (from >= 0 && to < from));
}

/** Numbers, or days as `2027-01-31` and times as RFC 3339 write them. */
function isLess(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return typeof a === 'string' && typeof b === 'string' && isTime(a) && isTime(b) && a < b;
}

function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(text);
}

const mostText = 120;

function inWords({ path, before, after }: Difference): string {
  const at = `\`${visibleText(path.join('.'), { maxLength: mostText })}\``;
  if (before === undefined) return `${at} is new: ${valueText(after)}`;
  if (after === undefined) return `${at} goes (it was ${valueText(before)})`;
  return `${at} becomes ${valueText(after)} (it was ${valueText(before)})`;
}
