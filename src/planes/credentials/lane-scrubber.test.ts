import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth } from '../../../test/fakes/growth.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { limits } from '#kernel/limits.ts';
import { disguises, encodings } from '../../../test/fakes/secret-disguises.ts';
import { binaryOf, type Reading, unescaped } from './reading.ts';
import { createScrubber } from './scrubber.ts';

const scrubber = createScrubber();
const secret = 'pa55/w+rd "ü" <x>&\\y';
const lentOf = (value: string): Lent => ({
  kind: 'header',
  header: 'authorization',
  value: `Bearer ${value}`,
  secret: value,
});

interface Told {
  readonly text: string;
  readonly hits: number;
}

function whole(text: string, ...values: string[]): Told {
  const { value, hits } = scrubber.scrub(text, values.map(lentOf));
  return { text: value, hits };
}

function inPieces(pieces: readonly string[], ...values: string[]): Told {
  const lane = scrubber.lanes(values.map(lentOf))();
  const text = pieces.map((piece) => lane.push(piece)).join('') + lane.flush();
  return { text, hits: lane.hits };
}

/** Whole characters, in pieces of the given sizes, counted around. */
function cut(text: string, sizes: readonly number[]): string[] {
  const characters = [...new Intl.Segmenter().segment(text)].flatMap(({ segment }) =>
    Array.from(segment),
  );
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < characters.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(characters.slice(at, at + size).join(''));
    at += size;
  }
  return pieces;
}

/** Does a line look like one of a dump, in any reading? What follows it decides how it is told. */
function mayBeDump(text: string): boolean {
  let reading: Reading | undefined = { text: binaryOf(text), from: undefined };
  for (; reading !== undefined; reading = unescaped(reading)) {
    if (/[0-9a-f]{4,16}:?[ \t]+[0-9a-f]{2}/i.test(reading.text)) return true;
  }
  return false;
}

const isDump = (name: string): boolean => name.startsWith('a dump');
const writings = Object.entries({ ...encodings, ...disguises });

