import { RE2JS } from 're2js';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Check, fail, spend, Unsupported } from './types.ts';

/** Keywords about one value: type, enum, const, numbers, strings. */
export function scalarChecks(schema: JsonObject): Check[] {
  return [
    ...typeCheck(schema['type']),
    ...equality(schema),
    ...numberChecks(schema),
    ...stringChecks(schema),
  ];
}

const typeNames = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']);

export function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function typeCheck(type: Json | undefined): Check[] {
  if (type === undefined) return [];
  const wanted = (Array.isArray(type) ? type : [type]) as readonly string[];
  for (const one of wanted)
    if (!typeNames.has(one)) throw new Unsupported(`type \`${String(one)}\``);
  const text = wanted.join(' or ');
  return [
    (value, path, run) => {
      spend(run);
      const actual = typeOf(value);
      const fits =
        wanted.includes(actual) || (wanted.includes('integer') && Number.isInteger(value));
      return fits || fail(run, path, `must be ${text}`);
    },
  ];
}

function equality(schema: JsonObject): Check[] {
  const checks: Check[] = [];
  const allowed = schema['enum'];
  if (Array.isArray(allowed)) {
    const texts = new Set((allowed as readonly Json[]).map(canonicalText));
    checks.push((value, path, run) => {
      spend(run, cost(value));
      return texts.has(canonicalText(value)) || fail(run, path, 'must be one of the listed values');
    });
  }
  if (Object.hasOwn(schema, 'const')) {
    const wanted = canonicalText(schema['const'] as Json);
    checks.push((value, path, run) => {
      spend(run, cost(value));
      return canonicalText(value) === wanted || fail(run, path, 'must be the one listed value');
    });
  }
  return checks;
}

/** Roughly what it takes to write the value down. */
export function cost(value: Json): number {
  if (typeof value === 'string') return 1 + (value.length >> 6);
  if (Array.isArray(value)) {
    let sum = 1;
    for (const item of value as readonly Json[]) sum += cost(item);
    return sum;
  }
  if (typeof value !== 'object' || value === null) return 1;
  let sum = 1;
  for (const key of Object.keys(value)) sum += 1 + cost((value as JsonObject)[key] as Json);
  return sum;
}

function numberChecks(schema: JsonObject): Check[] {
  const checks: Check[] = [];
  const add = (
    key: string,
    words: string,
    holds: (value: number, bound: number) => boolean,
  ): void => {
    const bound = schema[key];
    if (typeof bound !== 'number') return;
    checks.push((value, path, run) => {
      spend(run);
      return (
        typeof value !== 'number' || holds(value, bound) || fail(run, path, `${words} ${bound}`)
      );
    });
  };
  add('maximum', 'must be at most', (value, bound) => value <= bound);
  add('minimum', 'must be at least', (value, bound) => value >= bound);
  add('exclusiveMaximum', 'must be less than', (value, bound) => value < bound);
  add('exclusiveMinimum', 'must be more than', (value, bound) => value > bound);
  add('multipleOf', 'must be a multiple of', isMultiple);
  return checks;
}

/** Floats do not divide cleanly: 0.3 is a multiple of 0.1 for everybody who writes a schema. */
function isMultiple(value: number, of: number): boolean {
  if (of === 0) return false;
  const quotient = value / of;
  if (!Number.isFinite(quotient))
    return Number.isInteger(of) && Number.isInteger(value) && value % of === 0;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

function stringChecks(schema: JsonObject): Check[] {
  const checks: Check[] = [];
  const { minLength, maxLength, pattern } = schema;
  if (typeof minLength === 'number' || typeof maxLength === 'number') {
    const least = typeof minLength === 'number' ? minLength : 0;
    const most = typeof maxLength === 'number' ? maxLength : Number.POSITIVE_INFINITY;
    checks.push((value, path, run) => {
      if (typeof value !== 'string') return true;
      spend(run, 1 + (value.length >> 6));
      const length = codePoints(value);
      if (length < least) return fail(run, path, `must have at least ${least} characters`);
      return length <= most || fail(run, path, `must have at most ${most} characters`);
    });
  }
  if (typeof pattern === 'string') {
    const compiled = compilePattern(pattern);
    checks.push((value, path, run) => {
      if (typeof value !== 'string') return true;
      spend(run, 1 + (value.length >> 3));
      return compiled(value) || fail(run, path, 'must match the pattern of the schema');
    });
  }
  return checks;
}

function codePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0xdc00 || code > 0xdfff) count += 1;
  }
  return count;
}

/**
 * INVARIANT: a pattern from outside runs in linear time or not at all. ECMAScript's escapes that
 * RE2 spells differently are translated; what RE2 cannot do makes the schema unsupported.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > limits.patternBytes) throw new Unsupported('a pattern is too long');
  try {
    const compiled = RE2JS.compile(translate(pattern));
    return (text) => compiled.matcher(text).find();
  } catch {
    throw new Unsupported('a pattern cannot run in linear time');
  }
}

function translate(pattern: string): string {
  return pattern
    .replace(
      /\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})/g,
      (_, long, short) => `\\x{${String(long ?? short)}}`,
    )
    .replace(
      /\\c([A-Za-z])/g,
      (_, letter: string) => `\\x{${(letter.charCodeAt(0) % 32).toString(16)}}`,
    )
    .replace(/\(\?<([A-Za-z_]\w*)>/g, '(?P<$1>')
    .replace(/\\\//g, '/')
    .replace(/\\p\{(?:Letter|General_Category=Letter)\}/g, '\\p{L}')
    .replace(/\\p\{digit\}/gi, '\\p{Nd}');
}
