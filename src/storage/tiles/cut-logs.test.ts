import { generateKeyPairSync } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from '#storage/journal/index.ts';
import { parseVkey, verifyLogFolder } from '#tlog/index.ts';
import { catchUp, openLogReaders } from './index.ts';
import { cutLogs } from './cut-logs.ts';
import { signerOf } from './signer.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bailiwick-cut-logs-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const writer = 'gateway-1';
const { privateKey } = generateKeyPairSync('ed25519');
const signerKeyPkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
const { publicKey } = signerOf({ signerKeyPkcs8: Uint8Array.from(signerKeyPkcs8) });
const data = () => join(root, 'data');
const place = () => ({
  journalFolder: join(data(), 'journal', writer),
  logRoot: join(data(), 'log'),
  ratchetFolder: join(root, 'ratchet'),
  writer,
});
let written = 0;

/** Durable, and in no log yet. */
async function append(count: number): Promise<void> {
  mkdirSync(place().ratchetFolder, { recursive: true });
  const wal = await openJournal({ folder: place().journalFolder, segmentBytes: 64 * 1024 });
  const frames = Array.from({ length: count }, () => {
    written += 1;
    const bytes = Buffer.from(`record ${written}`);
    return { kind: 'leaf', tenant: 'main', retention: 'standard', bytes } as const;
  });
  await wal.append([{ ...frames[0]!, kind: 'payload', bytes: Buffer.from('a body') }]);
  await wal.append(frames);
  await wal.close();
}

const integrate = async () => {
  const { journalFolder, logRoot } = place();
  await catchUp({ journalFolder, logRoot, writer, signerKeyPkcs8 });
};
const cut = (patienceMs = 10_000) =>
  cutLogs({ data: data(), ratchetFolder: place().ratchetFolder, patienceMs });

/** Reads what is cut into a folder of its own; between any two files what is given is done. */
async function copied(to: string, between: () => Promise<void> = async () => undefined) {
  for await (const file of cut()) {
    const path = join(root, to, file.name);
    mkdirSync(dirname(path), { recursive: true });
    await between();
    writeFileSync(path, 'bytes' in file ? file.bytes : readFileSync(file.path));
  }
  const [log] = openLogReaders(join(root, to, 'log'), publicKey);
  if (log === undefined) throw new Error('no log was copied');
  const folder = join(root, to, 'log', 'main', 'standard', writer);
  return { size: log.reader.head()?.size ?? 0, folder, vkey: log.vkey };
}

const verdictOf = ({ folder, vkey }: { readonly folder: string; readonly vkey: string }) =>
  verifyLogFolder(
    (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : undefined),
    {
      trust: { log: parseVkey(vkey), witnesses: [] },
      list: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }),
    },
  );

describe('logs that are cut while their writer goes on', () => {
  it('verify as of one signed checkpoint, whatever is written between two of their files [DAT-02]', async () => {
    for (const [at, count] of [3, 250, 4, 300].entries()) {
      await append(count);
      await integrate();
      const before = openLogReaders(place().logRoot, publicKey)[0]?.reader.head()?.size;
      let rounds = 0;
      const copy = await copied(`copy-${at}`, async () => {
        // From partial to full, and behind it.
        rounds += 1;
        if (rounds > 3) return;
        await append(200);
        await integrate();
      });
      expect(copy.size).toBe(before);
      expect(verdictOf(copy)).toMatchObject({ status: 'consistent', size: before });
    }
  });

  it('have all that was durable when they were asked for, and are waited for', async () => {
    await append(5);
    await integrate();
    await append(7);
    const waiting = copied('copy');
    await integrate();
    const copy = await waiting;
    expect(copy.size).toBe(openLogReaders(place().logRoot, publicKey)[0]?.reader.head()?.size);
  });

  it('are refused where nobody moves on what their journal has', async () => {
    await append(5);
    await integrate();
    await append(7);
    await expect(cut(100).next()).rejects.toMatchObject({
      code: 'audit/unavailable',
      message: expect.stringContaining('main/standard/gateway-1'),
    });
  });
});
