import type { Finding, RiskRules } from '#contracts/document-risk.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';
import { replaceableNames } from './builtin.ts';

/**
 * INVARIANT: any edit of the text is risky unless all that stood there still does, to the letter, and all that
 * is new is a `forbid` that nobody can lift.
 */
export const policyRisk: RiskRules = {
  lists: {},
  tightenings: [],
  judge(name, before, after) {
    const [was, is] = [deciding(before), deciding(after)];
    const isShadow = before?.['shadow'] === true || after?.['shadow'] === true;
    return was === undefined && is === undefined && isShadow
      ? [shadowFinding(name, after)]
      : judged(name, was, is);
  },
};

/** INVARIANT: a shadow decides nothing. One that becomes none is a new policy, and the other way round one that goes. */
function deciding(spec: JsonObject | undefined): JsonObject | undefined {
  return spec?.['shadow'] === true ? undefined : spec;
}

/**
 * INVARIANT: what calls carry is sealed, and told by a purpose, on record. A shadow that reads it tells of each call whether
 * what it asks is so, and so somebody else agrees to it.
 */
function readsArguments(cedar: unknown): boolean {
  return typeof cedar === 'string' && /\binput\b/.test(cedar);
}

function shadowFinding(name: string, after: JsonObject | undefined): Finding {
  const rules = rulesIn(after?.['cedar']).length;
  if (readsArguments(after?.['cedar'])) {
    const sentence = `Policy \`${name}\` is a shadow that reads what calls carry: its report tells of them by their arguments`;
    return { judgement: 'risky', sentence };
  }
  const sentence =
    after === undefined
      ? `the shadow \`${name}\` goes; it decided nothing`
      : `Policy \`${name}\` is a shadow: its ${rules} rules decide nothing, and what they would change is counted`;
  return { judgement: 'neutral', sentence };
}

function judged(
  name: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly Finding[] {
  const [was, is] = [rulesIn(before?.['cedar']), rulesIn(after?.['cedar'])];
  const gone = without(was, is);
  const come = without(is, was);
  const findings: Finding[] = [
    ...gone.map((rule) => ({
      judgement: 'risky' as const,
      sentence: `${kindOf(rule)} goes (${name}): ${shown(rule)}`,
    })),
    ...come.map((rule) => ({
      judgement: isPlainForbid(rule) ? ('tightening' as const) : ('risky' as const),
      sentence: `${kindOf(rule)} is new (${name}): ${shown(rule)}`,
    })),
  ];
  const [wasIn, isIn] = [placesOf(before), placesOf(after)];
  if (before !== undefined && after !== undefined && wasIn !== isIn) {
    const sentence = `the rules of ${name} hold in ${isIn} (it was ${wasIn})`;
    findings.push({ judgement: 'risky', sentence });
  }
  // It takes the place of the rules that are built in, or gives it back to them.
  if (replaceableNames.has(name) && (before === undefined) !== (after === undefined)) {
    findings.push({ judgement: 'risky', sentence: 'the rules that are built in are replaced' });
  }
  if (findings.length > 0) return findings;
  // Another order, or other comments: which rule is named first may follow from it, what is allowed does not.
  return [{ judgement: 'neutral', sentence: `Policy \`${name}\` has the same rules` }];
}

function placesOf(spec: JsonObject | undefined): string {
  const named = spec?.['environments'];
  return Array.isArray(named) ? named.map(String).sort().join(', ') : 'every environment';
}

function without(all: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return all.filter((rule) => {
    const at = left.indexOf(rule);
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
}

/** The rules of a text, each without comments and with one space where there is any. */
export function rulesIn(text: unknown): readonly string[] {
  if (typeof text !== 'string') return [];
  const rules: string[] = [];
  let rule = '';
  for (const [part] of text.matchAll(/"(?:\\[^]|[^"\\])*"|\/\/[^\n\r]*|\s+|;|[^]/g)) {
    if (part === ';') {
      rules.push(rule.trim());
      rule = '';
    } else if (part.startsWith('//') || /^\s/.test(part)) {
      if (!rule.endsWith(' ')) rule += ' ';
    } else rule += part;
  }
  // What has no end is no rule of Cedar: kept, so that it never counts as the same.
  return rule.trim() === '' ? rules : [...rules, `unfinished: ${rule.trim()}`];
}

const annotations = /^(?:@\s*\w+\s*(?:\(\s*"(?:\\[^]|[^"\\])*"\s*\))?\s*)*/;
const idAlone = /^@\s*id\s*\(\s*"(?:\\[^]|[^"\\])*"\s*\)\s*forbid\b/;

/** Which a human cannot lift, and which says nothing of who is asked: no annotation but its name. */
function isPlainForbid(rule: string): boolean {
  return idAlone.test(rule);
}

function isForbid(rule: string): boolean {
  return /^forbid\b/.test(rule.replace(annotations, ''));
}

function kindOf(rule: string): string {
  return isForbid(rule) ? 'a forbid' : 'a permit';
}

function shown(rule: string): string {
  return visibleText(rule, { maxLength: 300 });
}
