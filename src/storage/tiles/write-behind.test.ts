import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import type { Journal, JournalFrame } from '#contracts/journal.ts';
import { newId } from '#kernel/ids.ts';
import { type JournalFs, nodeJournalFs, openJournal } from '#storage/journal/index.ts';
import { LogRatchet } from '#storage/ratchet/index.ts';
import { logVkey, mostUnsigned, parseVkey, verifyLogFolder } from '#tlog/index.ts';
import { type LogFs, nodeLogFs } from './files.ts';
import { Integrator } from './integrator-core.ts';
import { openLogReader } from './log-reader.ts';
import { openLogWriter } from './log-writer.ts';
import { logOrigin } from './origin.ts';
import { admitLogs } from './succession.ts';

const signer = makeSigner();
const writer = 'gateway-1';
const originPrefix = 'audit.example.com';
const log = { tenant: 'main', retention: 'standard', writer };
const vkey = logVkey(logOrigin(originPrefix, log), signer.publicKey);
const segmentBytes = 256 * 1024;

let root = '';
let journal: Journal;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'write-behind-'));
  journal = await openJournal({ folder: place().journalFolder, segmentBytes });
});
afterEach(async () => {
  await journal.close();
  rmSync(root, { recursive: true, force: true });
});

const place = () => ({
  journalFolder: join(root, 'journal'),
  logRoot: join(root, 'log'),
  writer,
  originPrefix,
});
const folder = () => join(root, 'log', 'main', 'standard', writer);
const segments = () => readdirSync(place().journalFolder).filter((name) => name.endsWith('.wal'));

function open(also: { fs?: LogFs; journalFs?: JournalFs; ratchet?: LogRatchet } = {}): Integrator {
  const integrator = Integrator.open({ ...place(), signer, ...also });
  if (integrator === undefined) throw new Error('there is nothing to integrate');
  return integrator;
}

/** As a gateway writes them: a record, and a sealed body with it. */
function call(): JournalFrame[] {
  const of = { tenant: 'main', retention: 'standard' } as const;
  const record = `{"filler":"${'x'.repeat(1000)}","id":"${newId(0)}"}`;
  const sealed = Buffer.alloc(500, record.slice(-40));
  return [
    { kind: 'leaf', ...of, bytes: Buffer.from(record) },
    { kind: 'payload', ...of, bytes: sealed },
  ];
}

async function append(records: number): Promise<JournalFrame[]> {
  const calls = Array.from({ length: records }, call);
  await Promise.all(calls.map((frames) => journal.append(frames)));
  return calls.flat();
}

const sizeOf = (frames: readonly JournalFrame[]) =>
  frames.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** Every file that is written, in order, by its path in the folder of the log. */
