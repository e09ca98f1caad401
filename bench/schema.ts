import { parseArgs } from 'node:util';
import { type Json, parseJson } from '../src/kernel/json/index.ts';
import { limits } from '../src/kernel/limits.ts';
import { compileSchema } from '../src/planes/tools/schema/index.ts';

/**
 * Arguments of an ordinary tool, and of hostile schemas and values at the default work budget.
 *
 *     node bench/schema.ts [-o json]
 */
const { values } = parseArgs({
  options: { output: { type: 'string', short: 'o', default: 'text' } },
});

const ordinary = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    customer: { type: 'string', minLength: 1, maxLength: 64 },
    amount: { type: 'number', minimum: 0, maximum: 100_000 },
    currency: { type: 'string', enum: ['EUR', 'USD', 'GBP'] },
    reason: { type: 'string', maxLength: 2_000 },
    urgent: { type: 'boolean' },
    quantity: { type: 'integer', minimum: 1 },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 10 },
    channel: { type: 'string', enum: ['mail', 'phone'] },
    reference: { type: ['string', 'null'] },
    address: {
      type: 'object',
      properties: { city: { type: 'string' }, code: { type: 'string' } },
      required: ['city'],
    },
  },
  required: ['customer', 'amount', 'currency'],
  additionalProperties: false,
};
const args = {
  customer: 'C-20931',
  amount: 129.5,
  currency: 'EUR',
  reason: 'the parcel came late and the box was open',
  urgent: false,
  quantity: 2,
  tags: ['late', 'damaged'],
  channel: 'mail',
  reference: null,
  address: { city: 'Bonn', code: '53111' },
};

function parsed(value: unknown): Json {
  return parseJson(Buffer.from(JSON.stringify(value)));
}

function compiled(schema: unknown): (value: Json) => string {
  const result = compileSchema(parsed(schema), { unnamed: 'refuse' });
  if (result.kind === 'unsupported') return () => `unsupported: ${result.reason}`;
  return (value) => result.validate(value).kind;
}

function microseconds(work: () => unknown, iterations: number): number {
  const turns: number[] = [];
  for (let turn = 0; turn < 9; turn += 1) {
    const start = performance.now();
    for (let at = 0; at < iterations; at += 1) work();
    turns.push(((performance.now() - start) * 1000) / iterations);
  }
  turns.sort((a, b) => a - b);
  return Number((turns[4] ?? Number.NaN).toFixed(2));
}

function once(schema: unknown, value: unknown): { verdict: string; milliseconds: number } {
  const given = parsed(value);
  const check = compiled(schema);
  const start = performance.now();
  const verdict = check(given);
  return { verdict, milliseconds: Number((performance.now() - start).toFixed(2)) };
}

const text = (pattern: string): unknown => ({ properties: { text: { pattern } } });
const objects = Array.from({ length: 8_000 }, (_, at) => ({ id: at, name: `row ${at}` }));
const check = compiled(ordinary);
const usual = parsed(args);
const wrong = parsed({ ...args, amount: 'much' });
const repeated = { list: Array.from({ length: 2_000 }, () => 'a'.repeat(100)) };

const table = {
  ordinary: {
    verdict: check(usual),
    µs: microseconds(() => check(usual), 40_000),
  },
  'ordinary, wrong': {
    verdict: check(wrong),
    µs: microseconds(() => check(wrong), 20_000),
  },
  compile: { µs: microseconds(() => compiled(ordinary), 2_000) },
};
const many = { list: { items: { pattern: '([a-z]*b){3}$' } } };
const hostile = {
  '^(a+)+$, 60,000 characters': once(text('^(a+)+$'), { text: `${'a'.repeat(60_000)}!` }),
  '(x+x+)+y, 60,000 characters': once(text('(x+x+)+y'), { text: 'x'.repeat(60_000) }),
  '(.*){50}z, 60,000 characters': once(text('(.*){50}z'), { text: 'x'.repeat(60_000) }),
  '[ab]*a[ab]{200}, 60,000 characters': once(text('[ab]*a[ab]{200}c'), {
    text: 'ab'.repeat(30_000),
  }),
  'a pattern on 2,000 items': once({ properties: many }, repeated),
  'uniqueItems on 8,000 objects': once(
    { properties: { rows: { uniqueItems: true } } },
    { rows: objects },
  ),
  '$ref to itself': once({ $ref: '#', properties: { a: true } }, { a: 1 }),
  '300 alternatives to 8,000 objects': once(
    { properties: { a: { anyOf: Array.from({ length: 300 }, (_, at) => ({ const: { at } })) } } },
    { a: { rows: objects } },
  ),
};
if (values.output === 'json') {
  console.log(JSON.stringify({ bench: 'schema', budget: limits.schemaWork, ...table, hostile }));
} else {
  console.table(table);
  console.table(hostile);
}
