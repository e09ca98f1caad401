import {
  chmodSync,
  existsSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFolderArchive } from '#adapters/log-archive/folder/index.ts';
import { verifyLogs } from '#cli/audit/verify-logs.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import type { LogFrame } from '#contracts/log-store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { logsToArchive, openLogWriter } from '#storage/tiles/index.ts';
import { cosignatureLine, logVkey, parseNote, TileTree, witnessVkey } from '#tlog/index.ts';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { createArchiving } from './archiving.ts';

const root = mkdtempSync(join(tmpdir(), 'bailiwick-archiving-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const signer = makeSigner();
const witness = { name: 'auditor.example/w1', ...makeSigner() };
const origin = 'bailiwick.local/main/standard/gw';
const key = logVkey(origin, signer.publicKey);
const witnessKey = witnessVkey(witness.name, witness.publicKey);
const verifier = join(import.meta.dirname, '../../../verifier/verify.mjs');
let worlds = 0;

/** A log that the product's own writer writes, and an archive in a folder. */
class World {
  readonly #base = join(root, String((worlds += 1)));
  readonly log = join(this.#base, 'log');
  readonly folder = join(this.#base, 'archive');
  readonly clock = new ManualClock();
  readonly #writer = openLogWriter({ folder: join(this.log, 'main/standard/gw'), origin, signer });
  #at = 0;
  archive: LogArchive = openFolderArchive(this.folder);
  archiving = this.open();

  constructor() {
    mkdirSync(this.folder, { recursive: true });
  }

  open() {
    return createArchiving({
      archive: {
        where: this.folder,
        enforcedBy: 'a test',
        put: (object) => this.archive.put(object),
        list: (prefix) => this.archive.list(prefix),
        read: (name) => this.archive.read(name),
        retainedUntil: (name) => this.archive.retainedUntil(name),
        extend: (name, until) => this.archive.extend(name, until),
        overlaid: (prefix) => this.archive.overlaid(prefix),
      },
      logs: logsToArchive(this.log, signer.publicKey),
      retainUntil: () => undefined,
      keeping: {
        promise: () => ({ minimumMs: 0, keptUntil: () => undefined }),
        noted: { read: () => undefined, write: async () => undefined },
      },
      clock: this.clock,
      turn: async () => undefined,
    });
  }

  /** Each third record with a sealed body, each fiftieth with a large one. */
  write(count: number): void {
    const frames: LogFrame[] = [];
    for (let n = 0; n < count; n += 1) {
      const at = this.#at++;
      const body = Buffer.alloc(at % 50 === 0 ? 9_000 : 40, `sealed ${at} `);
      const named = at % 3 === 0 ? `,"payload":{"sha256":"${sha256Hex(body)}"}` : '';
      const place = (offset: number) => ({ segment: 1, offset: at * 2 + offset + 1 });
      if (at % 3 === 0) frames.push({ kind: 'payload', bytes: body, position: place(0) });
      frames.push({ kind: 'leaf', bytes: Buffer.from(`{"n":${at}${named}}`), position: place(1) });
    }
    this.#writer.append('ab'.repeat(16), frames);
    this.#writer.publish();
  }

  cosign(): void {
    const folder = join(this.log, 'main/standard/gw');
    const note = readFileSync(join(folder, 'checkpoint'), 'utf8');
    const line = cosignatureLine(parseNote(Buffer.from(note)).text, witness, 1_790_000_000);
    writeFileSync(join(folder, 'witnessed'), `${note}${line}`);
  }

  /** After long enough that whatever is new is due. */
  async later(): Promise<void> {
    this.clock.advance(limits.archiveEdgeMs);
    await this.archiving.look();
  }

  archived = (): number => this.archiving.health().logs[0]?.archivedTo ?? 0;
  heads = (): string[] => readdirSync(join(this.folder, 'main/standard/gw/checkpoints'));
  /** By both verifiers, from a copy of the archive: nothing else is there. */
  verified(): { readonly status: string; readonly size: unknown; readonly other: number | null } {
    const copy = join(this.#base, 'copy');
    rmSync(copy, { recursive: true, force: true });
    cpSync(this.folder, copy, { recursive: true });
    const own = verifyLogs(copy, { keys: [key], witnesses: [witnessKey] });
    const words = [verifier, copy, '--key', key, '--witness', witnessKey, '-o', 'json'];
    const other = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return { status: own.status, size: own.logs[0]?.['size'], other: other.status };
  }
}

describe('the archive of the logs', () => {
  it('is verified from itself alone, bodies too, by two verifiers that share no code [AUD-06]', async () => {
    const world = new World();
    world.write(700);
    await world.archiving.look();
    expect(world.verified()).toEqual({ status: 'consistent', size: 700, other: 2 });
    world.write(30);
    await world.later();
    world.write(300);
    world.cosign();
    await world.later();
    expect(world.verified()).toEqual({ status: 'witnessed', size: 1_030, other: 0 });
    expect(world.heads()).toHaveLength(3);
  });

  it('takes what witnesses saw before what nobody saw yet', async () => {
    const world = new World();
    world.write(300);
    world.cosign();
    world.write(100);
    await world.archiving.look();
    expect(world.archived()).toBe(300);
    expect(world.verified()).toMatchObject({ status: 'witnessed', size: 300, other: 0 });
    await world.later();
    expect(world.verified()).toMatchObject({ status: 'consistent', size: 400, other: 2 });
  });

  it('finds any file of it that was changed or taken away [AUD-06]', async () => {
    const world = new World();
    world.write(600);
    world.cosign();
    await world.archiving.look();
    world.write(20);
    await world.later();
    const files = readdirSync(world.folder, { recursive: true, encoding: 'utf8' })
      .map((path) => join(world.folder, path))
      .filter((path) => /tile|checkpoints\/|payload/u.test(path) && isFile(path));
    expect(files.length).toBeGreaterThan(15);
    for (const path of files) {
      const bytes = readFileSync(path);
      chmodSync(path, 0o600);
      writeFileSync(
        path,
        Buffer.from(bytes.map((byte, at) => (at === bytes.length - 9 ? byte ^ 1 : byte))),
      );
      const isOld = /\.p\/\d+$/u.test(path) && !isNeeded(path);
      const status = verifyLogs(world.folder, { keys: [key] }).status;
      expect([path, status]).toEqual([path, isOld ? expect.any(String) : 'inconsistent']);
      writeFileSync(path, bytes);
    }
  });

  it('tells what somebody laid over it, and goes on archiving all the same [AUD-06]', async () => {
    const world = new World();
    world.write(300);
    const overlaid = [{ name: 'main/standard/gw/vkey', how: 'hidden' as const }];
    world.archive = { ...world.archive, overlaid: async () => overlaid };
    await world.archiving.look();
    expect(world.archived()).toBe(300);
    const { faults } = world.archiving.health();
    expect(faults).toMatchObject([{ tenant: 'main' }]);
    expect(faults[0]?.why).toMatch(/over 1 names.*`main\/standard\/gw\/vkey` \(hidden\)/u);
    world.write(30);
    await world.later();
    expect(world.archived()).toBe(330);
    expect(world.archiving.health().faults).toEqual(faults);
  });

  it('goes on where a run was killed, at any step, and puts nothing twice', async () => {
    const world = new World();
    world.write(600);
    const real = world.archive;
    let calls = 0;
    const counting = {
      ...real,
      put: (...of: Parameters<LogArchive['put']>) => ((calls += 1), real.put(...of)),
    };
    world.archive = counting;
    await world.archiving.look();
    const whole = calls;
    expect(whole).toBeGreaterThan(8);
    for (let step = 0; step < whole; step += 6) {
      const cut = new World();
      cut.write(600);
      const own = cut.archive;
      let left = step;
      cut.archive = {
        ...own,
        put: (object) => ((left -= 1) < 0 ? Promise.reject(new Error('killed')) : own.put(object)),
      };
      await cut.archiving.look();
      expect(cut.archived()).toBe(0);
      cut.archive = own;
      cut.write(10);
      cut.archiving = cut.open();
      await cut.archiving.look();
      expect(cut.verified()).toEqual({ status: 'consistent', size: 610, other: 2 });
    }
  }, 30_000);

  it('never says by a directory what it does not have of the other logs', async () => {
    const world = new World();
    world.write(300);
    const name = 'bailiwick.local/main/directory/control-1';
    const folder = join(world.log, 'main/directory/control-1');
    const directory = openLogWriter({ folder, origin: name, signer });
    let at = 0;
    const note = (size: number) => {
      const record = {
        type: 'log.directory',
        details: { logs: [{ origin, size, root: rootAt(size) }] },
      };
      const frame = { kind: 'leaf', bytes: Buffer.from(JSON.stringify(record)) } as const;
      directory.append('cd'.repeat(16), [
        { ...frame, position: { segment: 1, offset: (at += 1) } },
      ]);
      directory.publish();
    };
    const rootAt = (size: number) =>
      Buffer.from(
        new TileTree((path) => readIfThere(join(world.log, 'main/standard/gw', path)), size).root(),
      ).toString('hex');
    note(300);
    await world.archiving.look();
    expect(world.verified()).toMatchObject({ status: 'consistent', other: 2 });
    world.write(40);
    world.cosign();
    world.write(60);
    note(400);
    const real = world.archive;
    const cut = async (left: number) => {
      world.archive = {
        ...real,
        put: (object) => ((left -= 1) < 0 ? Promise.reject(new Error('killed')) : real.put(object)),
      };
      await world.later();
      expect([left, world.verified().status]).toEqual([left, 'consistent']);
    };
    for (const left of [0, 1, 2, 4, 6, 8]) await cut(left);
    world.archive = real;
    await world.later();
    expect(world.verified()).toMatchObject({ status: 'consistent', other: 2 });
    expect(world.archiving.health().faults).toEqual([]);
    expect(await real.list('main/standard/gw/checkpoints/')).toContain(
      `main/standard/gw/checkpoints/${'400'.padStart(16, '0')}`,
    );
  });

  it('goes on after a restart from what is in the archive, by nothing that is kept here', async () => {
    const world = new World();
    world.write(600);
    await world.archiving.look();
    world.archiving = world.open();
    await world.archiving.look();
    expect(world.archived()).toBe(600);
    expect(world.heads()).toHaveLength(1);
    world.write(limits.archiveRecords - 1);
    await world.archiving.look();
    expect(world.archived()).toBe(600);
    world.write(1);
    await world.archiving.look();
    expect(world.archived()).toBe(600 + limits.archiveRecords);
  });

  it('loses nothing while it is away, says so with what waits, and asks less and less often', async () => {
    const world = new World();
    world.write(300);
    await world.archiving.look();
    const real = world.archive;
    let asked = 0;
    const away = () => {
      asked += 1;
      return Promise.reject(new BailiwickError('audit/archive-unavailable', { message: 'ENOSPC' }));
    };
    world.archive = { ...real, put: away };
    world.write(50);
    await world.later();
    expect(world.archiving.health()).toMatchObject({
      away: { why: 'ENOSPC', retryMs: limits.archiveEveryMs },
      logs: [{ size: 350, archivedTo: 300 }],
    });
    for (let round = 0; round < 400; round += 1) {
      world.clock.advance(limits.archiveEveryMs);
      await world.archiving.look();
    }
    // Without a pause it would be 400; at first 2 s, and at most 5 min.
    expect(asked).toBeLessThan(14);
    world.archive = real;
    world.clock.advance(limits.archiveRetryMs);
    await world.archiving.look();
    expect(world.archiving.health()).toMatchObject({
      away: undefined,
      logs: [{ size: 350, archivedTo: 350, behindMs: 0 }],
    });
    expect(world.verified()).toMatchObject({ size: 350 });
  });

  it('takes no other history after the one that it has, and no shorter one', async () => {
    const world = new World();
    world.write(300);
    await world.archiving.look();
    const other = new World();
    other.write(299);
    other.archive = world.archive;
    await other.archiving.look();
    expect(other.archiving.health().faults).toMatchObject([{ tenant: 'main' }]);
    rmSync(join(other.log, 'main'), { recursive: true });
    const forged = openLogWriter({ folder: join(other.log, 'main/standard/gw'), origin, signer });
    forged.append(
      'cd'.repeat(16),
      Array.from({ length: 5_000 }, (_, at) => ({
        kind: 'leaf' as const,
        bytes: Buffer.from(`{"forged":${at}}`),
        position: { segment: 1, offset: at + 1 },
      })),
    );
    forged.publish();
    await other.archiving.look();
    expect(other.archiving.health().faults[0]?.why).toContain('not those that the archive has');
    expect(world.verified()).toMatchObject({ status: 'consistent', size: 300 });
  });

  it('puts nothing that was not proved: a damaged log is said, and stays as it is', async () => {
    const world = new World();
    world.write(300);
    const bundle = join(world.log, 'main/standard/gw/tile/entries/000');
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, Buffer.from(bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte))));
    await world.archiving.look();
    expect(world.archiving.health().faults).toHaveLength(1);
    expect(world.archived()).toBe(0);
    expect(await world.archive.list('main/standard/gw/tile/entries/')).toEqual([]);
    writeFileSync(bundle, bytes);
    await world.archiving.look();
    expect(world.archiving.health().faults).toEqual([]);
    expect(world.archived()).toBe(300);
  });

  it('forgets the fault of a log that is gone: the directory of its tenant is archived again', async () => {
    const world = new World();
    world.write(300);
    const name = 'bailiwick.local/main/directory/control-1';
    const folder = join(world.log, 'main/directory/control-1');
    const directory = openLogWriter({ folder, origin: name, signer });
    const bytes = Buffer.from('{"type":"log.directory","details":{"logs":[]}}');
    directory.append('cd'.repeat(16), [
      { kind: 'leaf', bytes, position: { segment: 1, offset: 1 } },
    ]);
    directory.publish();
    const bundle = join(world.log, 'main/standard/gw/tile/entries/000');
    writeFileSync(
      bundle,
      readFileSync(bundle).map((byte, at) => (at === 40 ? byte ^ 1 : byte)),
    );
    const shipped = () => world.archive.list('main/directory/control-1/checkpoints/');
    await world.archiving.look();
    expect(world.archiving.health().faults).toHaveLength(1);
    expect(await shipped()).toEqual([]);
    rmSync(join(world.log, 'main/standard/gw'), { recursive: true });
    await world.later();
    expect(world.archiving.health().faults).toEqual([]);
    expect(await shipped()).toHaveLength(1);
  });
});

function readIfThere(path: string): Uint8Array | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

function isFile(path: string): boolean {
  try {
    readdirSync(path);
    return false;
  } catch {
    return true;
  }
}

/** The right edge of the newest head, 620; what is under older ones is there for those. */
function isNeeded(path: string): boolean {
  return /\/(?:108|2)$/u.test(path);
}
