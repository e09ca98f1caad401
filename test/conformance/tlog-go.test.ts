import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogWriter } from '#storage/tiles/index.ts';
import { logVkey, secondVkey } from '#tlog/index.ts';
import { edited, editsOf } from './log-edits.ts';
import { makeSecondSigner, makeSigner } from './tlog-memory-log.ts';

/**
 * The log is held against programs that we did not write: Go's `sumdb/tlog` and `sumdb/note`.
 * Needs `go` and its module proxy (or a warm module cache); says loudly when it cannot run.
 */
const source = join(import.meta.dirname, 'go-verify');
const root = mkdtempSync(join(tmpdir(), 'tlog-go-'));
const binary = join(root, 'verify');

function build(): string | undefined {
  const folder = join(root, 'src');
  cpSync(source, folder, { recursive: true });
  try {
    execFileSync('go', ['build', '-o', binary, '.'], {
      cwd: folder,
      stdio: 'pipe',
      timeout: 120_000,
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const missing = build();
if (missing !== undefined) {
  console.warn(`NOT RUN: stock Go verification of the log (cannot build it): ${missing}`);
}

const origin = 'audit.example.com/main/standard/gw-1';
const signer = makeSigner();
const vkey = logVkey(origin, signer.publicKey);
const count = 70_000;
const folder = join(root, 'log');

function goVerify(log: string, key = vkey): { readonly accepted: boolean; readonly said: string } {
  const run = spawnSync(binary, [log, key], { encoding: 'utf8', timeout: 60_000 });
  return { accepted: run.status === 0, said: run.stdout.trim() };
}

function tampered(path: string, at: number): string {
  const copy = join(root, 'tampered');
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  const bytes = readFileSync(join(copy, path));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(join(copy, path), bytes);
  return copy;
}

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe.runIf(missing === undefined)('stock Go packages', () => {
  beforeAll(() => {
    const writer = openLogWriter({ folder, origin, signer });
    const sizes = [1, 2, 255, 256, 257, 1000, 30_000, 65_536, 65_537, count];
    let done = 0;
    for (const size of sizes) {
      const frames = Array.from({ length: size - done }, (_, i) => ({
        kind: 'leaf' as const,
        bytes: Buffer.from(`{"n":${done + i}}`, 'utf8'),
        position: { segment: 1, offset: 4096 + (done + i) * 64 },
      }));
      writer.append('ab'.repeat(16), frames);
      writer.publish();
      done = size;
    }
  });

  it('accept a log of 70,000 records: signature, every record, proofs between sizes [AUD-03, AUD-22]', () => {
    expect(goVerify(folder)).toEqual({ accepted: true, said: `ACCEPTED ${count}` });
  });

  it.each([
    ['tile/entries/100', 40, /entry 25600 does not match|entry 2560\d does not match/u],
    ['tile/0/100', 40, /tiles|leaf/u],
    ['tile/1/000', 40, /REFUSED/u],
    ['tile/2/000.p/1', 3, /REFUSED/u],
    ['checkpoint', 45, /REFUSED checkpoint/u],
  ])('refuse it when one byte of `%s` is flipped [AUD-03]', (path, at, why) => {
    const result = goVerify(tampered(path, at));
    expect(result.accepted).toBe(false);
    expect(result.said).toMatch(why);
  });

  it('refuse every one of a seeded set of edits of a smaller one [AUD-03]', () => {
    const small = join(root, 'small');
    const writer = openLogWriter({ folder: small, origin, signer });
    const frames = Array.from({ length: 3_000 }, (_, n) => ({
      kind: 'leaf' as const,
      bytes: Buffer.from(`{"n":${n}}`, 'utf8'),
      position: { segment: 1, offset: 4_096 + n * 64 },
    }));
    writer.append('ab'.repeat(16), frames);
    writer.publish();
    expect(goVerify(small)).toEqual({ accepted: true, said: 'ACCEPTED 3000' });
    for (const edit of editsOf(small, 60, 20_260)) {
      expect(goVerify(edited(small, join(root, 'edited'), edit)).accepted, edit.name).toBe(false);
    }
  }, 120_000);

  it('accept one that is signed a second time with ML-DSA, which they do not know [AUD-03]', () => {
    const twice = join(root, 'twice');
    const second = makeSecondSigner();
    const writer = openLogWriter({ folder: twice, origin, signer: { ...signer, second } });
    const frames = Array.from({ length: 300 }, (_, n) => ({
      kind: 'leaf' as const,
      bytes: Buffer.from(`{"n":${n}}`, 'utf8'),
      position: { segment: 1, offset: 4_096 + n * 64 },
    }));
    writer.append('ab'.repeat(16), frames);
    writer.publish();
    const own = readFileSync(join(twice, 'vkey-ml-dsa-44'), 'utf8').trim();
    expect(own).toBe(secondVkey(origin, second.publicKey));
    expect(readFileSync(join(twice, 'checkpoint'), 'utf8').match(/^\u2014/gmu)).toHaveLength(2);
    expect(goVerify(twice)).toEqual({ accepted: true, said: 'ACCEPTED 300' });
  });

  it('refuse it under another key', () => {
    expect(goVerify(folder, logVkey(origin, makeSigner().publicKey)).accepted).toBe(false);
  });
});