describe('the scrubber of a lane', () => {
  it.each(writings)('takes a lent value out as %s, wherever it is cut [CRD-01]', (name, write) => {
    for (const value of [secret, `key-${'aB3-xY9_'.repeat(5)}end`]) {
      const text = `before\n${write(value)}\nafter`;
      const expected = whole(text, value);
      expect(expected.text).toContain('[secret]');
      for (const size of [1, 2, 7, 50]) {
        const told = inPieces(cut(text, [size]), value);
        if (!isDump(name)) expect(told).toEqual(expected);
        // The offset of the first line is no part of the value.
        else expect(told.text).toMatch(/^before\n[0-9]{0,8}:? {0,2}\[secret\]\nafter$/);
      }
      for (let at = 1; at < text.length; at += 1) {
        const told = inPieces([text.slice(0, at), text.slice(at)], value);
        expect(told.text.replace(/\n[0-9]{1,8}:? {0,2}\[/, '\n[')).toBe(expected.text);
      }
    }
  });

  it('says of any text in any pieces what is said of the whole [CRD-01]', () => {
    const values = fc.constantFrom(
      [secret],
      ['key-aB3-xY9_aB3-xY9_'],
      ['abcdef', 'abcdef-0123456789'],
      ['aaaaaaa'],
      ['a b c d e f'],
      ['9876543210'],
      ['\\u0041\\u0042%41&amp;'],
      ['ügyfélkapu'],
    );
    const parts = (secrets: readonly string[]): fc.Arbitrary<string> => {
      const written = writings
        .filter(([name]) => !isDump(name))
        .flatMap(([, write]) => secrets.map(write));
      const part = fc.constantFrom(...written, ...secrets);
      return fc.oneof(
        part,
        part.chain((one) => fc.nat(one.length).map((size) => one.slice(0, size).toWellFormed())),
        part.chain((one) => fc.nat(one.length).map((size) => one.slice(size).toWellFormed())),
        fc.string({ unit: 'grapheme', maxLength: 8 }),
        fc.constantFrom(
          '\\',
          '%',
          '&',
          '&#',
          '0x',
          '0',
          'x',
          '\\u',
          '\\x',
          ' ',
          '\n',
          ',',
          ':',
          '%25',
        ),
      );
    };
    fc.assert(
      fc.property(
        values.chain((some) =>
          fc.tuple(fc.constant(some), fc.array(parts(some), { minLength: 1, maxLength: 7 })),
        ),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        ([some, texts], sizes) => {
          const text = texts.join('');
          const told = inPieces(cut(text, sizes), ...some);
          const expected = whole(text, ...some);
          // Other lines may be masked than in the whole, but no value is told.
          if (mayBeDump(text)) expect(whole(told.text, ...some).hits).toBe(0);
          else expect(told).toEqual(expected);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('holds back little of what is no part of a value', () => {
    const lane = scrubber.lanes([lentOf('key-aB3-xY9_aB3-xY9_')])();
    const text = 'Words, and numbers: 12.50 (signs); deadbeef 4 of them, made ü 𝄞 "so" 0 1 2.\n';
    let given = 0;
    let told = 0;
    for (const piece of cut(text.repeat(20), [3])) {
      given += piece.length;
      told += lane.push(piece).length;
      expect(given - told).toBeLessThan(60);
    }
    expect(lane.push('monkey')).toMatch(/mon$/);
    expect(lane.push('s are no ')).toMatch(/^keys are/);
    expect(lane.push('key-aB3-xY9_aB3-xY9')).toBe('');
    expect(lane.push('_!')).toMatch(/\[secret\]!$/);
    expect(lane.hits).toBe(1);
  });

  it('takes out lines of a dump that other text parts, but for two bytes of it [CRD-01]', () => {
    const value = 'key-aB3-xY9_aB3-xY9_aB3-xY9';
    const lines =
      Buffer.from(value)
        .toString('hex')
        .match(/.{1,8}/g) ?? [];
    const text = lines.map((line, at) => `0000000${at}: ${line}  ...\nand so on\n`).join('');
    const { text: told } = inPieces(cut(text, [5]), value);
    for (const line of lines.slice(1)) expect(told).not.toContain(line);
    expect(told.match(/and so on/g)?.length).toBe(lines.length);
  });

  it('does not wait for the next line of a dump when other text follows', () => {
    const lane = scrubber.lanes([lentOf('key-aB3-xY9_aB3-xY9_')])();
    // The last digit begins the value.
    expect(lane.push('00000000: 0102 0306  ....\n')).toBe('');
    expect(lane.push('To ')).toBe('00000000: 0102 0306  ....\nTo ');
    // Three bytes of it do.
    expect(lane.push('\n00000000: 6b65 792d 6142  ....\n')).toBe('\n');
    expect(lane.push('\n\n')).toBe('');
    expect(lane.push('To go on')).toBe('[secret]\n\n\nTo go on');
  });

  it('tells nothing more of a lane that would hold back too much', () => {
    const value = 'key-aB3-xY9_aB3-xY9_';
    const hex = Buffer.from(value).toString('hex');
    const text = `so: ${hex.slice(0, 20)}${' '.repeat(limits.laneHeldBytes + 999)}${hex.slice(20)} free`;
    const { text: told, hits } = inPieces(cut(text, [1_000]), value);
    expect(told).toBe('so: [secret]');
    expect(hits).toBe(1);
    const fits = `so: ${hex.slice(0, 20)}${' '.repeat(limits.laneHeldBytes - 20)}`;
    expect(inPieces([fits, hex.slice(20), ' free'], value).text).toBe('so: [secret] free');
  });

  it('costs nothing without a loan', () => {
    const lane = scrubber.lanes([])();
    expect(lane.push('anything')).toBe('anything');
    expect(lane.flush()).toBe('');
    expect([lane.held, lane.hits]).toEqual([0, 0]);
  });

  it.each([
    '\\',
    '\\u0041',
    '%2525',
    '6b 65 ',
    '00000000: 6b65 792d\n',
    'a2V5 ',
    ' ',
    '0',
    'key-',
    'words ',
  ])('takes eight times as long for eight times the flood of `%s`, piece by piece', (piece) => {
    const small = piece.repeat(Math.ceil(6_000 / piece.length));
    const ratio = growth(
      (pieces: string[]) => inPieces(pieces, 'key-aB3-xY9_aB3-xY9_'),
      { small: cut(small, [16]), large: cut(small.repeat(8), [16]) },
      { fixed: 2, enough: 32 },
    );
    expect(ratio).toBeLessThan(32);
  });
});
