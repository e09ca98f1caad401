import { describe, expect, it } from 'vitest';
import { growth } from '../../../test/fakes/growth.ts';
import { RunEnds } from './run-ends.ts';
import { createScanner, searchesFor } from './scan.ts';
import { detectors } from './detectors/index.ts';

const scanner = createScanner(searchesFor([]));

/** Texts made to hurt: nothing but beginnings, or bodies that end one character before they count. */
const floods: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    detectors.flatMap(({ starts }) => starts.map((start) => [start, `${start} ${start}-${start}`])),
  ),
  'runs of beginnings of tokens': 'eyJhIjoi-',
  'two parts of a token': `${'eyJhbGciOi-'.repeat(40)}.eyJ${'a'.repeat(200)} `,
  'keys that are none': `-----BEGIN RSA PRIVATE KEY----- ${'a b '.repeat(60)}`,
  'headers of keys': '-----BEGIN A B C PRIVATE KE',
  'assignments of nothing': 'password = "api_key: secret=',
  'names inside names': 'secretsecret_access_key',
  'assignments of words': `password=${'word'.repeat(60)} `,
  'passwords in addresses': '://aaaaaaaaaaaaaaaaaaaaaaaaaaaa:b',
  'numbers of bots': '12345678901234567890:AA',
  'one long word': 'a',
  dots: 'SG.aaaaaaaaaaaaaaaaaaaaaa.',
};

describe('the scanner', () => {
  it.each(Object.keys(floods))(
    'takes eight times as long for eight times the flood of `%s`',
    (name) => {
      const piece = floods[name] ?? '';
      const length = 24_000;
      const small = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
      const ratio = growth(
        (text: string) => scanner.scan(text),
        { small, large: small.repeat(8) },
        { fixed: 0.2, enough: 24 },
      );
      expect(ratio).toBeLessThan(24);
    },
  );

  it('reads each character of a text full of beginnings a few times at most', () => {
    const jwt = detectors.find(({ name }) => name === 'jwt');
    const pieces = [
      'eyJhIjoi-',
      `${'eyJhbGciOi-'.repeat(40)}.eyJ${'a'.repeat(200)} `,
      `${'eyJhbGciOi-'.repeat(400)}.eyJ${'a'.repeat(12)}.x `,
    ];
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(30_000 / piece.length));
      const runs = new RunEnds(text);
      for (let at = text.indexOf('eyJ'); at >= 0; at = text.indexOf('eyJ', at + 1)) {
        jwt?.open(text, at, runs);
        jwt?.find(text, at, runs);
      }
      expect(runs.steps).toBeLessThan(text.length * 3);
    }
  });

  it('has hits in order and apart from each other', () => {
    const key = `${['AK', 'IA'].join('')}${'Q7'.repeat(8)}`;
    const hits = scanner.scan(`${key} ${key},${key}`);
    expect(hits.map(({ from, to }) => [from, to])).toEqual([
      [0, 20],
      [21, 41],
      [42, 62],
    ]);
  });

  it('is asked for each kind where one of its beginnings stands', () => {
    const names = detectors.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, starts } of detectors) expect(starts.length, name).toBeGreaterThan(0);
  });
});
