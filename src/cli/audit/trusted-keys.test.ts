import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  logVkey,
  openCheckpoint,
  type RawSigner,
  secondVkey,
  signCheckpoint,
  witnessVkey,
} from '#tlog/index.ts';
import { makeSecondSigner, makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import type { CommandInput } from '../command.ts';
import { createOutput } from '../output.ts';
import { auditCheckBundle } from './check-bundle.ts';
import { auditCheckCertificate } from './erase.ts';
import { auditKeys } from './keys.ts';
import { givenKeys, keysFor, secondKeysFor, underOneOf } from './trusted-keys.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signer = makeSigner();
const origin = (writer: string, prefix = 'audit.example.com') =>
  `${prefix}/main/standard/${writer}`;
const key = logVkey(origin('a'), signer.publicKey);

function input(
  flags: CommandInput['flags'],
  told: string[] = [],
  words: readonly string[] = [],
): CommandInput {
  return {
    words,
    flags,
    out: createOutput('table', (text) => told.push(text)),
    request: async (): Promise<JsonObject> => ({ logs: [{ origin: origin('a'), vkey: key }] }),
    dataFolder: folder,
    home: folder,
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  };
}

const given = (flags: CommandInput['flags']) => givenKeys(auditCheckBundle, input(flags));
const listed = (text: string): string => {
  const path = join(folder, 'list');
  writeFileSync(path, text);
  return path;
};

describe('a verifier key that is given', () => {
  it('is one word, or a line of a file with remarks, each once', () => {
    const other = logVkey(origin('a', 'x.example'), makeSigner().publicKey);
    const keys = [listed(`# from here\n\n${key}\n  ${other} \n`)];
    expect(given({ key: [key], keys })).toEqual([key, other]);
    expect(given({})).toEqual([]);
  });

  it('of second signatures is held against every head beside the first, and stands for no log alone', () => {
    const second = makeSecondSigner();
    const vkey = secondVkey(origin('b'), second.publicKey);
    expect(given({ key: [key, vkey] })).toEqual([key, vkey]);
    expect(keysFor(origin('c'), [vkey])).toEqual([]);
    expect(secondKeysFor(origin('x', 'x.example'), [vkey])).toEqual([]);
    const head = (by: RawSigner) =>
      Buffer.from(signCheckpoint({ origin: origin('a'), size: 0, root: Buffer.alloc(32) }, by));
    const held = (bytes: Uint8Array) =>
      underOneOf(origin('a'), [key, vkey], (trust) => openCheckpoint(bytes, trust)).lacksSecond;
    expect(held(head({ ...signer, second }))).toBe(false);
    expect(held(head(signer))).toBe(true);
    const other = makeSecondSigner();
    const forged = head({ ...signer, second: { ...other, publicKey: second.publicKey } });
    expect(() => held(forged)).toThrow(/signature .* is wrong/u);
  });

  it('that is mistyped is said to be malformed, with the part that is', () => {
    const [name = '', id = '', material = ''] = key.split('+');
    for (const [vkey, part] of [
      [name, 'it is not NAME+ID+KEY'],
      [`na me+${id}+${material}`, 'its name'],
      [`${name}+${id}0+${material}`, 'its id, behind the name, is not 8 hex digits'],
      [`${name}+${id}+${material.slice(1)}`, 'its key, behind the id'],
      [`${name}x+${key.slice(name.length + 1)}`, 'one of the three is mistyped'],
    ] as const) {
      for (const flags of [{ key: [vkey] }, { keys: [listed(`${vkey}\n`)] }]) {
        expect(() => given(flags)).toThrow(
          expect.objectContaining({ code: 'cli/usage', message: expect.stringContaining(part) }),
        );
      }
    }
  });

  it('of a witness, or a file without any, is told as that', () => {
    const witness = witnessVkey('w.example/1', signer.publicKey);
    expect(() => given({ key: [witness] })).toThrow(/that of the witness `w.example\/1`/);
    expect(() => given({ keys: [listed('# nothing\n')] })).toThrow(/has no key in it/);
    expect(() => given({ keys: [join(folder, 'none')] })).toThrow(/cannot be read/);
  });

  it('vouches for every log under its own prefix and for no other', () => {
    expect(keysFor(origin('b'), [key])).toEqual([logVkey(origin('b'), signer.publicKey)]);
    expect(keysFor(origin('b', 'x.example'), [key])).toEqual([]);
  });

  it('of another log says so of a certificate, and judges nothing', async () => {
    const file = join(folder, 'certificate.json');
    const vkey = logVkey(origin('c', 'x.example'), signer.publicKey);
    writeFileSync(file, JSON.stringify({ evidence: { vkey, leaf: '{}', proof: '' } }));
    const run = () => auditCheckCertificate.run(input({ key: [key] }, [], [file]));
    await expect(run()).rejects.toMatchObject({
      code: 'cli/usage',
      message: `the key is of log \`${origin('a')}\`, the evidence is of log \`${origin('c', 'x.example')}\``,
    });
  });
});

describe('`audit keys`', () => {
  it('prints a file that `--keys` takes, of the folder of the logs and of a copy of it', async () => {
    for (const writer of ['a', 'b']) {
      const log = join(folder, 'log', 'main', 'standard', writer);
      mkdirSync(log, { recursive: true });
      writeFileSync(join(log, 'checkpoint'), '');
      writeFileSync(join(log, 'vkey'), `${logVkey(origin(writer), signer.publicKey)}\n`);
    }
    for (const flags of [{}, { log: join(folder, 'log') }, { archive: join(folder, 'log') }]) {
      const told: string[] = [];
      await auditKeys.run(input(flags, told));
      expect(told.join('')).toContain(`# from ${join(folder, 'log')}`);
      expect(given({ keys: [listed(told.join(''))] })).toEqual(
        ['a', 'b'].map((writer) => logVkey(origin(writer), signer.publicKey)),
      );
    }
  });

  it('asks the instance where there is no folder here', async () => {
    const told: string[] = [];
    await auditKeys.run(input({}, told));
    expect(given({ keys: [listed(told.join(''))] })).toEqual([key]);
  });
});
