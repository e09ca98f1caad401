import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  existsSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { opened, sealed } from './age-body.ts';
import { newIdentity, type SealFor } from './age-header.ts';
import { bytesOf, filesToPack } from './files.ts';
import { checkBackup, takeBackup, unpackBackup } from './index.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'backup-'));
  mkdirSync(at('data', 'log', 'main', 'standard', 'gateway-1'), { recursive: true });
  mkdirSync(at('data', 'index'));
  writeFileSync(at('data', 'index', 'derived'), 'made again');
  writeFileSync(at('data', 'stop'), '');
  writeFileSync(at('data', 'log', 'main', 'standard', 'gateway-1', 'checkpoint'), 'x/y\n7\nroot\n');
  writeFileSync(at('data', 'large'), Buffer.alloc(200_000, 'a secret that stands in the data '));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (...parts: string[]): string => join(root, ...parts);
const { identity, recipient } = newIdentity();
const sealedFor: SealFor = { kind: 'recipient', recipient };

const take = (file: string, to?: SealFor) =>
  takeBackup({
    data: at('data'),
    files: filesToPack(at('data')),
    file: at(file),
    to,
    version: '1',
    schema: 25,
    takenAt: '2026-11-28T00:00:00.000Z',
    sign: (facts) => `signed ${facts}\n`,
    progress: () => undefined,
  });

const verify = (note: Buffer): string => {
  const [, facts] = /^signed (.*)\n$/su.exec(note.toString()) ?? [];
  if (facts === undefined) throw new BailiwickError('backup/damaged');
  return facts;
};
const check = (file: string) =>
  checkBackup({ file: at(file), open: { kind: 'identity', identity }, verify });
const unpack = (file: string, over: Partial<Parameters<typeof unpackBackup>[0]> = {}) =>
  unpackBackup({
    data: at('restored'),
    file: at(file),
    open: { kind: 'identity', identity },
    verify,
    admit: async () => undefined,
    before: () => undefined,
    ...over,
  });
const damaged = expect.objectContaining({ code: 'backup/damaged' });

describe('a backup', () => {
  it('is a tar that any tar unpacks, with digests that sha256sum checks, and gives the folder back', async () => {
    expect(await take('b.tar')).toMatchObject({ files: 3, logs: { 'x/y': 7 } });
    mkdirSync(at('stock'));
    execFileSync('tar', ['-xf', at('b.tar'), '-C', at('stock')]);
    execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: at('stock') });
    await unpack('b.tar');
    expect(readFileSync(at('restored', 'large'))).toEqual(readFileSync(at('data', 'large')));
    expect(readdirSync(at('restored')).sort()).toEqual(['large', 'log', 'stop']);
  });

  it('that is sealed says nothing in plain, and opens for its key and its passphrase alone', async () => {
    await take('b.age', sealedFor);
    expect(readFileSync(at('b.age')).includes('secret')).toBe(false);
    expect(await check('b.age')).toMatchObject({ files: 3 });
    const other = newIdentity().identity;
    const code = expect.objectContaining({ code: 'backup/sealed' });
    for (const open of [
      undefined,
      { kind: 'identity', identity: other },
      { kind: 'passphrase', passphrase: 'x' },
    ] as const) {
      await expect(checkBackup({ file: at('b.age'), open, verify })).rejects.toEqual(code);
    }
    await take('p.age', { kind: 'passphrase', passphrase: 'correct horse battery' });
    const open = { kind: 'passphrase', passphrase: 'correct horse battery' } as const;
    expect(await checkBackup({ file: at('p.age'), open, verify })).toMatchObject({ files: 3 });
  });

  it('with any one byte flipped, cut off or longer is refused, in plain and sealed', async () => {
    await take('b.tar');
    await take('b.age', sealedFor);
    for (const name of ['b.tar', 'b.age']) {
      const bytes = readFileSync(at(name));
      for (let place = 3; place < bytes.length; place += Math.floor(bytes.length / 60)) {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ 1;
        writeFileSync(at('changed'), changed);
        // Padding and unused fields of a tar carry nothing: what is taken is what was signed.
        const told = await check('changed').then(
          () => 'whole',
          (fault: unknown) => (fault as BailiwickError).code,
        );
        if (told === 'whole') expect(name === 'b.tar' && isUnused(bytes, place)).toBe(true);
        else expect(told).toMatch(/^backup\/(?:damaged|sealed)$/u);
      }
      writeFileSync(at('changed'), bytes.subarray(0, -600 * 2));
      await expect(check('changed')).rejects.toEqual(damaged);
    }
  });

  it('goes into an empty folder alone, and a fault on the way leaves neither folder nor half of one', async () => {
    await take('b.tar');
    mkdirSync(at('restored'));
    writeFileSync(at('restored', 'x'), '');
    await expect(unpack('b.tar')).rejects.toEqual(
      expect.objectContaining({ code: 'backup/not-empty' }),
    );
    rmSync(at('restored'), { recursive: true });
    // As a killed run leaves it.
    mkdirSync(at('restored.restoring'));
    writeFileSync(at('restored.restoring', 'large'), 'half');
    const admit = () => Promise.reject(new BailiwickError('store/newer-version'));
    await expect(unpack('b.tar', { admit })).rejects.toThrow(BailiwickError);
    expect(readdirSync(root).filter((name) => name.startsWith('restored'))).toEqual([]);
    await unpack('b.tar');
    expect(existsSync(at('restored', 'large'))).toBe(true);
  });

  it('never takes the place of another file, and one that fails leaves none', async () => {
    await take('b.tar');
    await expect(take('b.tar')).rejects.toThrow(BailiwickError);
    writeFileSync(at('data', 'no name of ours'), '');
    await expect(take('c.tar')).rejects.toEqual(damaged);
    expect(readdirSync(root).filter((name) => name.startsWith('c.tar'))).toEqual([]);
  });
});

