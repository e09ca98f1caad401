import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Journal, JournalFrame, JournalPosition } from '#contracts/journal.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { errno, FaultyDisk, type Landed } from './faulty-disk.suite.ts';
import { type FileJournalReader, openJournal, openJournalReader } from './index.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const segmentBytes = 64 * 1024;
const reserveBytes = 16 * 1024;
const unavailable = { code: 'audit/unavailable' };
const leaf = (text: string): JournalFrame => ({
  kind: 'leaf',
  tenant: 'main',
  retention: 'standard',
  bytes: Buffer.from(text, 'utf8'),
});

/** A journal on a disk of its own, read by one who follows it from the beginning. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'journal-faults-'));
  readonly disk = new FaultyDisk();
  readonly clock = new ManualClock();
  readonly followed: string[] = [];
  /** Who follows lets go of what he has read, and the writer writes into it again. */
  readonly releases: boolean;
  journal: Journal;
  #reader: FileJournalReader;
  #after: JournalPosition | undefined;

  static async open(releases = false): Promise<World> {
    const world = new World(releases);
    await world.reopen();
    return world;
  }

  private constructor(releases: boolean) {
    folders.push(this.folder);
    this.releases = releases;
    this.#reader = this.#openReader();
    this.journal = undefined as never;
  }

  async reopen(): Promise<void> {
    const { folder, clock, disk } = this;
    const io = disk.io;
    this.journal = await openJournal({ folder, segmentBytes, reserveBytes, clock, fs: io });
  }

  append(text: string, reserved = false): Promise<JournalPosition> {
    return this.journal.append([leaf(text)], { reserved });
  }

  /** Until not even the smallest is taken; how many bytes were. */
  async fillUp(reserved = false): Promise<number> {
    let taken = 0;
    for (const size of [1_000, 10, 1]) {
      for (; await this.#isTaken('x'.repeat(size), reserved); ) taken += size;
    }
    return taken;
  }

  async #isTaken(text: string, reserved: boolean): Promise<boolean> {
    try {
      await this.append(text, reserved);
      return true;
    } catch (fault) {
      expect(fault).toMatchObject(unavailable);
      return false;
    }
  }

  /** Reads on where it stopped, as the integrator does; a restart of it forgets its open files. */
  follow(limit = 1_000_000, restart = false): void {
    if (restart) {
      this.#reader.close();
      this.#reader = this.#openReader();
    }
    const frames = this.#reader.read(this.#after, limit);
    this.#after = frames.at(-1)?.position ?? this.#after;
    this.followed.push(...frames.map(({ bytes }) => Buffer.from(bytes).toString()));
    if (this.releases && this.#after !== undefined) this.#reader.release(this.#after);
  }

  #openReader(): FileJournalReader {
    return openJournalReader({ folder: this.folder, keepsReleased: this.releases });
  }

  texts(): string[] {
    const frames = openJournalReader({ folder: this.folder }).read(undefined, 1_000_000);
    return frames.map(({ bytes }) => Buffer.from(bytes).toString());
  }

  segments(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('.wal'));
  }

  /** Long enough for anything to be tried again. */
  wait(): void {
    this.clock.advance(60_000);
  }
}

const landings = ['nothing', 'half', 'all'] as const;

