import { sha256Hex } from '#kernel/digest.ts';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { logStoreSuite, recordFrames, recordId } from '#contracts/log-store.suite.ts';
import { logVkey, parseVkey, verifyLogFolder, verifyProofFile } from '#tlog/index.ts';
import { type LogFs, nodeLogFs, openLogReader, openLogWriter } from './index.ts';

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  folders.push(folder);
  return join(folder, 'main', 'standard', 'gw');
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const origin = 'audit.example.com/main/standard/gw';
const signer = makeSigner();
const vkey = logVkey(origin, signer.publicKey);
const trust = { log: parseVkey(vkey) };
const journal = 'ab'.repeat(16);

const open = (folder: string, fs?: LogFs): ReturnType<typeof openLogWriter> =>
  openLogWriter({ folder, origin, signer, ...(fs === undefined ? {} : { fs }) });
const verify = (folder: string): ReturnType<typeof verifyLogFolder> =>
  verifyLogFolder((path) => nodeLogFs.read(join(folder, path)), {
    trust,
    list: () => files(folder),
  });
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );

logStoreSuite('tiles in a folder', () => {
  const folder = newFolder();
  return {
    writer: () => open(folder),
    reader: () => openLogReader({ folder, vkey }),
    sha256: sha256Hex,
  };
});

/** Crashes at the n-th operation: it and all later ones do nothing but throw. */
class CrashingDisk {
  left: number;
  readonly io: LogFs;

  constructor(operations: number) {
    this.left = operations;
    const step = <T>(work: () => T): T => {
      this.left -= 1;
      if (this.left < 0) throw new Error('crashed');
      return work();
    };
    this.io = {
      ...nodeLogFs,
      write: (path, bytes) => {
        step(() => {
          nodeLogFs.write(path, bytes);
        });
      },
      rename: (from, to) => {
        step(() => {
          nodeLogFs.rename(from, to);
        });
      },
      makeFolder: (path) => step(() => nodeLogFs.makeFolder(path)),
      syncFolder: (path) => {
        step(() => {
          nodeLogFs.syncFolder(path);
        });
      },
      remove: (path) => {
        step(() => {
          nodeLogFs.remove(path);
        });
      },
    };
  }
}

describe('a log writer that crashes', () => {
  it('loses and repeats nothing, whichever file operation was its last [AUD-03]', () => {
    const frames = recordFrames(560).map((frame, i) =>
      i % 4 === 1 ? { ...frame, kind: 'payload' as const } : frame,
    );
    const batches = [100, 250, 257, 300, 512, 560];
    const whole = newFolder();
    const reference = open(whole);
    reference.append(journal, frames);
    const root = Buffer.from(reference.publish().root).toString('hex');
    let crashes = 0;
    for (let operations = 0; ; operations += 1) {
      const folder = newFolder();
      const disk = new CrashingDisk(operations);
      try {
        const writer = open(folder, disk.io);
        for (const until of batches) {
          writer.append(journal, frames.slice(0, until));
          writer.publish();
        }
      } catch (error) {
        expect((error as Error).message).toBe('crashed');
        crashes += 1;
      }
      const again = open(folder);
      again.append(journal, frames);
      expect(Buffer.from(again.publish().root).toString('hex')).toBe(root);
      expect(verify(folder)).toMatchObject({ status: 'consistent', size: 420 });
      const reader = openLogReader({ folder, vkey });
      const body = frames[401]?.bytes ?? Buffer.alloc(0);
      expect(reader.payload(300, sha256Hex(body))).toEqual(body);
      if (disk.left >= 0) break;
    }
    expect(crashes).toBeGreaterThan(60);
    // Thousands of flushes: a busy disk takes its time.
  }, 180_000);

  it('takes nothing more after it failed, until it is opened again', () => {
    const folder = newFolder();
    const writer = open(folder, new CrashingDisk(9).io);
    expect(() => {
      writer.append(journal, recordFrames(10));
    }).toThrow('crashed');
    expect(() => {
      writer.append(journal, recordFrames(10));
    }).toThrow(/opened again/u);
    expect(() => writer.publish()).toThrow(/opened again/u);
  });
});

describe('a log that was changed behind the back of its writer', () => {
  function published(count: number): string {
    const folder = newFolder();
    const writer = open(folder);
    writer.append(journal, recordFrames(count));
    writer.publish();
    return folder;
  }

  it('is not written on when it was put back to an earlier state as far as its files show', () => {
    const folder = published(100);
    const old = newFolder();
    cpSync(folder, old, { recursive: true });
    const writer = open(folder);
    writer.append(journal, recordFrames(100, 100));
    writer.publish();
    writer.append(journal, recordFrames(10, 200));
    cpSync(join(old, 'checkpoint'), join(folder, 'checkpoint'));
    expect(() => open(folder)).toThrow(/has signed 200 records but shows 100/u);
    cpSync(join(old, 'writer-state'), join(folder, 'writer-state'));
    writer.publish();
    expect(() => open(folder)).toThrow(/holds 100 records but has signed 210/u);
  });

  it.each([
    ['checkpoint', /cannot go on/u],
    ['writer-state', /damaged/u],
    ['tile/0/000.p/100', /does not hash/u],
    ['tile/entries/000.p/100', /another record/u],
  ])('is not written on when `%s` was edited', (path, message) => {
    const folder = published(100);
    const bytes = readFileSync(join(folder, path));
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    writeFileSync(join(folder, path), bytes);
    expect(() => open(folder)).toThrow(message);
  });

  it.each(['writer-state', 'tile/0/000.p/100', 'tile/entries/000.p/100'])(
    'is not written on when `%s` is gone',
    (path) => {
      const folder = published(100);
      rmSync(join(folder, path));
      expect(() => open(folder)).toThrow();
    },
  );

  it('is not written on by another key or under another origin', () => {
    const folder = published(100);
    expect(() => openLogWriter({ folder, origin, signer: makeSigner() })).toThrow(/not signed/u);
    expect(() => openLogWriter({ folder, origin: 'x', signer })).toThrow(/is of/u);
  });

  it('is not read on: an edited record is refused, not shown [AUD-03]', () => {
    const folder = published(300);
    const path = join(folder, 'tile/entries/000');
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('"n":17') + 4] = 0x32;
    writeFileSync(path, bytes);
    const reader = openLogReader({ folder, vkey });
    expect(() => reader.entry(3)).toThrow(/entry 17 does not hash/u);
    expect(reader.entry(299)).toBeDefined();
    expect(() => reader.find(recordId(17))).toThrow(/entry 17 does not hash/u);
  });

  it('gives proofs that a stranger verifies', () => {
    const folder = published(300);
    const reader = openLogReader({ folder, vkey });
    const proof = reader.proof(123);
    expect(verifyProofFile(proof, reader.entry(123), trust)).toMatchObject({
      index: 123,
      size: 300,
    });
    expect(() => verifyProofFile(proof, reader.entry(124), trust)).toThrow();
  });
});
