import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import type { JournalFrame } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { openJournal } from '#storage/journal/index.ts';
import { logVkey, parseVkey, verifyLogFolder } from '#tlog/index.ts';
import {
  type LogFs,
  logOrigin,
  nodeLogFs,
  openLogReader,
  openLogReaders,
  startIntegrator,
} from './index.ts';
import { Integrator } from './integrator-core.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

const segmentBytes = 64 * 1024;
const writer = 'gw-1';
const originPrefix = 'audit.example.com';
const signer = makeSigner();

interface Data {
  readonly journalFolder: string;
  readonly logRoot: string;
}

function newData(): Data {
  const root = mkdtempSync(join(tmpdir(), 'integrator-'));
  roots.push(root);
  return { journalFolder: join(root, 'journal'), logRoot: join(root, 'log') };
}

function integrator(data: Data, fs?: LogFs): Integrator {
  const options = { ...data, writer, originPrefix, signer, ...(fs === undefined ? {} : { fs }) };
  const opened = Integrator.open(options);
  if (opened === undefined) throw new Error('there is nothing to integrate');
  return opened;
}

function journal(data: Data): ReturnType<typeof openJournal> {
  // A process that crashed would hold no lock; here it is a journal that was merely left alone.
  rmSync(join(data.journalFolder, 'writer.lock'), { force: true });
  return openJournal({ folder: data.journalFolder, segmentBytes });
}

const leaf = (text: string, tenant = 'main', retention = 'standard'): JournalFrame => ({
  kind: 'leaf',
  tenant,
  retention,
  bytes: Buffer.from(text, 'utf8'),
});

function vkeyOf(publicKey: Uint8Array, tenant: string, retention: string): string {
  return logVkey(logOrigin(originPrefix, { tenant, retention, writer }), publicKey);
}

function entries(data: Data, tenant = 'main', retention = 'standard'): string[] {
  const folder = join(data.logRoot, tenant, retention, writer);
  const vkey = vkeyOf(signer.publicKey, tenant, retention);
  const verdict = verifyLogFolder((path) => nodeLogFs.read(join(folder, path)), {
    trust: { log: parseVkey(vkey) },
  });
  expect(verdict.status).toBe('consistent');
  return openLogReader({ folder, vkey })
    .range(0, 1_000_000)
    .map((entry) => Buffer.from(entry.bytes).toString('utf8'));
}

function runAll(data: Data): void {
  const one = integrator(data);
  one.integrate(1_000_000);
  one.publish();
  one.close();
}

describe('the integrator', () => {
  it('gives each tenant and retention class its own log, in the order of the journal', async () => {
    const data = newData();
    const wal = await journal(data);
    for (let i = 0; i < 30; i += 1) {
      await wal.append([leaf(`m${i}`), leaf(`a${i}`, 'acme'), leaf(`l${i}`, 'acme', 'long')]);
    }
    runAll(data);
    const numbers = Array.from({ length: 30 }, (_, i) => i);
    expect(entries(data)).toEqual(numbers.map((i) => `m${i}`));
    expect(entries(data, 'acme')).toEqual(numbers.map((i) => `a${i}`));
    expect(entries(data, 'acme', 'long')).toEqual(numbers.map((i) => `l${i}`));
    await wal.close();
  });

  it('goes on after any number of restarts, drops old segments, and repeats nothing', async () => {
    const data = newData();
    const expected: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const wal = await journal(data);
      for (let i = 0; i < 40; i += 1) {
        const text = `${round}.${i}:${'x'.repeat(800)}`;
        expected.push(text);
        await wal.append([leaf(text), ...(round === 0 ? [leaf(`idle${i}`, 'idle')] : [])]);
      }
      if (round % 2 === 0) runAll(data);
      else {
        const one = integrator(data);
        one.integrate(1_000_000);
        one.abandon();
      }
      if (round % 3 === 0) await wal.close();
    }
    runAll(data);
    expect(entries(data)).toEqual(expected);
    expect(entries(data, 'idle')).toHaveLength(40);
    const segments = readdirSync(data.journalFolder).filter((name) => name.endsWith('.wal'));
    expect(segments.length).toBeLessThanOrEqual(2);
  });

  it('may run before the journal of a crashed process is opened again', async () => {
    const data = newData();
    for (let round = 0; round < 4; round += 1) {
      if (round > 0) runAll(data);
      const wal = await journal(data);
      await wal.append([leaf(`${round}.a`)]);
      if (round > 0) runAll(data);
      await wal.append([leaf(`${round}.b`)]);
    }
    runAll(data);
    expect(entries(data)).toEqual([0, 1, 2, 3].flatMap((round) => [`${round}.a`, `${round}.b`]));
  });

  it('loses and repeats nothing when it crashes at any file operation [AUD-03]', async () => {
    const data = newData();
    const wal = await journal(data);
    const expected = Array.from({ length: 300 }, (_, i) => `${i}:${'x'.repeat(500)}`);
    await Promise.all(expected.map((text) => wal.append([leaf(text), leaf(`o${text}`, 'other')])));
    for (let operations = 1; ; operations += 1) {
      let left = operations;
      const fs: LogFs = {
        ...nodeLogFs,
        write: (path, bytes) => {
          left -= 1;
          if (left < 0) throw new Error('crashed');
          nodeLogFs.write(path, bytes);
        },
      };
      try {
        const one = integrator(data, fs);
        one.integrate(1_000_000);
        one.publish();
        one.close();
        break;
      } catch (error) {
        expect((error as Error).message).toBe('crashed');
      }
    }
    expect(entries(data)).toEqual(expected);
    expect(entries(data, 'other')).toHaveLength(300);
    await wal.close();
  });

  it('refuses a journal that was put back, taken away or replaced', async () => {
    const data = newData();
    const wal = await journal(data);
    await wal.append([leaf('a')]);
    await wal.close();
    const next = await journal(data);
    await next.append([leaf('b')]);
    runAll(data);
    await next.close();
    const gone = readdirSync(data.journalFolder)
      .filter((name) => name.endsWith('.wal'))
      .at(-1);
    rmSync(join(data.journalFolder, gone ?? ''));
    expect(() => integrator(data)).toThrow(BailiwickError);

    rmSync(data.journalFolder, { recursive: true });
    expect(() => integrator(data)).toThrow(/is gone/u);
    await (await journal(data)).close();
    expect(() => integrator(data)).toThrow(/is gone/u);
  });

  it('refuses to guess when its own note of what it did is damaged', async () => {
    const data = newData();
    const wal = await journal(data);
    await wal.append([leaf('a')]);
    runAll(data);
    writeFileSync(join(data.journalFolder, 'integrated'), 'bailiwick integrated 1\n');
    expect(() => integrator(data)).toThrow(/damaged/u);
    await wal.close();
  });
});

