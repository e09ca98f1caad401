import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { drawnValue, secretSamples } from '../../../test/fakes/secret-samples.ts';
import { createInspector } from './inspector.ts';

const inspector = createInspector();
const kinds = Object.keys(secretSamples);
const sampleOf = (kind: string): string => secretSamples[kind]?.() ?? '';
const before = (kind: string): string => (kind === 'telegram-bot-token' ? '123456789' : '');
const textOf = (value: Json): string => JSON.stringify(value);

describe('the inspector', () => {
  it.each(kinds)('finds and takes out what looks like %s', (kind) => {
    for (let turn = 0; turn < 20; turn += 1) {
      const sample = sampleOf(kind);
      const text = `see ${before(kind)}${sample} for it`;
      const { value, findings } = inspector.redact({ content: [{ text }] });
      expect(findings).toEqual([{ detector: kind, path: '/content/0/text', count: 1 }]);
      expect(value).toEqual({
        content: [{ text: `see ${before(kind)}[redacted:${kind}] for it` }],
      });
    }
  });

  it('labels arguments that carry a secret, in values and in keys', () => {
    for (const kind of kinds) {
      const sample = `${before(kind)}${sampleOf(kind)}`;
      for (const args of [{ a: [{ b: sample }] }, { [sample]: 1 }] as JsonObject[]) {
        expect(inspector.arguments(args).labels, kind).toEqual(['confidentiality:secret']);
      }
    }
  });

  it('finds a secret wherever it stands in a text, several at once', () => {
    const around = fc.string({ unit: 'grapheme-ascii' }).map((text) => ` ${text} `);
    fc.assert(
      fc.property(around, around, fc.subarray(kinds), (head, tail, some) => {
        const samples = some.map((kind) => `${before(kind)}${sampleOf(kind)}`);
        const clean = textOf(inspector.redact([head + samples.join(' \n ') + tail]).value);
        return samples.every((sample) => !clean.includes(JSON.stringify(sample).slice(12, 30)));
      }),
      { numRuns: 200 },
    );
  });

  it('finds a key with its line ends escaped, of a service account, and with headers', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const encrypted = privateKey
      .export({ format: 'pem', type: 'pkcs1', cipher: 'aes-128-cbc', passphrase: 'x' })
      .toString();
    const shapes = [
      pem,
      encrypted,
      JSON.stringify({ private_key: pem }),
      pem.replaceAll('\n', ' '),
      pem.slice(0, 400),
    ];
    for (const shape of shapes) {
      const { value, findings } = inspector.redact([shape]);
      expect(findings).toMatchObject([{ detector: 'private-key', count: 1 }]);
      expect(textOf(value)).not.toMatch(/[A-Za-z0-9+/]{40}/);
    }
  });

  it('finds what a name says is secret, as an assignment in a text and as a member', () => {
    const names = [
      'password',
      'DB_PASSWORD',
      'api-key',
      'clientSecret',
      'aws_secret_access_key',
      'accessToken',
    ];
    for (const name of names) {
      const value = drawnValue();
      for (const text of [
        `${name}=${value}`,
        `${name}: "${value}"`,
        `'${name}' => '${value}'`,
        `{"${name}":"${value}"}`,
      ]) {
        const clean = textOf(inspector.redact([text]).value);
        expect(clean, text).not.toContain(value);
        expect(clean, text).toContain(name);
      }
      expect(inspector.redact({ [name]: value })).toEqual({
        value: { [name]: '[redacted:assigned-secret]' },
        findings: [{ detector: 'assigned-secret', path: `/${name}`, count: 1 }],
      });
    }
  });

  it('leaves alone what only reminds of a secret', () => {
    const harmless: Json[] = [
      'password = await prompt("Password: ")',
      'set API_KEY=your_api_key_goes_here_12345',
      'password: ${DB_PASSWORD_FROM_ENVIRONMENT_2}',
      'the secret: keep the token bucket small',
      'api_key = process.env.SERVICE_API_KEY_V2',
      { password: 'correct horse battery staple' },
      { secret: 'projects/billing/secrets/name/versions/3' },
      { nextPageToken: drawnValue(), idempotencyKey: drawnValue(), etag: drawnValue() },
      'the line -----BEGIN PRIVATE KEY----- starts a private key in PEM form, as you know from it',
      'sk-this-is-a-long-kebab-case-class-name-of-a-style-sheet',
      'task-ghp_short glpat-short xoxb-words AKIA npm_config_registry hf_hub_download',
      'https://example.com:8080/path@v2 and mailto:ada@example.com',
      'postgres://user:password@localhost/db and redis://:***@cache',
      'eyJhbGciOiJub25lIn0 is the start of a token, eyJhbGciOiJub25lIn0.eyJhIjoxfQ. has no signature',
      '0199c0de-0000-7000-8000-000000000000 and sha256:'.concat('ab'.repeat(32)),
      Buffer.from('an image, say'.repeat(400)).toString('base64'),
    ];
    const clean = inspector.redact(harmless);
    expect(clean.findings).toEqual([]);
    expect(clean.value).toBe(harmless);
    expect(inspector.arguments({ harmless }).labels).toEqual([]);
  });

  it('says where, without saying what was found in a key', () => {
    const sample = sampleOf('npm-token');
    const { value, findings } = inspector.redact({ 'a/b~c': { [sample]: [sample] } });
    expect(value).toEqual({ 'a/b~c': { '[redacted:npm-token]': ['[redacted:npm-token]'] } });
    expect(findings.map(({ path }) => path)).toEqual([
      '/a~1b~0c',
      '/a~1b~0c/[redacted:npm-token]/0',
    ]);
    expect(textOf(findings as never)).not.toContain(sample);
  });

  it('takes out all of a secret that two kinds see, once', () => {
    const sample = sampleOf('github-token');
    const { value, findings } = inspector.redact([`api_key=${sample}.x1Y2`]);
    expect(value).toEqual(['api_key=[redacted:github-token]']);
    expect(findings).toMatchObject([{ detector: 'github-token', count: 1 }]);
  });

  it('finds values that the deployment planted', () => {
    const canary = `canary.(${drawnValue(12)})`;
    const guarded = createInspector({ canaries: [canary] });
    expect(guarded.redact([`x${canary}y`]).value).toEqual(['x[redacted:canary]y']);
    expect(guarded.arguments({ a: canary }).labels).toEqual(['confidentiality:secret']);
    expect(inspector.redact([canary]).findings).toEqual([]);
    expect(() => createInspector({ canaries: ['short'] })).toThrow('canary');
  });

  it('finds nothing in what it has redacted', () => {
    const value = kinds.map((kind) => `${before(kind)}${sampleOf(kind)}`);
    const once = inspector.redact(value).value;
    expect(inspector.redact(once)).toEqual({ value: once, findings: [] });
  });

  it('withholds more than it is allowed to look through', () => {
    const most = 'x '.repeat(limits.resultScanBytes / 2);
    expect(inspector.redact([most]).findings).toEqual([]);
    const tooMuch = expect.objectContaining({ code: 'semantic/too-large' });
    expect(() => inspector.redact([most, 'x'])).toThrow(tooMuch);
    expect(() => inspector.arguments({ a: most })).toThrow(tooMuch);
  });
});
