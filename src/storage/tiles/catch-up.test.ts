import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openJournal } from '#storage/journal/index.ts';
import { mostUnsigned, parseVkey, verifyLogFolder } from '#tlog/index.ts';
import { catchUp, type LogFs, nodeLogFs, openLogReaders } from './index.ts';
import { signerOf } from './signer.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

const writer = 'gw-1';
const leftBehind = 100;
const together = 64;

/** A journal that an earlier life left, and what a start of its writer is told. */
async function left() {
  const root = mkdtempSync(join(tmpdir(), 'catch-up-'));
  roots.push(root);
  const place = { journalFolder: join(root, 'journal'), logRoot: join(root, 'log'), writer };
  const { privateKey } = generateKeyPairSync('ed25519');
  const signerKeyPkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const append = async (count: number) => {
    const wal = await openJournal({ folder: place.journalFolder, segmentBytes: 64 * 1024 });
    const of = { kind: 'leaf', tenant: 'main', retention: 'standard' } as const;
    for (let at = 0; at < count; at += together) {
      const few = Array.from({ length: Math.min(together, count - at) }, (_, i) => at + i);
      await wal.append(few.map((n) => ({ ...of, bytes: Buffer.from(`record ${n}`.padEnd(400)) })));
    }
    await wal.close();
  };
  await append(leftBehind);
  const { publicKey } = signerOf({ signerKeyPkcs8: Uint8Array.from(signerKeyPkcs8) });
  const log = () => openLogReaders(place.logRoot, publicKey)[0];
  const size = () => log()?.reader.head()?.size;
  const start = (fs: LogFs = nodeLogFs) => catchUp({ ...place, signerKeyPkcs8, fs });
  return { place, append, size, log, start };
}

describe('a start', () => {
  it('finds nothing to move where nothing was written yet', async () => {
    const root = mkdtempSync(join(tmpdir(), 'catch-up-'));
    roots.push(root);
    const { privateKey } = generateKeyPairSync('ed25519');
    await catchUp({
      journalFolder: join(root, 'journal'),
      logRoot: join(root, 'log'),
      writer,
      signerKeyPkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it('moves what an earlier life left, under a signed checkpoint, and nothing twice', async () => {
    const { size, start, append } = await left();
    await start();
    expect(size()).toBe(leftBehind);
    await start();
    expect(size()).toBe(leftBehind);
    await append(5);
    await start();
    expect(size()).toBe(leftBehind + 5);
  });

  it('leaves no more unsigned than a verifier grants, however often it ended before it signed', async () => {
    const { place, append, log, size, start } = await left();
    await start();
    const rename = (from: string, to: string) => {
      if (to.endsWith('checkpoint')) throw new Error('killed');
      nodeLogFs.rename(from, to);
    };
    const folder = join(place.logRoot, 'main', 'standard', writer);
    const verdict = () =>
      verifyLogFolder((path) => nodeLogFs.read(join(folder, path)), {
        trust: { log: parseVkey(log()?.vkey ?? '') },
        list: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }),
        bodies: 'ignore',
      });
    for (let life = 0; life < 2; life += 1) {
      await append(mostUnsigned - leftBehind);
      await expect(start({ ...nodeLogFs, rename })).rejects.toThrow('killed');
      expect(size()).toBe(leftBehind);
      expect(verdict()).toMatchObject({ status: 'consistent' });
    }
    await start();
    expect(size()).toBe(2 * mostUnsigned - leftBehind);
    expect(verdict()).toMatchObject({ status: 'consistent' });
  });

  it('refuses logs that contradict themselves, and signs nothing', async () => {
    const { place, start } = await left();
    await start();
    const folder = join(place.logRoot, 'main', 'standard', writer);
    const checkpoint = readFileSync(join(folder, 'checkpoint'));
    const tiles = join(folder, 'tile', '0', '000.p');
    for (const tile of readdirSync(tiles)) writeFileSync(join(tiles, tile), Buffer.alloc(32, 7));
    await expect(start()).rejects.toMatchObject({ code: 'audit/inconsistent' });
    expect(readFileSync(join(folder, 'checkpoint'))).toEqual(checkpoint);
  });

  const mlDsaKey = () =>
    generateKeyPairSync('ml-dsa-44').privateKey.export({ format: 'der', type: 'pkcs8' });

  it('leaves the key of whoever gave it, and keeps no bytes of it', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    const copy = Buffer.from(pkcs8);
    const keys = { signerKeyPkcs8: copy, secondKeyPkcs8: mlDsaKey() };
    const signer = signerOf(keys);
    for (const bytes of Object.values(keys)) expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(signer.second?.publicKey).toHaveLength(1_312);
    expect(signer.sign(Buffer.from('a checkpoint'))).toHaveLength(64);
  });
});