describe('the integrator in its thread', () => {
  const keys = generateKeyPairSync('ed25519');
  const signerKeyPkcs8 = keys.privateKey.export({ format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(keys.privateKey)
    .export({ format: 'der', type: 'spki' })
    .subarray(-32);

  it('has everything under a signed checkpoint when a flush resolves', async () => {
    const data = newData();
    const wal = await journal(data);
    const errors: BailiwickError[] = [];
    const running = startIntegrator({
      ...data,
      writer,
      originPrefix,
      signerKeyPkcs8,
      onError: (error) => errors.push(error),
    });
    const reader = openLogReader({
      folder: join(data.logRoot, 'main', 'standard', writer),
      vkey: vkeyOf(publicKey, 'main', 'standard'),
    });
    for (let round = 1; round <= 3; round += 1) {
      await Promise.all(Array.from({ length: 300 }, (_, i) => wal.append([leaf(`${round}.${i}`)])));
      await running.flush();
      expect(reader.head()?.size).toBe(round * 300);
    }
    await wal.append([leaf('last')]);
    await running.stop();
    expect(reader.head()?.size).toBe(901);
    expect(errors).toEqual([]);
    await expect(running.flush()).rejects.toThrow(/not running/u);
    await wal.close();
  });

  it('waits for a journal that is not there yet, and finds every log that it made', async () => {
    const data = newData();
    const running = startIntegrator({
      ...data,
      writer,
      originPrefix,
      signerKeyPkcs8,
      onError: (error) => expect.fail(error.message),
    });
    await running.flush();
    const wal = await journal(data);
    await wal.append([leaf('a'), leaf('b', 'acme'), leaf('c', 'acme', 'long')]);
    await running.stop();
    await wal.close();
    const logs = openLogReaders(data.logRoot, publicKey, originPrefix);
    expect(logs.map((log) => [log.tenant, log.retention, log.reader.head()?.size])).toEqual([
      ['acme', 'long', 1],
      ['acme', 'standard', 1],
      ['main', 'standard', 1],
    ]);
  });

  it('tries again after a fault of the disk, and then has everything', async () => {
    const data = newData();
    const wal = await journal(data);
    await wal.append([leaf('a'), leaf('b')]);
    writeFileSync(data.logRoot, 'a file where a folder should be');
    const errors: BailiwickError[] = [];
    const running = startIntegrator({
      ...data,
      writer,
      originPrefix,
      signerKeyPkcs8,
      onError: (error) => errors.push(error),
    });
    await expect(running.flush()).rejects.toMatchObject({ code: 'audit/unavailable' });
    rmSync(data.logRoot);
    await running.flush();
    const [log] = openLogReaders(data.logRoot, publicKey, originPrefix);
    expect(log?.reader.head()?.size).toBe(2);
    expect(errors.length).toBeGreaterThan(0);
    await running.stop();
    await wal.close();
  });

  it('tells a contradiction once, stops, and refuses every later flush', async () => {
    const data = newData();
    const wal = await journal(data);
    await wal.append([leaf('a')]);
    runAll(data);
    const errors: BailiwickError[] = [];
    const running = startIntegrator({
      ...data,
      writer,
      originPrefix,
      signerKeyPkcs8,
      onError: (error) => errors.push(error),
    });
    await expect(running.flush()).rejects.toMatchObject({ code: 'audit/inconsistent' });
    await expect(running.flush()).rejects.toMatchObject({ code: 'audit/inconsistent' });
    expect(errors[0]?.message).toMatch(/not signed/u);
    await expect(running.stop()).rejects.toMatchObject({ code: 'audit/inconsistent' });
    expect(errors).toHaveLength(1);
    await wal.close();
  });
});