describe('a write that fails', () => {
  it.each(landings)(
    'is made good in a new segment, never in its own, and nobody notices (%s of it landed) [AUD-01, AUD-03]',
    async (landed) => {
      const world = await World.open();
      await world.append('zero');
      world.disk.breaks(1, 'EIO', landed);
      await Promise.all(['one', 'two', 'three'].map((text) => world.append(text)));
      expect(world.journal.healthy).toBe(true);
      expect(world.disk.writesAfterFailure).toBe(0);
      expect(world.segments()).toHaveLength(2);
      await world.append('four');
      await world.journal.close();
      expect(world.texts()).toEqual(['zero', 'one', 'two', 'three', 'four']);
    },
  );

  it('is made good when it was merely cut short', async () => {
    const world = await World.open();
    world.disk.shortWrites = 1;
    await Promise.all(['one', 'two'].map((text) => world.append(text)));
    await world.journal.close();
    expect(world.texts()).toEqual(['one', 'two']);
  });

  it('is read once by who read it before it failed', async () => {
    for (const limit of [1, 2, 1_000]) {
      const world = await World.open();
      world.disk.keepsTails = true;
      await world.append('zero');
      world.disk.breaks(1, 'EIO', 'all');
      world.disk.onFailure = () => world.follow(limit);
      const names = ['one', 'two', 'three'];
      await Promise.all(names.map((text) => world.append(text)));
      expect(world.followed.length).toBeGreaterThan(0);
      await world.append('four');
      world.follow();
      expect(world.followed).toEqual(['zero', ...names, 'four'].slice(0, world.followed.length));
      world.follow(1_000, true);
      expect(world.followed).toEqual(['zero', ...names, 'four']);
      expect(world.texts()).toEqual(['zero', ...names, 'four']);
    }
  });

  it('twice is refused; the next append begins another segment by itself [AUD-01]', async () => {
    for (const landed of landings) {
      const world = await World.open();
      world.disk.keepsTails = true;
      await world.append('zero');
      world.disk.breaks(1_000, 'EIO', landed);
      const both = await Promise.allSettled([world.append('one'), world.append('two')]);
      expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(world.journal.healthy).toBe(false);
      // Not at once: a dying disk is not hammered with whole segments.
      world.disk.breaks(0);
      await expect(world.append('too soon')).rejects.toMatchObject(unavailable);
      world.wait();
      await world.append('three');
      expect(world.journal.healthy).toBe(true);
      await world.journal.close();
      const texts = world.texts();
      expect(texts.filter((text) => ['zero', 'three'].includes(text))).toEqual(['zero', 'three']);
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  it('leaves nothing behind that a restart would take for damage', async () => {
    for (const landed of landings) {
      const world = await World.open();
      world.disk.keepsTails = true;
      await world.append('zero');
      world.disk.breaks(1_000, 'EIO', landed);
      await expect(world.append('one')).rejects.toMatchObject(unavailable);
      await world.journal.close();
      world.disk.breaks(0);
      await world.reopen();
      await world.append('two');
      await world.journal.close();
      expect(world.texts().filter((text) => text !== 'one')).toEqual(['zero', 'two']);
    }
  });

  it('gives its room back, so that a disk that fails again and again is not filled', async () => {
    const world = await World.open();
    await world.append('zero');
    world.disk.breaks(1_000);
    for (let tries = 0; tries < 20; tries += 1) {
      await expect(world.append('again')).rejects.toMatchObject(unavailable);
      world.wait();
    }
    expect(world.segments().length).toBeLessThan(3);
  });
});

describe('a change of segment that fails', () => {
  it.each(['failRenames', 'failFolderSyncs'] as const)(
    'is tried again, and no segment is missing or written twice (%s)',
    async (what) => {
      const world = await World.open();
      const names = Array.from({ length: 60 }, (_, at) => `${at}:${'x'.repeat(1_000)}`);
      for (const text of names) {
        await world.append(text);
        world.follow(7);
      }
      world.disk[what] = 1;
      const refused: string[] = [];
      const taken: string[] = [];
      for (let at = 60; at < 140; at += 1) {
        const text = `${at}:${'x'.repeat(1_000)}`;
        await world.append(text).then(
          () => taken.push(text),
          () => refused.push(text),
        );
        world.follow(7);
        if (refused.length > 2) world.wait();
      }
      expect(refused.length).toBeLessThan(10);
      expect(world.journal.healthy).toBe(true);
      await world.journal.close();
      world.follow();
      expect(world.followed).toEqual([...names, ...taken]);
      expect(world.texts()).toEqual([...names, ...taken]);
    },
  );
});

describe('a full disk', () => {
  it.each(['full', 'fullUnseen'] as const)(
    'refuses without losing anything, and goes on by itself when there is room (%s) [AUD-01]',
    async (how) => {
      const world = await World.open();
      await world.append('first');
      world.disk[how] = true;
      expect(await world.fillUp()).toBeGreaterThan(segmentBytes / 2);
      expect(world.journal.healthy).toBe(false);
      await expect(world.append('no')).rejects.toMatchObject(unavailable);
      world.disk[how] = false;
      world.wait();
      await world.append('room again');
      expect(world.journal.healthy).toBe(true);
      await world.journal.close();
      const texts = world.texts();
      expect([texts[0], texts.at(-1)]).toEqual(['first', 'room again']);
      expect(texts).not.toContain('no');
    },
  );

  it('is seen before the last segment is full, and what fits is still taken', async () => {
    const world = await World.open();
    world.disk.full = true;
    let taken = 0;
    for (; world.journal.healthy && taken < 100; taken += 1) await world.append('x'.repeat(1_000));
    expect(taken).toBeLessThan(30);
    await expect(world.append('fits still')).resolves.toBeDefined();
    world.disk.full = false;
    world.wait();
    await world.append('room again');
    for (let at = 0; at < 100; at += 1) await world.append('x'.repeat(1_000));
    expect(world.journal.healthy).toBe(true);
    await world.journal.close();
  });

  it('is well again when there is room, also while nothing is written', async () => {
    const world = await World.open();
    world.disk.full = true;
    await world.fillUp();
    world.wait();
    expect(world.journal.healthy).toBe(false);
    world.disk.full = false;
    // The look is begun by whoever asks, and takes as long as a segment takes to write.
    await vi.waitFor(() => {
      world.wait();
      expect(world.journal.healthy).toBe(true);
    });
    await world.append('room again');
    expect(world.journal.healthy).toBe(true);
    await world.journal.close();
    expect(world.journal.healthy).toBe(false);
  });

  it('still takes what may use the space set aside, and nothing else may [MON-17]', async () => {
    const world = await World.open();
    world.disk.full = true;
    await world.fillUp();
    for (let at = 0; at < 3; at += 1) {
      const both = [world.append(`ordinary ${at}`), world.append(`stop ${at}`, true)];
      const settled = await Promise.allSettled(both);
      expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    }
    expect(world.journal.healthy).toBe(false);
    expect(await world.fillUp(true)).toBeGreaterThan(reserveBytes / 2);
    world.disk.full = false;
    world.wait();
    await world.append('room again');
    await world.journal.close();
    const texts = world.texts().filter((text) => !text.startsWith('x'));
    expect(texts).toEqual(['stop 0', 'stop 1', 'stop 2', 'room again']);
  });

  it('sets the same space aside again once there is room', async () => {
    const world = await World.open();
    for (let times = 0; times < 3; times += 1) {
      world.disk.full = true;
      await world.fillUp();
      expect(await world.fillUp(true)).toBeGreaterThan(reserveBytes / 2);
      world.disk.full = false;
      world.wait();
      await world.append('room again');
      // The reserve is made beside the records; a second one makes sure that it is there.
      world.wait();
      await world.append('and again');
      await world.journal.close();
      await world.reopen();
    }
    await world.journal.close();
  });

  it('lets a journal that was here before open, and keep what takes privilege away', async () => {
    const world = await World.open();
    await world.append('before');
    await world.journal.close();
    world.disk.full = true;
    await world.reopen();
    expect(world.journal.healthy).toBe(false);
    await expect(world.append('ordinary')).rejects.toMatchObject(unavailable);
    await world.append('stop', true);
    world.disk.full = false;
    world.wait();
    await world.append('after');
    expect(world.journal.healthy).toBe(true);
    await world.journal.close();
    expect(world.texts()).toEqual(['before', 'stop', 'after']);
  });

  it('does not open where not even the first segment fits', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'journal-faults-'));
    folders.push(folder);
    const disk = new FaultyDisk();
    disk.fullUnseen = true;
    await expect(openJournal({ folder, segmentBytes, fs: disk.io })).rejects.toThrow('ENOSPC');
  });

  it('sets as much aside as the limit says, in a segment of its own size', async () => {
    const world = await World.open();
    await world.journal.close();
    const folder = mkdtempSync(join(tmpdir(), 'journal-faults-'));
    folders.push(folder);
    const journal = await openJournal({ folder });
    const reader = new FaultyDisk().io;
    const fd = reader.open(join(folder, 'reserve'), 0);
    expect(reader.size(fd)).toBe(limits.journalReserveBytes);
    reader.close(fd);
    const segment = reader.open(join(folder, '000000000001.wal'), 0);
    expect(reader.size(segment)).toBe(limits.journalFirstBytes);
    reader.close(segment);
    await journal.close();
  });
});

