import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFolderArchive } from '#adapters/log-archive/folder/index.ts';
import { verifyLogs } from '#cli/audit/verify-logs.ts';
import type { LegalHold } from '#contracts/hold-book.ts';
import type { LogFrame } from '#contracts/log-store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { isoTime, ManualClock } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';
import {
  extendedNotes,
  logsToArchive,
  openLogReader,
  openLogWriter,
  prunableLogs,
  retentionNotes,
} from '#storage/tiles/index.ts';
import { bundlePath, logVkey, packPath } from '#tlog/index.ts';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { createArchiving } from './archiving.ts';
import type { PrunableLog } from './prunable-log.ts';
import { createRetaining } from './retaining.ts';
import { retentionKind } from './retention-kind.ts';

const root = mkdtempSync(join(tmpdir(), 'bailiwick-retaining-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const signer = makeSigner();
const day = 86_400_000;
const year = 366 * day;
const verifier = join(import.meta.dirname, '../../../verifier/verify.mjs');
const originOf = (writer: string) => `bailiwick.local/main/standard/${writer}`;
const key = logVkey(originOf('gw'), signer.publicKey);
let worlds = 0;

/** Two logs that the product's own writer writes: of a gateway, and of control, which says what is pruned. */
class World {
  readonly base = join(root, String((worlds += 1)));
  readonly log = join(this.base, 'log');
  // An archive in a folder judges by the real clock, which what is simulated is never behind.
  readonly clock = new ManualClock(Date.now());
  readonly told: JsonObject[] = [];
  readonly #writers = new Map<string, { take(frames: LogFrame[]): void; at: number }>();
  specs: Record<string, JsonObject> = {};
  held: readonly string[] = [];
  readonly archive: ReturnType<typeof openFolderArchive> | undefined;
  readonly archiving: ReturnType<typeof createArchiving> | undefined;
  retaining = this.open();

  constructor(withArchive = false) {
    if (!withArchive) return;
    const folder = join(this.base, 'archive');
    mkdirSync(folder, { recursive: true });
    this.archive = openFolderArchive(folder);
    this.archiving = createArchiving({
      archive: this.archive,
      logs: logsToArchive(this.log, signer.publicKey),
      retainUntil: (log) => this.retaining.retainUntil(log),
      keeping: {
        promise: (log) => this.retaining.promise(log),
        noted: extendedNotes(this.log),
      },
      clock: this.clock,
      turn: async () => undefined,
    });
    this.retaining = this.open();
  }

  open(logs?: readonly PrunableLog[]) {
    const { archive, archiving } = this;
    return createRetaining({
      logs: () => logs ?? prunableLogs(this.log, signer.publicKey),
      snapshot: () => this.snapshot(),
      archive:
        archive === undefined
          ? undefined
          : {
              ...archive,
              archivedTo: (place) => archiving?.archivedTo(place) ?? 0,
            },
      takings: createTurns(),
      notes: retentionNotes(this.log),
      holds: { over: async () => this.held.map((matter) => ({ matter }) as LegalHold) },
      record: async (draft) => {
        const id = newId(this.clock.now());
        this.told.push({ id, type: draft.type, ...draft.details });
        this.#put('control-1', { id, type: draft.type, details: draft.details ?? {} });
        this.#publish('control-1');
        return id;
      },
      writer: 'control-1',
      clock: this.clock,
      turn: async () => undefined,
    });
  }

  snapshot(): Snapshot {
    const entries = Object.entries(this.specs).map(([name, spec]) => {
      const parsed = retentionKind.parse(name, spec);
      if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
      return [name, parsed.entry] as const;
    });
    const tenants = { main: { tenant: 'main', retentions: Object.fromEntries(entries) } };
    return { tenants } as unknown as Snapshot;
  }

  /** Each fourth with a sealed body. */
  write(count: number, writer = 'gw'): void {
    for (let n = 0; n < count; n += 1) {
      const id = newId(this.clock.now());
      const body = n % 4 === 0 ? Buffer.from(`sealed ${id}`) : undefined;
      this.#put(writer, { id, time: isoTime(this.clock.now()) }, body);
    }
    this.#publish(writer);
  }

  #put(writer: string, record: JsonObject, body?: Uint8Array): void {
    const frames: LogFrame[] = [];
    const to = this.#writerOf(writer);
    const next = () => ({ segment: 1, offset: (to.at += 1) });
    const payload = body === undefined ? {} : { payload: { sha256: sha256Hex(body) } };
    if (body !== undefined) frames.push({ kind: 'payload', bytes: body, position: next() });
    frames.push({
      kind: 'leaf',
      bytes: canonicalBytes({ ...record, ...payload }),
      position: next(),
    });
    to.take(frames);
  }

  #publish(writer: string): void {
    this.#writerOf(writer).take([]);
  }

  #writerOf(writer: string) {
    const known = this.#writers.get(writer);
    if (known !== undefined) return known;
    const folder = join(this.log, 'main/standard', writer);
    const log = openLogWriter({ folder, origin: originOf(writer), signer });
    const waiting: LogFrame[] = [];
    const made = {
      at: 0,
      take(frames: LogFrame[]) {
        waiting.push(...frames);
        if (frames.length > 0) return;
        log.append('ab'.repeat(16), waiting.splice(0));
        log.publish();
      },
    };
    this.#writers.set(writer, made);
    return made;
  }

  reader = (writer = 'gw') =>
    openLogReader({
      folder: join(this.log, 'main/standard', writer),
      vkey: logVkey(originOf(writer), signer.publicKey),
    });
  begins = (writer = 'gw') => this.reader(writer).begins();
  has = (path: string, writer = 'gw') => existsSync(join(this.log, 'main/standard', writer, path));
  of = (type: string) => this.told.filter((one) => one['type'] === type);

  /** By both verifiers: 2 is consistent, and seen by no witness. */
  verified(folder = this.log): readonly unknown[] {
    const own = verifyLogs(folder, { keys: [key] });
    const words = [verifier, folder, '--key', key, '-o', 'json'];
    const other = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return [own.status, other.status];
  }
}

