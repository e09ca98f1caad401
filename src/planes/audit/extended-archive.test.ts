import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFolderArchive } from '#adapters/log-archive/folder/index.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import type { LogFrame } from '#contracts/log-store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { extendedNotes, logsToArchive, openLogWriter } from '#storage/tiles/index.ts';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { ReadHeads } from './archived-heads.ts';
import { createArchiving } from './archiving.ts';

const root = mkdtempSync(join(tmpdir(), 'bailiwick-extending-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const signer = makeSigner();
const day = 86_400_000;
const year = 366 * day;
// An archive in a folder judges by the real clock.
const began = Date.now();
let worlds = 0;

/** A log whose records have ids, an archive in a folder, and a promise that a test changes. */
class World {
  readonly #base = join(root, String((worlds += 1)));
  readonly log = join(this.#base, 'log');
  readonly note = join(this.log, 'main/standard/gw/archive-kept.json');
  readonly clock = new ManualClock();
  readonly archive: LogArchive;
  minimumMs = 30 * day;
  asked: string[] = [];
  /** After so many, the program is killed. */
  left = Number.POSITIVE_INFINITY;
  readonly #writer = openLogWriter({
    folder: join(this.log, 'main/standard/gw'),
    origin: 'bailiwick.local/main/standard/gw',
    signer,
  });
  #at = 0;
  archiving;

  constructor() {
    const folder = join(this.#base, 'archive');
    mkdirSync(folder, { recursive: true });
    this.archive = openFolderArchive(folder);
    this.archiving = this.open();
  }

  open() {
    const { archive } = this;
    return createArchiving({
      archive: {
        ...archive,
        extend: (name, until) => {
          if ((this.left -= 1) < 0) return Promise.reject(new Error('killed'));
          this.asked.push(name);
          return archive.extend(name, until);
        },
      },
      logs: logsToArchive(this.log, signer.publicKey),
      retainUntil: () => Date.now() + this.minimumMs,
      keeping: {
        promise: () => {
          const { minimumMs } = this;
          return { minimumMs, keptUntil: (madeAt) => madeAt + minimumMs };
        },
        noted: extendedNotes(this.log),
      },
      clock: this.clock,
      turn: async () => undefined,
    });
  }

  /** Each fifth with a sealed body, each sixtieth with a large one. */
  write(count: number): void {
    const frames: LogFrame[] = [];
    for (let n = 0; n < count; n += 1) {
      const at = this.#at++;
      const body = Buffer.alloc(at % 60 === 0 ? 9_000 : 40, `sealed ${at} `);
      const named = at % 5 === 0 ? { payload: { sha256: sha256Hex(body) } } : {};
      const record = { id: newId(began), n: at, ...named };
      const place = (offset: number) => ({ segment: 1, offset: at * 2 + offset + 1 });
      if (at % 5 === 0) frames.push({ kind: 'payload', bytes: body, position: place(0) });
      const bytes = Buffer.from(JSON.stringify(record));
      frames.push({ kind: 'leaf', bytes, position: place(1) });
    }
    this.#writer.append('ab'.repeat(16), frames);
    this.#writer.publish();
  }

  /** After long enough that whatever is new is due. */
  async later(): Promise<void> {
    this.clock.advance(limits.archiveEdgeMs);
    await this.archiving.look();
  }

  /** Of all that the archive has, what is kept less long than this from when the records were made. */
  async shorterThan(ms: number): Promise<string[]> {
    const shorter: string[] = [];
    for (const name of await this.archive.list('')) {
      if (((await this.archive.retainedUntil(name)) ?? 0) < began + ms) shorter.push(name);
    }
    return shorter;
  }
}

describe('a promise that becomes longer', () => {
  it('reaches every file that the archive took under a shorter one [AUD-06]', async () => {
    const world = new World();
    world.write(600);
    await world.archiving.look();
    world.write(40);
    await world.later();
    expect(await world.shorterThan(30 * day)).toEqual([]);
    world.minimumMs = 6 * year;
    expect(await world.shorterThan(6 * year)).toEqual(await world.archive.list(''));
    await world.later();
    expect(await world.shorterThan(6 * year)).toEqual([]);
    expect(world.archiving.health().faults).toEqual([]);
  });

  it('asks nothing of what was put under it, in this life and in the next', async () => {
    const world = new World();
    world.write(600);
    await world.archiving.look();
    world.minimumMs = year;
    await world.later();
    expect(world.asked.length).toBeGreaterThan(10);
    world.asked = [];
    world.write(400);
    await world.later();
    world.archiving = world.open();
    world.write(10);
    await world.later();
    await world.later();
    expect(world.asked).toEqual([]);
    expect(await world.shorterThan(year)).toEqual([]);
  });

  it('goes on where it was killed, and says what is wrong until then', async () => {
    const world = new World();
    world.write(600);
    await world.archiving.look();
    world.minimumMs = year;
    world.left = 7;
    await world.later();
    expect(world.archiving.health().faults).toMatchObject([{ why: 'killed' }]);
    world.left = Number.POSITIVE_INFINITY;
    world.archiving = world.open();
    await world.later();
    expect(await world.shorterThan(year)).toEqual([]);
    expect(world.archiving.health().faults).toEqual([]);
  });

  it('believes its note only while the archive says the same: a forged one changes nothing', async () => {
    const world = new World();
    world.write(600);
    await world.archiving.look();
    world.minimumMs = 6 * year;
    const noted = JSON.parse(readFileSync(world.note, 'utf8')) as object;
    writeFileSync(world.note, JSON.stringify({ ...noted, minimumMs: world.minimumMs }));
    world.archiving = world.open();
    await world.later();
    expect(await world.shorterThan(6 * year)).toEqual([]);
    writeFileSync(world.note, 'nonsense');
    world.asked = [];
    world.archiving = world.open();
    await world.later();
    expect(world.asked.length).toBeGreaterThan(10);
  });

  it('comes back for what was put while it was shorter', async () => {
    const world = new World();
    world.minimumMs = year;
    world.write(300);
    await world.archiving.look();
    world.minimumMs = 30 * day;
    world.write(300);
    await world.later();
    expect(await world.shorterThan(year)).not.toEqual([]);
    world.minimumMs = year;
    await world.later();
    expect(await world.shorterThan(year)).toEqual([]);
  });
});

describe('heads that are looked at again and again', () => {
  it('are verified once while their bytes stay, and again for any other byte', () => {
    const world = new World();
    world.write(300);
    const [log] = logsToArchive(world.log, signer.publicKey)();
    if (log === undefined) throw new Error('there is no log');
    const heads = new ReadHeads();
    const first = heads.toShip(log, 0, false);
    expect(first?.size).toBe(300);
    expect(heads.toShip(log, 0, false)).toBe(first);
    const file = join(world.log, 'main/standard/gw/checkpoint');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.toString('utf8').replace('\n300\n', '\n299\n'));
    expect(() => heads.toShip(log, 0, false)).toThrow(/signature/u);
    writeFileSync(file, bytes);
    heads.forgetOthers(new Set());
    expect(heads.toShip(log, 0, false)).toEqual(first);
  });
});