type Step =
  | { readonly do: 'append'; readonly sizes: readonly number[]; readonly reserved: boolean }
  | { readonly do: 'break'; readonly times: number; readonly code: string; readonly landed: Landed }
  | { readonly do: 'fault'; readonly what: 'failRenames' | 'failFolderSyncs' | 'shortWrites' }
  | { readonly do: 'full'; readonly full: boolean }
  | { readonly do: 'tails'; readonly kept: boolean }
  | { readonly do: 'follow'; readonly limit: number; readonly restart: boolean }
  | { readonly do: 'wait' }
  | { readonly do: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sizes: fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 6 }),
      reserved: fc.boolean(),
    }),
  },
  fc.record({
    do: fc.constant('break' as const),
    times: fc.integer({ min: 0, max: 3 }),
    code: fc.constantFrom('EIO', 'ENOSPC'),
    landed: fc.constantFrom(...landings),
  }),
  fc.record({
    do: fc.constant('fault' as const),
    what: fc.constantFrom('failRenames', 'failFolderSyncs', 'shortWrites'),
  }),
  fc.record({ do: fc.constant('full' as const), full: fc.boolean() }),
  fc.record({ do: fc.constant('tails' as const), kept: fc.boolean() }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('follow' as const),
      limit: fc.integer({ min: 1, max: 9 }),
      restart: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
  fc.record({ do: fc.constant('reopen' as const) }),
);

