import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes, type Json, parseJson } from '#kernel/json/index.ts';
import { visibleText } from '#kernel/text/index.ts';
import { compileSchema } from '../../src/planes/tools/schema/index.ts';
import { slowRead } from './slow-json.ts';

/** Zero in a CI run; `./bailiwick soak` says how long each property goes on. */
const soakSeconds = Number(process.env['BAILIWICK_FUZZ_SECONDS'] ?? 0);

/** One seed, so that a failure is found again; time-boxed, so that a slow machine ends too. */
const bounds = {
  seed: Number(process.env['BAILIWICK_FUZZ_SEED'] ?? 20_261_121),
  interruptAfterTimeLimit: soakSeconds > 0 ? soakSeconds * 1_000 : 6_000,
  markInterruptAsFailure: false,
};

if (soakSeconds > 0) vi.setConfig({ testTimeout: soakSeconds * 1_000 + 60_000 });

function runs(usual: number): number {
  return soakSeconds > 0 ? Number.MAX_SAFE_INTEGER : usual;
}

const messages = [
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"billing.refund","arguments":{"customer":"C-20931","amount":129.5,"notes":"Gr\\u00fc\\u00dfe \\ud83d\\ude42 \\"ok\\"\\n","lines":[{"sku":"A-1","quantity":3,"taxed":true},{"sku":"B","quantity":0,"taxed":null}]},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}',
  '{"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"東京 🙂 é"}],"isError":false,"structuredContent":{"1":1e2,"10":-0.5,"9":[[],{},[{}]]}}}',
  '[1.0,1e2,-0,0.1,123456789012345,1.7976931348623157e308,5e-324,"",[],{},null,true,false]',
  '{"constructor":1,"toString":{"hasOwnProperty":[1,2,3]},"\\u0061":"\\\\u0061","\\\\u0061":2}',
].map((text) => Buffer.from(text));

type Mutation = (bytes: Buffer) => Buffer;

const place = fc.nat(4_000);
const byte = fc.oneof(
  fc.nat(255),
  fc.constantFrom(...Array.from('{}[]",:\\u0159.eE-+ \n\t', (one) => one.charCodeAt(0))),
);
const piece = fc.constantFrom(
  ...'"__proto__":1,|"a":1,"a":2,|\\ud800|\\u0000|9007199254740993|1e400|[[[[[[[[|}|]|\u0000|,,|"'.split(
    '|',
  ),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, byte).map(
    ([at, value]): Mutation =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[at % copy.length] = value;
        return copy;
      },
  ),
  fc.tuple(place, fc.nat(8)).map(
    ([at, size]): Mutation =>
      (bytes) => {
        const from = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + size)]);
      },
  ),
  fc.tuple(place, piece).map(
    ([at, text]): Mutation =>
      (bytes) => {
        const from = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(from)]);
      },
  ),
  fc.tuple(place, place, fc.nat(40)).map(
    ([at, source, size]): Mutation =>
      (bytes) => {
        const from = at % (bytes.length + 1);
        const other = source % (bytes.length + 1);
        const stolen = bytes.subarray(other, other + size);
        return Buffer.concat([bytes.subarray(0, from), stolen, bytes.subarray(from)]);
      },
  ),
  place.map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
);

const mutated = fc
  .tuple(fc.constantFrom(...messages), fc.array(mutation, { maxLength: 4 }))
  .map(([message, mutations]) =>
    mutations.reduce<Buffer>((bytes, mutate) => mutate(bytes), message),
  );

function read(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(BailiwickError);
    expect((error as BailiwickError).code).toMatch(/^json\//);
    return undefined;
  }
}

describe('the JSON parser under mutated messages', () => {
  it('refuses with a code or reads what reads back to itself, as the slow reading says', () => {
    let readable = 0;
    fc.assert(
      fc.property(mutated, (bytes) => {
        const value = read(bytes);
        const slow = slowRead(bytes);
        expect(value !== undefined, bytes.toString()).toBe(slow.kind === 'read');
        if (value === undefined || slow.kind !== 'read') return;
        readable += 1;
        const canonical = canonicalBytes(value);
        expect(canonical.toString()).toBe(slow.canonical);
        expect(canonicalBytes(parseJson(canonical)).equals(canonical)).toBe(true);
      }),
      { ...bounds, numRuns: runs(15_000) },
    );
    // A fuzz run in which everything is refused proves nothing about what is read.
    expect(readable).toBeGreaterThan(500);
  });

  it('survives bytes that were never JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const value = read(bytes);
        expect(value !== undefined).toBe(slowRead(bytes).kind === 'read');
      }),
      { ...bounds, numRuns: runs(5_000) },
    );
  });
});

describe('other readers of text from outside', () => {
  it('renders whatever a mutated message holds without a control character', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        expect(visibleText(bytes.toString('latin1'))).not.toMatch(/\p{Cc}/u);
      }),
      { ...bounds, numRuns: runs(2_000) },
    );
  });

  const keyword = fc.constantFrom(
    ...'type properties items required pattern enum const $ref $id $anchor anyOf allOf not if minLength'.split(
      ' ',
    ),
    ...'uniqueItems additionalProperties patternProperties dependencies $dynamicRef unevaluatedProperties'.split(
      ' ',
    ),
  );
  const anySchema = fc.letrec<{ schema: Json }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom<Json>(true, false, 1, 'string', '#', '#a', 'x', '^(a+)+$', null, ['a'], -1),
      fc.dictionary(keyword, tie('schema'), { maxKeys: 4 }),
      fc.array(tie('schema'), { maxLength: 3 }),
    ),
  })).schema;

  it('compiles or refuses any schema, and answers for any value', () => {
    fc.assert(
      fc.property(anySchema, fc.jsonValue({ maxDepth: 3 }), (schema, value) => {
        const compiled = compileSchema(schema, { unnamed: 'refuse', maxNodes: 500 });
        if (compiled.kind === 'unsupported') {
          expect(compiled.reason).not.toBe('');
          return;
        }
        const given = parseJson(canonicalBytes(value as Json));
        const verdict = compiled.validate(given, 5_000);
        expect(['valid', 'invalid', 'unnamed', 'budget']).toContain(verdict.kind);
        if (verdict.kind === 'invalid') expect(verdict.problems.length).toBeGreaterThan(0);
      }),
      { ...bounds, numRuns: runs(6_000) },
    );
  });
});
