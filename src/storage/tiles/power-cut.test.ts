import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { PowerCutDisk } from '../../../test/fakes/power-cut-disk.ts';
import { recordFrames } from '#contracts/log-store.suite.ts';
import type { LogFrame } from '#contracts/log-store.ts';
import { openJournal } from '#storage/journal/index.ts';
import { type KnownHead, logVkey, parseVkey, verifyLogFolder } from '#tlog/index.ts';
import { nodeLogFs } from './files.ts';
import { Integrator } from './integrator-core.ts';
import { openLogReader } from './log-reader.ts';
import { openLogWriter } from './log-writer.ts';
import { logOrigin } from './origin.ts';
import type { HeadMemory } from './tile-log-writer.ts';

const signer = makeSigner();
const writer = 'gateway-1';
const originPrefix = 'audit.example.com';
const origin = logOrigin(originPrefix, { tenant: 'main', retention: 'standard', writer });
const vkey = logVkey(origin, signer.publicKey);
const journalId = 'ab'.repeat(16);
const seeds = [1, 2];
/** More than a life needs to sign for what it found. */
const fewOperations = 12;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'power-cut-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});
const folder = () => join(root, 'log', 'main', 'standard', writer);

/** On another disk: what it was told, it keeps. */
function memory(): HeadMemory & { readonly heads: KnownHead[] } {
  const heads: (KnownHead & { hex: string })[] = [];
  return {
    heads,
    last: () => {
      const head = heads.at(-1);
      return head === undefined ? undefined : { size: head.size, root: head.hex };
    },
    advance: ({ size, root: hex }) => heads.push({ size, root: Buffer.from(hex, 'hex'), hex }),
  };
}

function files(): string[] {
  const paths = readdirSync(folder(), { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => statSync(join(folder(), path)).isFile());
}

/** Holds the whole log against its checkpoint and against every head that was published. */
function expectConsistent(known: readonly KnownHead[]): void {
  const read = (path: string) => nodeLogFs.read(join(folder(), path));
  const verdict = verifyLogFolder(read, { trust: { log: parseVkey(vkey) }, known, list: files });
  expect(verdict.status === 'inconsistent' ? verdict.problem : undefined).toBeUndefined();
}

function hasCrashed(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    expect((error as Error).message).toBe('crashed');
    return true;
  }
}

const frames: readonly LogFrame[] = recordFrames(560).map((frame, i) =>
  i % 4 === 1 ? { ...frame, kind: 'payload' } : frame,
);

/** One life: takes and publishes in parts, and notes what `publish` has returned for. */
function live(disk: PowerCutDisk, ratchet: HeadMemory, published: KnownHead[] = []): boolean {
  return hasCrashed(() => {
    const log = openLogWriter({ folder: folder(), origin, signer, ratchet, fs: disk.fs });
    for (const until of [100, 257, 512, 560]) {
      log.append(journalId, frames.slice(0, until));
      const { size, root: hash } = log.publish();
      published.push({ size, root: hash });
    }
  });
}

describe('a log on a machine that loses its power', () => {
  it('has all that it published, whichever operation was its last [AUD-03]', () => {
    for (let operations = 0, crashed = true; crashed; operations += 1) {
      const disk = new PowerCutDisk(operations);
      const ratchet = memory();
      const published: KnownHead[] = [];
      disk.left = operations;
      crashed = live(disk, ratchet, published);
      disk.cut();
      if (published.length > 0) expectConsistent(published);
      expect(live(disk, ratchet)).toBe(false);
      disk.cut();
      expectConsistent(ratchet.heads);
      expect(ratchet.heads.at(-1)?.size).toBe(420);
      rmSync(join(root, 'log'), { recursive: true });
    }
  }, 120_000);

  it('is not misled by what a killed process had named and not yet flushed [AUD-03]', () => {
    for (let operations = 0, crashed = true; crashed; operations += 1) {
      const disk = new PowerCutDisk(operations);
      const ratchet = memory();
      disk.left = operations;
      crashed = live(disk, ratchet);
      disk.left = operations % 2 === 0 ? Number.POSITIVE_INFINITY : operations % fewOperations;
      live(disk, ratchet);
      disk.cut();
      expect(live(disk, ratchet)).toBe(false);
      expectConsistent(ratchet.heads);
      rmSync(join(root, 'log'), { recursive: true });
    }
  }, 120_000);

  it('has a sealed body that only a killed process had named [AUD-03]', () => {
    const few = recordFrames(2).map((frame, i) =>
      i === 0 ? frame : { ...frame, kind: 'payload' as const, bytes: Buffer.alloc(9000, 'x') },
    );
    for (let operations = 0, crashed = true; crashed; operations += 1) {
      const disk = new PowerCutDisk(operations);
      const write = () => {
        const log = openLogWriter({ folder: folder(), origin, signer, fs: disk.fs });
        log.append(journalId, few);
        log.publish();
      };
      disk.left = operations;
      crashed = hasCrashed(write);
      disk.left = Number.POSITIVE_INFINITY;
      write();
      disk.cut();
      expect(files().filter((path) => path.startsWith('payload'))).toHaveLength(1);
      rmSync(join(root, 'log'), { recursive: true });
    }
  });
});

describe('an integrator on a machine that loses its power', () => {
  it.each(seeds)(
    'makes its log again from the journal, over as many lives, seed %i [AUD-03]',
    async (seed) => {
      const journalFolder = join(root, 'journal');
      const journal = await openJournal({ folder: journalFolder, segmentBytes: 64 * 1024 });
      const texts = Array.from({ length: 700 }, (_, n) => `{"n":${n},"x":"${'x'.repeat(500)}"}`);
      const of = { kind: 'leaf', tenant: 'main', retention: 'standard' } as const;
      await Promise.all(texts.map((text) => journal.append([{ ...of, bytes: Buffer.from(text) }])));
      const disk = new PowerCutDisk(seed);
      const ratchet = memory();
      const place = { journalFolder, logRoot: join(root, 'log'), writer, originPrefix, signer };
      for (let operations = 0, crashed = true; crashed; operations += 1) {
        disk.left = operations;
        crashed = hasCrashed(() => {
          const integrator = Integrator.open({ ...place, ratchet, fs: disk.fs });
          integrator?.take();
          integrator?.publish();
          integrator?.close();
        });
        disk.cut();
      }
      await journal.close();
      expectConsistent(ratchet.heads);
      const entries = openLogReader({ folder: folder(), vkey }).range(0, 1000);
      expect(entries.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts);
    },
  );
});