function tracedFs() {
  const writes: { path: string; bytes: number }[] = [];
  const fs: LogFs = {
    ...nodeLogFs,
    write: (path, bytes) => {
      const inLog = path.slice(folder().length + 1).replace(/\.tmp$/u, '');
      writes.push({ path: inLog, bytes: bytes.length });
      nodeLogFs.write(path, bytes);
    },
  };
  const isPartial = ({ path }: { path: string }) => path.includes('.p/');
  return {
    fs,
    writes,
    partials: () => writes.filter(isPartial),
    full: () => writes.filter((one) => !isPartial(one) && /^(?:tile|payload)\//u.test(one.path)),
    bytes: () => writes.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function texts(): string[] {
  const read = (path: string) => nodeLogFs.read(join(folder(), path));
  const verdict = verifyLogFolder(read, { trust: { log: parseVkey(vkey) } });
  expect(verdict.status).toBe('consistent');
  const entries = openLogReader({ folder: folder(), vkey }).range(0, 1_000_000);
  return entries.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
}

const leavesOf = (frames: readonly JournalFrame[]) =>
  frames
    .filter(({ kind }) => kind === 'leaf')
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'));

describe('a log between two checkpoints', () => {
  it('writes partial tiles, bundles and packs only when it signs', async () => {
    const trace = tracedFs();
    const integrator = open(trace);
    for (let round = 0; round < 10; round += 1) {
      await append(70);
      integrator.take();
    }
    expect(trace.partials()).toEqual([]);
    expect(trace.writes.filter(({ path }) => path === 'writer-state')).toHaveLength(1);
    integrator.publish();
    expect(trace.partials().map(({ path }) => path)).toEqual([
      'tile/0/002.p/188',
      'tile/1/000.p/2',
      'tile/entries/002.p/188',
      'payload/002.p/188',
    ]);
    integrator.close();
  });

  it('writes what is full as soon as it is, and once', async () => {
    const trace = tracedFs();
    const integrator = open(trace);
    for (let round = 0; round < 10; round += 1) {
      await append(256);
      integrator.take();
      expect(trace.full()).toHaveLength(3 * (round + 1));
      if (round % 3 === 0) integrator.publish();
    }
    expect(new Set(trace.full().map(({ path }) => path)).size).toBe(30);
    integrator.close();
  });

  it('has written less than 3 × what is kept, with a checkpoint for every 600 records', async () => {
    const trace = tracedFs();
    const integrator = open(trace);
    let kept = 0;
    for (let second = 0; second < 10; second += 1) {
      for (let part = 0; part < 4; part += 1) {
        kept += sizeOf(await append(150));
        integrator.take();
      }
      integrator.publish();
    }
    integrator.close();
    expect(trace.bytes()).toBeGreaterThan(kept);
    expect(trace.bytes()).toBeLessThan(1.6 * kept);
  });

  it('keeps copies, so that the window of the journal which it was shown can go', async () => {
    const writer = openLogWriter({
      folder: folder(),
      origin: logOrigin(originPrefix, log),
      signer,
    });
    const frames = (await append(10)).map((frame, i) => {
      return {
        ...frame,
        bytes: Buffer.from(frame.bytes),
        position: { segment: 1, offset: 5000 + i },
      };
    });
    const expected = leavesOf(frames);
    writer.take('ab'.repeat(16), frames);
    for (const { bytes } of frames) bytes.fill(0);
    writer.publish();
    expect(texts()).toEqual(expected);
  });

  it('is never further ahead of what was signed than a verifier grants', async () => {
    const of = { kind: 'leaf', tenant: 'main', retention: 'standard' } as const;
    const leaves = Array.from({ length: mostUnsigned + 10 }, (_, n) => {
      return { ...of, bytes: Buffer.from(`{"n":${n}}`) };
    });
    for (let at = 0; at < leaves.length; at += 100)
      await journal.append(leaves.slice(at, at + 100));
    const integrator = open();
    expect(integrator.take()).toBe(true);
    expect(integrator.take()).toBe(true);
    expect(integrator.framesAhead).toBe(mostUnsigned);
    integrator.publish();
    expect(integrator.take()).toBe(false);
    expect(integrator.framesAhead).toBe(10);
    integrator.close();
  });

  it('counts what an earlier life kept and did not sign for', async () => {
    await append(500);
    const first = open();
    first.take();
    first.close();
    const second = open();
    expect(second.framesAhead).toBe(500);
    second.publish();
    expect(second.framesAhead).toBe(0);
    second.close();
  });

  it('lets no segment of the journal go before all of it is durable', async () => {
    const integrator = open();
    await append(1000);
    const before = segments();
    expect(before.length).toBeGreaterThan(4);
    integrator.take();
    expect(segments()).toEqual(before);
    integrator.publish();
    expect(segments()).toEqual(before.slice(-1));
    integrator.close();
  });
});

describe('a log that was killed between two checkpoints', () => {
  it('is made again from the journal, nothing twice and nothing lost [AUD-03]', async () => {
    const frames: JournalFrame[] = [];
    for (let life = 0; life < 6; life += 1) {
      const integrator = open();
      for (let part = 0; part < 3; part += 1) {
        frames.push(...(await append(211)));
        integrator.take();
        if (part === life % 3) integrator.publish();
      }
      integrator.abandon();
    }
    const integrator = open();
    integrator.take();
    integrator.publish();
    integrator.close();
    expect(texts()).toEqual(leavesOf(frames));
  });

  it('is whole whichever file operation was its last [AUD-03]', async () => {
    const frames = await append(700);
    for (let operations = 0, crashed = true; crashed; operations += 1) {
      const integrator = open({ fs: crashingFs(operations) });
      crashed = hasCrashed(() => {
        integrator.take();
        integrator.publish();
        integrator.close();
      });
      integrator.abandon();
    }
    expect(texts()).toEqual(leavesOf(frames));
  });

  it('goes on under its name, also when it had not signed yet', async () => {
    LogRatchet.open(join(root, 'keys'), writer);
    const admit = () => admitLogs({ ...place(), ratchetFolder: join(root, 'keys'), now: 0 });
    admit();
    const frames = await append(700);
    for (let operations = 0, crashed = true; crashed; operations += 1) {
      const ratchet = LogRatchet.open(join(root, 'keys'), writer);
      if (ratchet === undefined) throw new Error('admitted');
      const integrator = open({ ratchet, fs: crashingFs(operations) });
      crashed = hasCrashed(() => integrator.take());
      integrator.abandon();
      expect(admit()).toMatchObject({ name: writer, broken: undefined });
    }
    const integrator = open();
    integrator.take();
    integrator.publish();
    integrator.close();
    expect(texts()).toEqual(leavesOf(frames));
  });

  it('reads a long journal back once, and only from where it was noted', async () => {
    await append(1000);
    const first = open();
    first.take();
    first.publish();
    first.abandon();
    const rest = await append(3000);
    const read = countingJournal();
    const second = open({ journalFs: read.fs });
    while (second.take()) second.publish();
    second.publish();
    second.close();
    // Frames have headers, segments have ends, and each is looked at once before it is read.
    expect(read.bytes()).toBeLessThan(1.5 * sizeOf(rest));
    expect(read.twice()).toBeLessThan(0.2 * sizeOf(rest));
    expect(texts()).toHaveLength(4000);
  });
});

function hasCrashed(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    expect((error as Error).message).toBe('crashed');
    return true;
  }
}

/** Goes no further than so many operations. */
function crashingFs(operations: number): LogFs {
  let left = operations;
  const step = <T>(work: () => T): T => {
    left -= 1;
    if (left < 0) throw new Error('crashed');
    return work();
  };
  return {
    ...nodeLogFs,
    write: (path, bytes) => step(() => nodeLogFs.write(path, bytes)),
    rename: (from, to) => step(() => nodeLogFs.rename(from, to)),
    makeFolder: (path) => step(() => nodeLogFs.makeFolder(path)),
    syncFolder: (path) => step(() => nodeLogFs.syncFolder(path)),
    remove: (path) => step(() => nodeLogFs.remove(path)),
  };
}

/** Counts what is read of segments, and how much of it was read before. */
function countingJournal() {
  const paths = new Map<number, string>();
  const far = new Map<string, number>();
  let bytes = 0;
  let twice = 0;
  const fs: JournalFs = {
    ...nodeJournalFs,
    open: (path, flags) => {
      const fd = nodeJournalFs.open(path, flags);
      paths.set(fd, path);
      return fd;
    },
    read: (fd, target, span) => {
      const got = nodeJournalFs.read(fd, target, span);
      const path = paths.get(fd) ?? '';
      const end = span.position + got;
      bytes += got;
      twice += Math.max(0, Math.min(end, far.get(path) ?? 0) - span.position);
      far.set(path, Math.max(end, far.get(path) ?? 0));
      return got;
    },
  };
  return { fs, bytes: () => bytes, twice: () => twice };
}
