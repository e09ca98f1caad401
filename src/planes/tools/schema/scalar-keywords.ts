import type { Json, JsonObject } from '#kernel/json/index.ts';
import type { SchemaNode } from './compile.ts';
import { isMultiple } from './decimal.ts';
import { ValueSet } from './equal.ts';
import { type Check, fail, type Run, spend } from './run.ts';
import { malformed } from './unsupported.ts';

/** `type`, `enum`, `const`, and all that looks at numbers and strings. */
export function scalarChecks(node: SchemaNode): Check[] {
  return [...valueChecks(node.schema), ...numberChecks(node.schema), ...stringChecks(node)];
}

function valueChecks(schema: JsonObject): Check[] {
  const checks: Check[] = [];
  const { type, enum: values } = schema as { type?: Json; enum?: Json };
  if (type !== undefined) checks.push(typeCheck(type));
  if (values !== undefined) {
    if (!Array.isArray(values)) throw malformed('enum');
    checks.push(oneOfValues(values as Json[], 'is not one of the allowed values'));
  }
  const constant = schema['const'];
  if (constant !== undefined) checks.push(oneOfValues([constant], 'is not the required value'));
  return checks;
}

function oneOfValues(values: readonly Json[], message: string): Check {
  const allowed = new ValueSet(values);
  return (value, run) => allowed.has(value, run) || fail(run, message);
}

const typeTests: ReadonlyMap<string, (value: Json) => boolean> = new Map([
  ['null', (value: Json) => value === null],
  ['boolean', (value: Json) => typeof value === 'boolean'],
  ['number', (value: Json) => typeof value === 'number'],
  ['integer', (value: Json) => Number.isInteger(value)],
  ['string', (value: Json) => typeof value === 'string'],
  ['array', (value: Json) => Array.isArray(value)],
  ['object', (value: Json) => typeof value === 'object' && value !== null && !Array.isArray(value)],
]);

function typeCheck(type: Json): Check {
  const known = Array.from(new Set(Array.isArray(type) ? (type as Json[]) : [type]), (name) => {
    const test = typeof name === 'string' ? typeTests.get(name) : undefined;
    if (test === undefined) throw malformed('type');
    return { test, text: `\`${name as string}\`` };
  });
  const tests = known.map(({ test }) => test);
  const message = `is not of type ${known.map(({ text }) => text).join(' or ')}`;
  const [only] = tests;
  if (only !== undefined && tests.length === 1) {
    return (value, run) => only(value) || fail(run, message);
  }
  return (value, run) => tests.some((test) => test(value)) || fail(run, message);
}

function numberChecks(schema: JsonObject): Check[] {
  const checks: Check[] = [];
  const add = (
    keyword: string,
    message: (bound: number) => string,
    fits: (value: number, bound: number) => boolean,
  ): void => {
    const bound = schema[keyword];
    if (bound === undefined) return;
    if (typeof bound !== 'number') throw malformed(keyword);
    const text = message(bound);
    checks.push((value, run) => typeof value !== 'number' || fits(value, bound) || fail(run, text));
  };
  add(
    'minimum',
    (bound) => `is less than ${bound}`,
    (value, bound) => value >= bound,
  );
  add(
    'maximum',
    (bound) => `is more than ${bound}`,
    (value, bound) => value <= bound,
  );
  add(
    'exclusiveMinimum',
    (bound) => `is not more than ${bound}`,
    (value, bound) => value > bound,
  );
  add(
    'exclusiveMaximum',
    (bound) => `is not less than ${bound}`,
    (value, bound) => value < bound,
  );
  const step = schema['multipleOf'];
  if (typeof step === 'number' && step <= 0) throw malformed('multipleOf');
  if (step !== undefined) checks.push(paying(decimalSteps));
  add('multipleOf', (bound) => `is not a multiple of ${bound}`, isMultiple);
  return checks;
}

/** A division of long decimals costs some microseconds. */
const decimalSteps = 8;

function paying(steps: number): Check {
  return (value, run) => {
    if (typeof value === 'number') spend(run, steps);
    return true;
  };
}

function stringChecks(node: SchemaNode): Check[] {
  const checks: Check[] = [];
  const longest = count(node.schema, 'maxLength');
  const shortest = count(node.schema, 'minLength');
  if (longest !== undefined) {
    checks.push(
      (value, run) =>
        typeof value !== 'string' ||
        value.length <= longest ||
        lengthOf(value, run) <= longest ||
        fail(run, `is longer than ${longest} characters`),
    );
  }
  if (shortest !== undefined) {
    checks.push(
      (value, run) =>
        typeof value !== 'string' ||
        value.length >= shortest * 2 ||
        lengthOf(value, run) >= shortest ||
        fail(run, `is shorter than ${shortest} characters`),
    );
  }
  const source = node.schema['pattern'];
  if (source === undefined) return checks;
  if (typeof source !== 'string') throw malformed('pattern');
  const pattern = node.pattern(source);
  checks.push(
    (value, run) =>
      typeof value !== 'string' || pattern(value, run) || fail(run, 'does not match the pattern'),
  );
  return checks;
}

/** A bound that counts something. */
export function count(schema: JsonObject, keyword: string): number | undefined {
  const bound = schema[keyword];
  if (bound === undefined) return undefined;
  if (typeof bound !== 'number' || !Number.isInteger(bound) || bound < 0) throw malformed(keyword);
  return bound;
}

/** In characters, not in UTF-16 units. */
function lengthOf(text: string, run: Run): number {
  spend(run, 1 + Math.ceil(text.length / 16));
  let length = text.length;
  for (let at = 1; at < text.length; at += 1) {
    const pairEnds = (text.charCodeAt(at) & 0xfc00) === 0xdc00;
    if (pairEnds) length -= 1;
  }
  return length;
}
