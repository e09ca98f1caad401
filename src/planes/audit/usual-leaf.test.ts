import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, emptyObject, parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { labelCeiling } from '#kernel/label.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { draftOf, everyType, fullDraft, without } from '../../../test/fakes/record-drafts.ts';
import { keepText } from './kept-text.ts';
import { leafBytes } from './leaf.ts';
import { type Stamp, usualBytes } from './usual-leaf.ts';

const stamp: Stamp = {
  schema: 2,
  id: '0199c0de-0000-7000-8000-000000000000',
  time: '2026-11-26T12:00:00.000Z',
  monotonicUs: 123_456_789,
  writer: 'gateway-1',
  sequence: 7,
  life: 1_790_000_000_000,
};

type Arbitraries<Of> = { readonly [Name in keyof Of]-?: fc.Arbitrary<NonNullable<Of[Name]>> };

const plainText = fc
  .oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
    fc.constantFrom('Grüße, 東京 🙂', '\u2028', ''),
  )
  .map((text) => text.replaceAll(/["\\]/g, '.'));
const anyText = fc.oneof(
  plainText,
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => text.isWellFormed()),
  fc.constantFrom('"', '\\', 'a\u0000b', '\u001f', '\u007f', '{}'),
);
const whole = fc.maxSafeInteger();
const labels = fc.subarray([...labelCeiling]);

function record<Of extends object>(parts: { [Name in keyof Of]: fc.Arbitrary<Of[Name]> }) {
  return fc.record(parts, { noNullPrototype: true }) as fc.Arbitrary<Of>;
}

/** As it is, or as one whose text is kept. */
function orKept<Part extends object>(part: fc.Arbitrary<Part>): fc.Arbitrary<Part> {
  return fc.oneof(part, part.map(keepText));
}

/** INVARIANT of this test: a part that records get is made here too, or nothing compiles. */
function partsOf(text: fc.Arbitrary<string>): Arbitraries<Omit<RecordDraft, 'type'>> {
  const commitment = record({ sha256: text, bytes: whole });
  const texts = fc.array(text, { maxLength: 4 });
  return {
    tenant: text,
    actors: orKept(
      fc.array(record({ kind: fc.constantFrom('agent', 'human', 'system'), name: text })),
    ),
    pdp: fc.array(
      fc.oneof(
        record({ entitlements: texts, answer: fc.constantFrom('permit', 'deny') }),
        record({ entitlements: texts, answer: fc.constant('unavailable'), reason: text }),
      ),
      { maxLength: 3 },
    ),
    facts: record({
      user: record({
        issuer: text,
        groups: texts,
        claims: fc.array(record({ name: text, digest: text }), { maxLength: 2 }),
      }),
      scope: fc.oneof(record({ digest: text }), record({ effects: fc.constant(['read']) })),
      flow: record({
        verdict: fc.constantFrom('auto', 'step-up', 'no'),
        intent: fc.boolean(),
        kinds: fc.constant([]),
        whys: fc.constant([]),
        origins: texts,
      }),
    }),
    session: text,
    task: text,
    tasks: fc.constant('perInstance'),
    call: text,
    intent: text,
    method: text,
    source: text,
    target: orKept(
      record({
        target: text,
        digest: text,
        effectClass: fc.constantFrom('read', 'write', 'delete'),
      }),
    ),
    named: text,
    questions: orKept(
      record({ who: text, asks: text, canInvoke: text, withoutHuman: fc.boolean() }),
    ),
    decision: record({
      effect: fc.constantFrom('allow', 'deny', 'approve'),
      rules: texts,
      policyDigest: text,
      questions: record({
        mayCallTool: fc.boolean(),
        insideEnvelope: fc.boolean(),
        crossesSensitivity: fc.boolean(),
      }),
      errors: texts,
    }),
    wouldHave: record({
      phase: fc.constantFrom('observe', 'warn'),
      effect: fc.constantFrom('refuse', 'hold'),
      codes: texts,
    }),
    arguments: commitment,
    result: commitment,
    heard: commitment,
    part: record({ number: whole, bytes: whole, commitment }),
    parts: record({ count: whole, bytes: whole, digest: text, last: text }),
    usage: record({ inputTokens: whole, outputTokens: whole, estimated: fc.boolean() }),
    labels: record({ in: labels, out: labels }),
    approval: record({ id: text, by: text, class: text }),
    lease: fc.array(
      record({
        id: text,
        secret: text,
        digest: text,
        scope: text,
        bound: fc.constantFrom('call', 'process'),
      }),
    ),
    effect: fc.constantFrom('none', 'done', 'unknown'),
    refusal: record({ stage: text, code: text, message: text }),
    snapshot: text,
    overlay: whole,
    durationUs: whole,
    trace: text,
    traceIgnored: fc.constantFrom('malformed', 'differs'),
    details: fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      fc.oneof(text, whole, fc.boolean(), texts),
      { noNullPrototype: true },
    ),
  };
}

function draftsOf(text: fc.Arbitrary<string>): fc.Arbitrary<RecordDraft> {
  const parts = partsOf(text);
  return fc
    .tuple(fc.constantFrom(...everyType), record(parts), fc.subarray(Object.keys(parts)))
    .map(([type, made, absent]) => without({ ...made, type }, ...absent));
}

function stampsOf(text: fc.Arbitrary<string>): fc.Arbitrary<Stamp> {
  const names = fc.array(text, { maxLength: 3 });
  const payload = fc.oneof(
    record({ sha256: text, bytes: whole, key: text }),
    record({ sha256: text, bytes: whole, key: text, salts: names }),
  );
  return fc
    .record({
      id: text,
      time: text,
      writer: text,
      monotonicUs: whole,
      sequence: whole,
      payload: fc.option(payload),
      required: fc.option(fc.array(text)),
    })
    .map(({ payload: body, required, ...made }) => ({
      ...made,
      schema: 2,
      ...(body === null ? {} : { payload: body }),
      ...(required === null ? {} : { required }),
    }));
}

function inGeneral(draft: RecordDraft, added: Stamp): Buffer {
  return canonicalBytes({ ...draft, ...added } as unknown as Json);
}

describe('the leaf of a usual record', () => {
  it('has the bytes that the canonical writer makes of the whole, whatever stands in it [AUD-01]', () => {
    fc.assert(
      fc.property(draftsOf(anyText), stampsOf(anyText), (draft, added) => {
        expect(leafBytes(draft, added).toString()).toBe(inGeneral(draft, added).toString());
      }),
      { numRuns: 1_500 },
    );
  });

  it('is written in its order, with the same bytes, where no text needs an escape [AUD-01]', () => {
    fc.assert(
      fc.property(draftsOf(plainText), stampsOf(plainText), (draft, added) => {
        // A record without actors is none, and is left to whoever writes anything.
        const made = usualBytes(draft, added)?.toString();
        expect(made).toBe('actors' in draft ? inGeneral(draft, added).toString() : undefined);
      }),
      { numRuns: 1_500 },
    );
  });

  it('is written in its order for every type', () => {
    for (const type of everyType) {
      const draft = draftOf(type);
      expect(usualBytes(draft, stamp)).toEqual(inGeneral(draft, stamp));
    }
    const payload = { sha256: 'a', bytes: 3, key: 'k' };
    const named = { ...fullDraft, named: 'Grüße, 東京 🙂' };
    expect(usualBytes(named, { ...stamp, payload })).toEqual(
      inGeneral(named, { ...stamp, payload }),
    );
  });

  it.each([
    ['a quote', { named: 'a"b' }],
    ['a backslash', { method: 'a\\b' }],
    ['a control character', { session: 'a\nb' }],
    ['a member that nobody knows', { unheard: 1 }],
    ['a member that the recorder writes', { id: 'mine' }],
    ['a part with one member more', { result: { ...fullDraft.result, more: 1 } }],
    ['a part with one member less', { target: { target: 'x', digest: 'y' } }],
    ['a part with another member', { target: { target: 'x', digest: 'y', other: 'z' } }],
    ['a number for a text', { task: 7 }],
    ['a text for a number', { overlay: '7' }],
    ['nothing for a part', { labels: null, decision: null, arguments: null }],
    ['a parsed object', { labels: parseJson(Buffer.from('{"in":[],"out":[]}')) }],
    ['an empty object', { decision: emptyObject() }],
    ['a text for a list', { labels: { in: 'x', out: [] } }],
    ['a number for a truth', { decision: { ...fullDraft.decision, questions: 1 } }],
  ])('leaves %s to the canonical writer', (_, over) => {
    const draft = { ...fullDraft, ...over } as unknown as RecordDraft;
    expect(usualBytes(draft, stamp)).toBeUndefined();
    expect(leafBytes(draft, stamp)).toEqual(inGeneral(draft, stamp));
  });

  it.each([
    ['half of a pair', { named: 'a\ud800' }],
    ['half of a pair in details', { details: { text: '\ud800' } }],
    ['a number that is none', { overlay: Number.NaN }],
    ['a member that is there and undefined', { task: undefined }],
    ['a part that lacks a member', { result: { sha256: 'a', bytes: undefined } }],
    ['a class', { arguments: new Map() }],
  ])('is refused with %s, as the canonical writer refuses it', (_, over) => {
    const draft = { ...fullDraft, ...over } as unknown as RecordDraft;
    expect(() => inGeneral(draft, stamp)).toThrow();
    expect(() => leafBytes(draft, stamp)).toThrow();
  });

  it('takes the text of what was kept, and nobody can change that any more', () => {
    const actors = keepText([{ kind: 'agent' as const, name: 'refund-bot', instance: 'one' }]);
    const draft: RecordDraft = { ...fullDraft, actors };
    expect(leafBytes(draft, stamp)).toEqual(inGeneral(draft, stamp));
    expect(() => (actors as unknown[]).push('x')).toThrow(TypeError);
    expect(() => Object.assign(actors[0] ?? {}, { name: 'another' })).toThrow(TypeError);
  });

  it('refuses what is too deep as the canonical writer does', () => {
    for (const levels of [253, 254, 255, 256, 257]) {
      let value: Json = 0;
      for (let level = 0; level < levels; level += 1) value = [value];
      const draft: RecordDraft = { ...fullDraft, details: { value } };
      const say = (work: () => Buffer): string => {
        try {
          return work().toString();
        } catch {
          return 'refused';
        }
      };
      expect(say(() => leafBytes(draft, stamp))).toBe(say(() => inGeneral(draft, stamp)));
    }
  });
});