const steps = fc.array(step, { minLength: 10, maxLength: 60 });

/** Runs the steps; the names of what was acknowledged, in order. */
async function run(world: World, made: readonly Step[]): Promise<string[]> {
  const acknowledged: string[] = [];
  let name = 0;
  for (const one of made) {
    if (one.do === 'append') {
      const texts = one.sizes.map((size) => `${(name += 1)}:${'x'.repeat(size)}`);
      await Promise.all(
        texts.map((text, at) =>
          world.append(text, one.reserved && at % 2 === 0).then(
            () => acknowledged.push(text),
            (fault: unknown) => expect(fault).toMatchObject(unavailable),
          ),
        ),
      );
    } else if (one.do === 'break') world.disk.breaks(one.times, one.code, one.landed);
    else if (one.do === 'fault') world.disk[one.what] = 1;
    else if (one.do === 'full') world.disk.full = one.full;
    else if (one.do === 'tails') world.disk.keepsTails = one.kept;
    else if (one.do === 'follow') world.follow(one.limit, one.restart);
    else if (one.do === 'wait') world.wait();
    else await again(world);
  }
  return acknowledged;
}

/** A restart finds the disk well, as the process that failed to start would be started again. */
async function again(world: World): Promise<void> {
  await world.journal.close();
  world.disk.breaks(0);
  world.disk.failRenames = world.disk.failFolderSyncs = world.disk.shortWrites = 0;
  world.wait();
  await world.reopen();
}

describe('any mixture of faults', () => {
  it('loses nothing acknowledged, doubles nothing and keeps the order, for all who read [AUD-01, AUD-03]', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        fc.boolean(),
        async (made, coins, releases) => {
          const world = await World.open(releases);
          world.disk.onFailure = () => world.follow(coins.next().value);
          const acknowledged = await run(world, made);
          world.disk.full = false;
          await again(world);
          await world.append('last');
          expect(world.journal.healthy).toBe(true);
          await world.journal.close();
          world.follow();
          expect(world.disk.writesAfterFailure).toBe(0);
          const known = new Set([...acknowledged, 'last']);
          for (const seen of releases ? [world.followed] : [world.texts(), world.followed]) {
            expect(new Set(seen).size).toBe(seen.length);
            expect(seen.filter((text) => known.has(text))).toEqual([...acknowledged, 'last']);
          }
          rmSync(world.folder, { recursive: true, force: true });
        },
      ),
      { numRuns: 80 },
    );
  }, 120_000);
});

describe('the fault of a disk', () => {
  it('is told apart: a full one needs room, any other one needs a look', async () => {
    const world = await World.open();
    await world.append('zero');
    world.disk.full = true;
    await world.fillUp();
    await expect(world.append('no')).rejects.toMatchObject({
      message: 'there is no room on disk for the record',
    });
    const other = await World.open();
    other.disk.breaks(1_000);
    await expect(other.append('no')).rejects.toMatchObject({
      message: 'the disk does not take the record',
      cause: errno('EIO'),
    });
  });
});