const holds = ['consistent', 2];
const broken = ['inconsistent', 1];

describe('how long records are kept', () => {
  it('is as the documents say, over eight years: nothing goes early, what is over goes with evidence [AUD-06] [SYS-100]', async () => {
    const world = new World();
    world.specs = { money: { profile: 'finance', maximum: '7y' } };
    const firstAt: number[] = [];
    for (let quarter = 0; quarter < 8 * 4; quarter += 1) {
      world.write(192);
      firstAt.push(world.clock.now());
      await world.retaining.look();
      const begins = world.begins();
      // Everything that is younger than seven years is here, whatever was asked of it.
      const oldest = firstAt.findIndex((at) => world.clock.now() - at < 7 * year);
      expect(begins).toBeLessThanOrEqual(oldest * 192);
      world.clock.advance(91.5 * day);
    }
    expect(world.begins()).toBeGreaterThanOrEqual(512);
    expect(world.has(bundlePath(0))).toBe(false);
    expect(world.has(packPath(0))).toBe(false);
    expect(world.has('tile/0/000')).toBe(true);
    expect(world.verified()).toEqual(holds);
    expect(world.of('log.pruned').at(-1)).toMatchObject({
      origin: originOf('gw'),
      to: world.begins(),
      why: 'maximum',
      minimumMs: 7 * year,
      of: [{ name: 'money', profile: 'finance' }],
    });
  }, 60_000);

  it('takes nothing away without a document, nor without a maximum [AUD-06]', async () => {
    const world = new World();
    world.write(1_000);
    world.clock.advance(50 * year);
    await world.retaining.look();
    world.specs = { law: { profile: 'ai-act' } };
    await world.retaining.look();
    expect(world.begins()).toBe(0);
    expect(world.of('log.pruned')).toEqual([]);
  });

  it('is not made shorter for what is written: a document that shrinks or goes binds nothing older [AUD-06]', async () => {
    const world = new World();
    world.specs = { a: { profile: 'finance' } };
    world.write(600);
    await world.retaining.look();
    world.specs = { a: { profile: 'custom', minimum: '1d', maximum: '2d', basis: 'a thief' } };
    world.clock.advance(day);
    await world.retaining.look();
    world.write(600);
    world.clock.advance(3 * year);
    world.retaining = world.open();
    await world.retaining.look();
    expect(world.begins()).toBe(0);
    expect(await world.retaining.show('main')).toMatchObject([
      { retention: 'standard', promisedMs: 7 * year, effective: { minimumMs: day } },
    ]);
    world.clock.advance(4 * year);
    await world.retaining.look();
    expect(world.begins()).toBe(768);
  });

  it('goes by what was promised, or not at all where that cannot be read [AUD-06]', async () => {
    const world = new World();
    world.specs = { a: { profile: 'custom', minimum: '1d', maximum: '2d', basis: 'b' } };
    world.write(600);
    await world.retaining.look();
    world.clock.advance(9 * day);
    writeFileSync(join(world.log, 'main/standard/retention.json'), '{}');
    await expect(world.retaining.look()).rejects.toThrow('cannot be read');
    expect(world.begins()).toBe(0);
  });

  it('is refused by the store itself, whoever asks it for less [AUD-06]', async () => {
    const world = new World();
    world.write(800);
    const [log] = prunableLogs(world.log, signer.publicKey);
    if (log === undefined) throw new Error('no log');
    const order = {
      to: 256,
      record: newId(world.clock.now()),
      now: world.clock.now() + year,
      keptUntil: (madeAt: number) => madeAt + year + 1,
      elsewhereUntil: async () => undefined,
    };
    const early = { code: 'audit/retention-not-over' };
    await expect(log.prune(order)).rejects.toMatchObject(early);
    const short = { ...order, elsewhereUntil: async () => world.clock.now() + year };
    await expect(log.prune(short)).rejects.toMatchObject(early);
    for (const to of [0, 100, 768, 1_024]) {
      await expect(log.prune({ ...order, to, keptUntil: () => 0 })).rejects.toMatchObject(early);
    }
    expect(world.has(bundlePath(0))).toBe(true);
    await log.prune({ ...order, elsewhereUntil: async () => world.clock.now() + year + 1 });
    expect(world.has(bundlePath(0))).toBe(false);
    expect(world.has(bundlePath(1))).toBe(true);
  });

  it('waits for a legal hold, and says so; nothing goes while one is there [AUD-06]', async () => {
    const world = new World();
    world.specs = { a: { profile: 'custom', minimum: '1d', maximum: '2d', basis: 'b' } };
    world.write(600);
    world.clock.advance(9 * day);
    world.held = ['case 17'];
    await world.retaining.look();
    expect(world.begins()).toBe(0);
    expect(await world.retaining.show('main')).toMatchObject([
      { heldBy: ['case 17'], next: [{ from: 0, to: 256 }], run: { pruned: 0 } },
    ]);
    world.held = [];
    await world.retaining.look();
    expect(world.begins()).toBe(256);
  });

  it('online ends once an archive is bound to keep the records, and not before [AUD-06] [SYS-099]', async () => {
    const world = new World(true);
    world.specs = { cards: { profile: 'pci' } };
    world.write(1_000);
    await world.retaining.look();
    world.clock.advance(94 * day);
    await world.retaining.look();
    expect(world.begins()).toBe(0);
    expect((await world.retaining.show('main'))[0]?.run?.kept[0]).toContain('not archived yet');
    await world.archiving?.look();
    await world.retaining.look();
    expect(world.begins()).toBe(512);
    expect(world.of('log.pruned')).toMatchObject([{ why: 'online', archived: true }]);
    expect(world.verified()).toEqual(holds);
    // All of it, bodies too, is in the archive: which is verified alone, and whole.
    await world.archiving?.look();
    expect(world.verified(join(world.base, 'archive'))).toEqual(holds);
    expect(readdirSync(join(world.base, 'archive/main/standard/gw/tile/entries'))).toContain('000');
  });

  it('reaches what an archive has once a document makes it longer [AUD-06]', async () => {
    const world = new World(true);
    world.specs = { law: { profile: 'ai-act' } };
    world.write(600);
    const began = world.clock.now();
    await world.archiving?.look();
    const shorter = async (ms: number) => {
      const { archive } = world;
      const names = (await archive?.list('main/standard/gw/')) ?? [];
      const until = names.map(async (name) => (await archive?.retainedUntil(name)) ?? 0);
      return (await Promise.all(until)).filter((one) => one < began + ms).length;
    };
    expect(await shorter(180 * day)).toBe(0);
    world.specs = { law: { profile: 'ai-act' }, money: { profile: 'finance' } };
    world.clock.advance(day);
    expect(await shorter(6 * year)).toBeGreaterThan(8);
    await world.archiving?.look();
    expect(await shorter(6 * year)).toBe(0);
    // By when the records were made, and not by when it was asked for.
    const { minimumMs } = world.retaining.promise({ tenant: 'main', retention: 'standard' });
    const until = await world.archive?.retainedUntil('main/standard/gw/tile/entries/000');
    expect(Math.abs((until ?? 0) - began - minimumMs)).toBeLessThan(1_000);
  });

  it('takes no more of one log at once than is bounded, and the rest with the next looks', async () => {
    const log = {
      tenant: 'main',
      retention: 'standard',
      writer: 'gw',
      origin: originOf('gw'),
      size: () => 2 * limits.pruneRecords,
      pruned: () => undefined,
      newestIn: () => 0,
      rootOf: () => '',
      prune: async () => undefined,
      sweep: async () => undefined,
    };
    const world = new World();
    world.specs = { a: { profile: 'custom', minimum: '1d', maximum: '2d', basis: 'b' } };
    const [shown] = await world.open([log]).show('main');
    expect(shown?.next).toMatchObject([{ from: 0, to: limits.pruneRecords }]);
  });

  it('shows what is in force, what keeps it, what would go and what came of the last run [AUD-09]', async () => {
    const world = new World(true);
    world.specs = { cards: { profile: 'pci', maximum: '2y' }, law: { profile: 'ai-act' } };
    world.write(600);
    await world.retaining.look();
    const at = world.clock.now();
    const [shown] = await world.retaining.show('main');
    expect(shown).toMatchObject({
      retention: 'standard',
      effective: { minimumMs: 12 * 31 * day, maximumMs: undefined, of: [{}, {}] },
      run: { at, pruned: 0, kept: [] },
      next: [],
    });
    expect(shown?.enforcedBy.join()).toMatch(/no verb and no API.*the archive/);
    expect(world.of('log.retention-run')).toMatchObject([
      { class: 'standard', pruned: 0, of: [{ profile: 'pci' }, { profile: 'ai-act' }] },
    ]);
    world.clock.advance(limits.pruneEveryMs);
    await world.retaining.look();
    expect(world.of('log.retention-run')).toHaveLength(1);
    world.clock.advance(day);
    await world.retaining.look();
    expect(world.of('log.retention-run')).toHaveLength(2);
  });
});

