import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth } from '../../../test/fakes/growth.ts';
import { limits } from '#kernel/limits.ts';
import { drawnValue, secretSamples } from '../../../test/fakes/secret-samples.ts';
import { createInspector } from './inspector.ts';
import { detectors } from './detectors/index.ts';

const canary = `canary.(${drawnValue(12)})`;
const inspector = createInspector({ canaries: [canary, 'sk-ant-trap-sk-ant-trap'] });
const kinds = Object.keys(secretSamples);
const sampleOf = (kind: string): string =>
  `${kind === 'telegram-bot-token' ? '123456789' : ''}${secretSamples[kind]?.() ?? ''}`;

function whole(text: string): { text: string; redactions: number } {
  const { value, findings } = inspector.redact([text]);
  return { text: value[0] ?? '', redactions: findings.reduce((sum, { count }) => sum + count, 0) };
}

function inPieces(pieces: readonly string[]): { text: string; redactions: number } {
  const lane = inspector.lane();
  const told = pieces.map((piece) => lane.push(piece)).join('') + lane.flush();
  return { text: told, redactions: lane.redactions };
}

/** At the given places, counted around; without places, character by character. */
function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = sizes.length === 0 ? 1 : (sizes[turn % sizes.length] ?? 1);
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString();

const near = [
  ...detectors.flatMap(({ starts }) => starts),
  ...kinds.map((kind) => sampleOf(kind).slice(0, -9)),
  'password',
  'secret_access',
  'api-key = "',
  'PASSWORD:=',
  `token secret=${drawnValue()}(`,
  `passphrase => '${drawnValue(15)}`,
  '-----BEGIN RSA PRIVATE KEY-----\\n',
  `-----BEGIN PRIVATE KEY----- ${'as one may say '.repeat(30)}`,
  '-----END PRIVATE KEY-----',
  pem.slice(0, 300),
  pem.replaceAll('\n', '\\n'),
  'eyJhbGciOi-'.repeat(40),
  `.eyJ${'a'.repeat(200)}`,
  '://aaaa:b',
  '0123456789',
  'ordinary words, ü 𝄞 "and" (signs); ',
  '\n',
  ' ',
  '.',
  '=',
  'AAAAAAAAAAAAAAAA',
];

const secrets = [
  ...kinds.map((kind) => () => sampleOf(kind)),
  () => canary,
  () => 'sk-ant-trap-sk-ant-trap',
  () => pem,
  () => `password="${drawnValue()}"`,
  () => `api_key=${sampleOf('github-token')}.x1Y2`,
  () => `https://svc:${drawnValue()}@host`,
];

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...near),
      fc.constantFrom(...secrets).map((make) => make()),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(...secrets).chain((make) => {
        const secret = make();
        return fc.nat(secret.length).map((size) => secret.slice(0, size));
      }),
    ),
    { minLength: 1, maxLength: 9 },
  )
  .map((parts) => parts.join(''));

describe('the scanner of a lane', () => {
  it.each(kinds)('finds %s wherever it is cut', (kind) => {
    const text = `see ${sampleOf(kind)} for it`;
    const expected = whole(text);
    expect(expected.redactions).toBe(1);
    for (let at = 1; at < text.length; at += 1) {
      expect(inPieces([text.slice(0, at), text.slice(at)])).toEqual(expected);
    }
    expect(inPieces(cut(text, []))).toEqual(expected);
  });

  it('says of any text in any pieces what is said of the whole', () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }),
        (text, sizes) => {
          expect(inPieces(cut(text, sizes))).toEqual(whole(text));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('tells no part of a secret before it is decided', () => {
    for (const kind of kinds) {
      const secret = sampleOf(kind);
      const lane = inspector.lane();
      let told = '';
      for (const piece of cut(`see ${secret}`, [])) told += lane.push(piece);
      // The number of a bot and the scheme of an address are no part of the secret.
      expect('see 123456789'.startsWith(told), kind).toBe(true);
    }
  });

  it('tells at once what can be no part of a secret', () => {
    const lane = inspector.lane();
    const words = 'The customer wrote on Monday that order A-20931 came late. ';
    for (const piece of words.split(/(?<= )/)) expect(lane.push(piece)).toBe(piece);
    expect(lane.push('password = ')).toBe('password = ');
    expect(lane.push('await')).toBe('');
    expect(lane.push(' prompt')).toBe('await prompt');
    expect(lane.push('task sk-')).toBe('task ');
    expect(lane.push(' ')).toBe('sk- ');
    expect(lane.held).toBe(0);
    expect(lane.push('https:')).toBe('https');
    expect(lane.push('//example.com/')).toBe('://example.com/');
    expect(lane.push('SKU')).toBe('SKU');
    expect(lane.redactions).toBe(0);
  });

  it('takes out a secret that is longer than may be held, and all that it goes on with', () => {
    const token = sampleOf('jwt');
    for (const size of [limits.laneHeldBytes - 100, limits.laneHeldBytes, 300_000]) {
      const text = `see ${token}${'aB3-'.repeat(size / 4)} for ${sampleOf('npm-token')}.`;
      for (const sizes of [[1_000], [64], [70_000, 3]]) {
        const lane = inspector.lane();
        const told =
          cut(text, sizes)
            .map((piece) => lane.push(piece))
            .join('') + lane.flush();
        expect(told).toBe('see [redacted:jwt] for [redacted:npm-token].');
        expect(lane.redactions).toBe(2);
      }
    }
  });

  it('holds no more than its limit and an eighth, and one piece', () => {
    const lane = inspector.lane();
    let given = 0;
    lane.push('eyJhbGciOi');
    while (lane.held > 0) {
      expect(lane.push('aB3-'.repeat(16))).toMatch(/^(?:\[redacted:jwt\])?$/);
      given += 64;
      expect(given).toBeLessThan((limits.laneHeldBytes * 9) / 8 + 64);
    }
    expect(given).toBeGreaterThanOrEqual(limits.laneHeldBytes - 16);
    expect(lane.push('aB3.')).toBe('');
    expect(lane.push(' free')).toBe(' free');
  });

  it.each([
    'eyJhbGciOi-',
    '-----BEGIN PRIVATE KEY----- ',
    `-----BEGIN PRIVATE KEY----- ${'a b '.repeat(2_000)}`,
    'password=',
    `password=${'word'.repeat(60)} `,
    'ghp_',
    'sk-',
    '://a:b',
    'secretsecret_access_key',
    'words and words ',
    `${'eyJhbGciOi-'.repeat(400)}.eyJ${'a'.repeat(12)}.x `,
  ])('takes eight times as long for eight times the flood of `%s`, piece by piece', (piece) => {
    const small = piece.repeat(Math.ceil(12_000 / piece.length)).slice(0, 12_000);
    const ratio = growth(
      (text: string) => inPieces(cut(text, [3])),
      { small, large: small.repeat(8) },
      { fixed: 1, enough: 32 },
    );
    expect(ratio).toBeLessThan(32);
  });
});
