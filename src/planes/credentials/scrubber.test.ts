import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth } from '../../../test/fakes/growth.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { canonicalText, type Json } from '#kernel/json/index.ts';
import { disguises, encodings } from '../../../test/fakes/secret-disguises.ts';
import { createScrubber } from './scrubber.ts';

const scrubber = createScrubber();
const scrub = <T extends Json>(value: T, lent: readonly Lent[]) => scrubber.scrub(value, lent);
const secret = 'pa55/w+rd "ü" <x>&\\y';
const lentOf = (value: string): Lent => ({
  kind: 'header',
  header: 'authorization',
  value: `Bearer ${value}`,
  secret: value,
});
const clean = (value: Json, of = secret): Json => scrub(value, [lentOf(of)]).value;

describe('the scrubber', () => {
  it.each(Object.keys(disguises))('takes a lent value out as %s [CRD-01]', (name) => {
    for (const value of [secret, `key-${'aB3-xY9_'.repeat(5)}end`]) {
      const shown = disguises[name]?.(value) ?? '';
      const left = clean(`before\n${shown}\nafter`, value);
      // Quotes, brackets and the bits that the value shares with its neighbours may stay.
      expect(left).toMatch(/^before\n.{0,12}\[secret\].{0,12}\nafter$/);
    }
  });

  it('takes out nothing that only looks like it [CRD-01]', () => {
    const value = 'deadbeef-cafe-0123';
    const hex = Buffer.from(value).toString('hex');
    const others = [
      'deadbeef-cafe-0124 and deadbeef cafe 0123 and DEADBEEF-CAFE-0123',
      hex.slice(2),
      `${hex.slice(0, 10)}z${hex.slice(10)}`,
      `${hex.slice(0, 10)} and then ${hex.slice(10)}`,
      Buffer.from(value).toString('base64').toLowerCase(),
      `${Buffer.from(value).toString('base64').slice(0, 9)}.${Buffer.from(value).toString('base64').slice(9)}`,
      '00000000: 6465 6164 6265 6566 2d63 6166 652d 3031  deadbeef-cafe-01\n00000010: 3133',
      '100% sure &c; C:\\users\\deadbeef &#9999999; \\u00',
    ];
    for (const other of others) expect(clean(other, value)).toBe(other);
  });

  it('leaves what stands around it as it is, however it is written', () => {
    const text = '%7Bü \\u0041 &lt; ';
    expect(clean(`${text}${encodeURIComponent(secret)}${text}`)).toBe(`${text}[secret]${text}`);
  });

  it.each(Object.keys(encodings))('takes a lent value out as %s [CRD-01]', (name) => {
    const shown = encodings[name]?.(secret) ?? '';
    const result = clean({ content: [{ type: 'text', text: `it is ${shown}, really` }] });
    expect(canonicalText(result)).toContain('[secret]');
    expect(canonicalText(result)).not.toContain(shown.slice(4, 16));
  });

  it('takes it out of base64 at any offset [CRD-01]', () => {
    for (const alphabet of ['base64', 'base64url'] as const) {
      for (let before = 0; before < 6; before += 1) {
        const text = Buffer.from(`${'x'.repeat(before)}${secret}${'y'.repeat(5)}`).toString(
          alphabet,
        );
        const left = canonicalText(clean(text));
        expect(left).toContain('[secret]');
        expect(Buffer.from(left.replaceAll('[secret]', ''), 'base64').toString()).not.toContain(
          'w+rd',
        );
      }
    }
  });

  it('takes it out of a list of bytes, which stays a list of numbers [CRD-01]', () => {
    const bytes = [1, 2, ...Buffer.from(secret), 3];
    expect(clean({ data: bytes })).toEqual({ data: bytes.map(() => 0) });
    const others = { data: [...Buffer.from('nothing of the kind, at all')] };
    expect(clean(others)).toBe(others);
  });

  it('takes it out of keys, nested values and numbers [CRD-01]', () => {
    expect(clean({ [secret]: [[{ a: secret }]] })).toEqual({ '[secret]': [[{ a: '[secret]' }]] });
    expect(clean({ n: 9_876_543_210, m: 5 }, '9876543210')).toEqual({ n: '[secret]', m: 5 });
  });

  it('takes out what a value of the basic scheme decodes to, and its password [CRD-01]', () => {
    const pair = Buffer.from('svc-user:tr0ub4dor').toString('base64');
    const lent: Lent = {
      kind: 'header',
      header: 'authorization',
      value: `Basic ${pair}`,
      secret: pair,
    };
    expect(scrub(['svc-user:tr0ub4dor', 'password tr0ub4dor', pair], [lent]).value).toEqual([
      '[secret]',
      'password [secret]',
      '[secret]',
    ]);
  });

  it('takes out the longer of two values of which one is part of the other', () => {
    const lent = [lentOf('abcdef'), lentOf('abcdef-0123456789')];
    expect(scrub('x abcdef-0123456789 y abcdef z', lent).value).toBe('x [secret] y [secret] z');
  });

  it('counts what it took out, and gives back the very same result when there was nothing', () => {
    expect(scrub([secret, `${secret} ${secret}`], [lentOf(secret)]).hits).toBe(3);
    const value = { content: [{ type: 'text', text: 'nothing here', n: 1, b: true, z: null }] };
    expect(scrub(value, [lentOf(secret)])).toEqual({ value, hits: 0 });
    expect(scrub(value, [lentOf(secret)]).value).toBe(value);
    expect(scrub(value, []).value).toBe(value);
  });

  it.each([
    ['backslashes', '\\'],
    ['escapes', '\\u0041'],
    ['escaped escapes', '%2525'],
    ['digits', '6b 65 '],
    ['lines of a dump', '00000000: 6b65 792d\n'],
    ['base64', 'a2V5 '],
    ['blanks', ' '],
    ['beginnings of the value', 'pa55/w+rd "ü" <x>&'],
  ])('takes eight times as long for eight times the flood of %s', (_, piece) => {
    const lent = [lentOf(secret)];
    const small = piece.repeat(Math.ceil(24_000 / piece.length));
    const ratio = growth(
      (text: string) => scrub(text, lent),
      { small, large: small.repeat(8) },
      { fixed: 0.5, enough: 32 },
    );
    expect(ratio).toBeLessThan(32);
  });

  it('stays fast for a secret full of characters that are escaped', () => {
    const odd = `${'\\\\"'.repeat(40)}end`;
    const nearly = JSON.stringify('\\\\"'.repeat(39)).repeat(50);
    expect(clean([nearly, JSON.stringify(odd)], odd)).toEqual([nearly, '"[secret]"']);
  });

  it('leaves no encoding of any secret anywhere in any result [CRD-01]', () => {
    const secrets = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 60 });
    fc.assert(
      fc.property(
        secrets,
        fc.constantFrom(...Object.values(encodings), ...Object.values(disguises)),
        fc.jsonValue(),
        (made, encode, around) => {
          const shown = encode(made);
          const result = { a: [`<${shown}>`, around as Json], [`k${shown}`]: { [shown]: shown } };
          const left = canonicalText(scrub(result, [lentOf(made)]).value);
          const secretOnly = canonicalText(shown).slice(1, -1);
          return !left.includes(secretOnly) || '[secret]'.includes(secretOnly);
        },
      ),
      { numRuns: 500 },
    );
  });
});