describe('a log that begins later', () => {
  const pruned = async () => {
    const world = new World();
    world.specs = { a: { profile: 'custom', minimum: '1d', maximum: '2d', basis: 'b' } };
    world.write(900);
    world.clock.advance(9 * day);
    await world.retaining.look();
    expect(world.begins()).toBe(512);
    return world;
  };

  it('is read from where it begins; what is before it is over, not missing and not unknown', async () => {
    const world = await pruned();
    const reader = world.reader();
    const over = { code: 'audit/record-pruned' };
    expect(() => reader.entry(511)).toThrow(expect.objectContaining(over) as Error);
    expect(() => reader.range(0, 600)).toThrow(expect.objectContaining(over) as Error);
    expect(() => reader.payload(4, 'a'.repeat(64))).toThrow(expect.objectContaining(over) as Error);
    expect(reader.range(512, 900)).toHaveLength(388);
    expect(reader.leaves(0, 600)).toHaveLength(600);
    expect(reader.proof(512).length).toBeGreaterThan(100);
    const id = JSON.parse(Buffer.from(reader.entry(700)).toString('utf8')) as { id: string };
    expect(reader.find(id.id)).toBe(700);
    expect(reader.find(newId(world.clock.now() - 100 * day))).toBeUndefined();
  });

  it('is a fault where no record says that it was pruned, where another one does, and for anything more [AUD-06]', async () => {
    const world = await pruned();
    expect(world.verified()).toEqual(holds);
    const attack = (act: (folder: string) => void): readonly unknown[] => {
      const copy = join(world.base, 'copy');
      rmSync(copy, { recursive: true, force: true });
      cpSync(world.log, copy, { recursive: true });
      act(copy);
      return world.verified(copy);
    };
    const gw = (folder: string, path: string) => join(folder, 'main/standard/gw', path);
    // Without the log that says so; without the mark; with one bundle more gone; with a mark that says more.
    expect(
      attack((folder) => rmSync(join(folder, 'main/standard/control-1'), { recursive: true })),
    ).toEqual(broken);
    expect(attack((folder) => rmSync(gw(folder, 'pruned')))).toEqual(broken);
    expect(attack((folder) => rmSync(gw(folder, bundlePath(2))))).toEqual(broken);
    const mark = (to: number) => {
      const [log] = prunableLogs(world.log, signer.publicKey).filter(
        ({ writer }) => writer === 'gw',
      );
      return `bailiwick pruned 1\n0 ${to}\n${log?.rootOf(to)}\n${log?.pruned()?.record}\n`;
    };
    expect(
      attack((folder) => {
        rmSync(gw(folder, bundlePath(2)));
        writeFileSync(gw(folder, 'pruned'), mark(768));
      }),
    ).toEqual(broken);
    expect(attack((folder) => writeFileSync(gw(folder, 'pruned'), mark(512)))).toEqual(holds);
    // A hash of what is gone: it is under the root that was signed, and under the one that was pruned.
    expect(
      attack((folder) => writeFileSync(gw(folder, 'tile/0/001'), Buffer.alloc(8_192))),
    ).toEqual(broken);
  });

  it('is taken away to its end by the next run where one was killed, and keeps bodies of what stays', async () => {
    const world = await pruned();
    const copy = join(world.log, 'main/standard/gw', bundlePath(0));
    // As a run leaves it that marked and took nothing yet.
    const again = new World();
    again.write(256);
    cpSync(join(again.log, 'main/standard/gw', bundlePath(0)), copy);
    await world.retaining.look();
    expect(existsSync(copy)).toBe(false);
    expect(world.verified()).toEqual(holds);
  });

  it('is said again before the record that said so goes itself', async () => {
    const world = await pruned();
    const said = world.of('log.pruned').length;
    for (let month = 0; month < 8; month += 1) {
      world.write(256, 'control-1');
      world.clock.advance(day);
      await world.retaining.look();
    }
    expect(world.begins('control-1')).toBeGreaterThan(0);
    expect(world.of('log.pruned').slice(said)).toContainEqual(
      expect.objectContaining({ origin: originOf('gw'), again: true }),
    );
    expect(world.verified()).toEqual(holds);
  });
});
