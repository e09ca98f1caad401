import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lent } from '#contracts/tool-server.ts';
import { canonicalText, type Json } from '#kernel/json/index.ts';
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

const encodings: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  'JSON text': (text) => JSON.stringify(text),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'JSON with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'JSON in ASCII': (text) => JSON.stringify(text).replaceAll('ü', '\\u00fc'),
  URL: (text) => encodeURIComponent(text),
  'URL in lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  form: (text) => new URLSearchParams({ text }).toString().slice(5),
  HTML: (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;'),
  hex: (text) => Buffer.from(text).toString('hex'),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
};

describe('the scrubber', () => {
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
        fc.constantFrom(...Object.values(encodings)),
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