describe('a backup of a folder', () => {
  const inside = expect.objectContaining({
    code: 'config/unreadable',
    message: expect.stringContaining('in the data folder'),
  });

  it('is never taken into that folder, through a link or a folder that is not there yet [DAT-02]', async () => {
    symlinkSync(at('data', 'log'), at('link'));
    for (const file of ['data/b.tar', 'data/new/b.tar', 'link/b.tar', 'link/new/b.tar']) {
      await expect(take(file), file).rejects.toEqual(inside);
    }
    expect(readdirSync(at('data')).sort()).toEqual(['index', 'large', 'log', 'stop']);
    // A name that only begins like one that leads out of it, or into it.
    await expect(take('data/..b.tar')).rejects.toEqual(inside);
    expect(await take('data2.tar')).toMatchObject({ files: 3 });
  });

  it('has nothing half written in it, and no more of a file than was there at first [DAT-02]', async () => {
    writeFileSync(at('data', 'half.tar.partial'), 'half');
    expect(await take('b.tar')).toMatchObject({ files: 3 });
    const path = at('data', 'large');
    const reading = async (size: number): Promise<number> => {
      let read = 0;
      try {
        for await (const part of bytesOf({ name: 'large', path, size })) read += part.length;
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'store/locked' });
        return -read;
      }
      return read;
    };
    expect(await reading(200_000)).toBe(200_000);
    // As one that was shorter, or longer, when it was looked at.
    expect(await reading(70_000)).toBeGreaterThan(-70_000);
    expect(await reading(70_000)).toBeLessThan(0);
    expect(await reading(200_001)).toBe(-200_000);
    writeFileSync(path, '');
    expect(await reading(0)).toBe(0);
  });
});

/** Where a tar has zeros that nobody reads. */
function isUnused(bytes: Buffer, place: number): boolean {
  return bytes[place] === 0;
}

describe('the form of age', () => {
  it('comes back whole at every length around a chunk', async () => {
    for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001]) {
      const bytes = Buffer.alloc(length, 7);
      const parts: Buffer[] = [];
      for await (const part of opened(sealed(pieces(bytes), sealedFor), {
        kind: 'identity',
        identity,
      }))
        parts.push(part);
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    }
  });
});

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += 10_007) yield bytes.subarray(from, from + 10_007);
}
