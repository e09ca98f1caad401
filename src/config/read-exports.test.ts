import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonlSink } from '#adapters/event-sink/jsonl/index.ts';
import { mailSink } from '#adapters/event-sink/mail/index.ts';
import { webhookSink } from '#adapters/event-sink/webhook/index.ts';
import { limits } from '#kernel/limits.ts';
import { loadExports, readExports } from './index.ts';

const kinds = [jsonlSink, webhookSink, mailSink({ tell: () => undefined })] as never;
const read = (text: string) =>
  readExports({ file: 'exports.yaml', bytes: Buffer.from(text) }, kinds, 'main');
const problems = (text: string) =>
  read(text).problems.map(({ line, message }) => `${line}: ${message}`);

const good = `sinks:
  - name: siem
    kind: webhook
    url: https://siem.example/in
    secretFile: /run/secrets/siem
  - name: disk
    kind: jsonl
    tenant: other
    path: /var/log/bailiwick.jsonl
`;

describe('the file of exports', () => {
  it('names receivers, each with what its kind needs and a digest of all that is said', () => {
    const { sinks, problems: none } = read(good);
    expect(none).toEqual([]);
    expect(sinks).toEqual([
      {
        name: 'siem',
        kind: 'webhook',
        tenant: 'main',
        form: 'record',
        spec: { url: 'https://siem.example/in', secretFile: '/run/secrets/siem' },
        digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
      {
        name: 'disk',
        kind: 'jsonl',
        tenant: 'other',
        form: 'record',
        spec: { path: '/var/log/bailiwick.jsonl', rotateBytes: 104_857_600, keep: 10 },
        digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    const other = read(good.replace('siem.example', 'elsewhere.example'));
    expect(other.sinks[0]?.digest).not.toBe(sinks[0]?.digest);
    expect(other.sinks[1]?.digest).toBe(sinks[1]?.digest);
  });

  it('has no receiver with half a login', () => {
    const mail = `sinks:
  - name: people
    kind: mail
    server: smtps://mail.example
    from: a@b.example
    to: [c@d.example]
    console: https://b.example
`;
    const [user, password] = ['    user: bailiwick\n', '    passwordFile: /run/secrets/mail\n'];
    for (const login of ['', user + password]) expect(problems(mail + login)).toEqual([]);
    expect(problems(mail + user)).toEqual(['2: `passwordFile` is missing']);
    expect(problems(mail + password)).toEqual(['2: `user` is missing']);
  });

  it('has every problem told at once with its line, and what was meant', () => {
    const wrong = good
      .replace('kind: webhook', 'kind: webhok')
      .replace('path:', 'pth:')
      .replace('tenant: other', 'form: recrod')
      .concat('sink: []\n');
    expect(problems(wrong)).toEqual([
      '3: unknown kind `webhok`; did you mean `webhook`?',
      '6: `path` is missing',
      '8: `form`: expected one of "record"|"ocsf"|"cef"',
      '9: unknown key `pth`; did you mean `path`?',
      '10: unknown key `sink`; did you mean `sinks`?',
    ]);
    expect(read(wrong).sinks).toEqual([]);
  });

  it('refuses what it does not know, what stands twice, and what is no list of maps', () => {
    expect(problems('')).toEqual(['1: there is no `sinks`']);
    expect(problems('[]')).toEqual(['1: this is no map']);
    expect(problems('sinks: 4')).toEqual(['1: `sinks` is missing or no list']);
    expect(problems('sinks: [4]')).toEqual(['1: this is no map']);
    expect(problems(`${good}---\nsinks: []\n`)).toEqual(['11: a second document']);
    expect(problems(good.replace('name: disk', 'name: siem'))).toEqual([
      '6: this name stands twice',
    ]);
    expect(problems(good.replace('name: disk', 'name: ../up'))[0]).toContain('`name`');
    expect(problems(good.replace('/run', 'run'))[0]).toContain('`secretFile`');
    expect(problems(good.replace('https:', 'file:'))[0]).toContain('`url`');
    const many = Array.from(
      { length: limits.exportSinks + 1 },
      (_, at) => `  - { name: s${at}, kind: jsonl, path: /x${at} }`,
    );
    expect(problems(`sinks:\n${many.join('\n')}`)).toEqual(['1: more than 32 sinks']);
  });

  it('stops a start with every problem, or with the file that is not there', () => {
    expect(() => loadExports('/nowhere/exports.yaml', kinds, 'main')).toThrow('cannot be read');
  });

  it('stops a start over a secret that is not there, with its file, line, field and what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'exports-'));
    const [file, secret] = [join(folder, 'exports.yaml'), join(folder, 'siem')];
    writeFileSync(file, good.replace('/run/secrets/siem', secret));
    const load = () => loadExports(file, kinds, 'main');
    expect(load).toThrow(
      expect.objectContaining({
        code: 'config/invalid',
        details: {
          problems: [
            `${file}:5: \`secretFile\` of \`siem\` names \`${secret}\`, which is no file that can be read` +
              ' (put the secret there, readable for the user of this program, or correct the path)',
          ],
        },
      }),
    );
    writeFileSync(secret, 'whsec_x');
    expect(load()).toHaveLength(2);
    rmSync(folder, { recursive: true });
  });
});
