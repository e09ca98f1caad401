import { z } from 'zod';
import type { LogArchive } from '#contracts/log-archive.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { idTime } from '#kernel/ids.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import { anchorFileOf, anchorFolder } from '#tlog/anchors/index.ts';
import {
  archivedHead,
  archivedSize,
  bodyDigestOf,
  bundlePath,
  decodeBundle,
  headFolders,
  levelCount,
  packPath,
  payloadPath,
  prunedFile,
  recordIdOf,
  secondVkeyFile,
  tilePath,
  tileWidth,
  widthOf,
} from '#tlog/index.ts';
import { type LogToArchive, placeOf } from './archived-log.ts';

/** What the documents promise of the records of one log. */
export interface LogPromise {
  /** The longest that binds anything that is still within its time; 0 where nothing does. */
  readonly minimumMs: number;
  /** Until when a record that was made then must be kept; undefined where that is over. */
  readonly keptUntil: (madeAt: number) => number | undefined;
}

export interface KeepingParts {
  readonly promise: (log: LogToArchive) => LogPromise;
  /** A small file of this log, durable when it was written. */
  readonly noted: {
    read(log: LogToArchive): Uint8Array | undefined;
    write(log: LogToArchive, bytes: Uint8Array): Promise<void>;
  };
}

interface ExtendingParts extends KeepingParts {
  readonly archive: LogArchive;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly turn: () => Promise<void>;
}

/** Documents change seldom; and what is new goes first. */
const everyMs = 60_000;
const bundlesAtOnce = 256;

/** All that the archive has of records `[0, to)` is kept for `minimumMs` behind its newest record. */
interface Extended {
  readonly minimumMs: number;
  readonly to: number;
}

const shape = z.strictObject({
  schema: z.literal(1),
  minimumMs: z.int().min(0),
  to: z.int().min(0),
});

const nothingExtended: Extended = { minimumMs: 0, to: 0 };

/**
 * A promise that becomes longer reaches what an archive took under a shorter one. INVARIANT: how far that has come is
 * noted here and held against the archive's own word before it is believed; whoever forges or loses the note makes this
 * ask again, and keeps nothing shorter than the archive says.
 */
export class LockExtending {
  readonly #parts: ExtendingParts;
  readonly #known = new Map<string, Extended>();
  readonly #lookedAt = new Map<string, number>();

  constructor(parts: ExtendingParts) {
    this.#parts = parts;
  }

  /**
   * What was just put goes by the present promise: of what follows on what is noted nothing has to be asked. `minimumMs`
   * is what was promised before any of it was put.
   */
  async shipped(
    log: LogToArchive,
    { minimumMs, from, to }: { minimumMs: number; from: number; to: number },
  ): Promise<void> {
    if (minimumMs === 0) return;
    const before = await this.#extended(log);
    const isFirst = from === 0 && before.to === 0;
    const goesOn = before.minimumMs === minimumMs && before.to === from;
    if (isFirst || goesOn) await this.#note(log, { minimumMs, to });
  }

  /** Once in a while, and a part of what is due; the next look goes on from there. */
  async look(log: LogToArchive, archivedTo: number): Promise<void> {
    const now = this.#parts.clock.monotonic();
    const place = placeOf(log);
    if (now - (this.#lookedAt.get(place) ?? Number.NEGATIVE_INFINITY) < everyMs) return;
    const isDone = archivedTo === 0 || (await this.#goOn(log, archivedTo));
    if (isDone) this.#lookedAt.set(place, now);
  }

  async #goOn(log: LogToArchive, archivedTo: number): Promise<boolean> {
    const { minimumMs } = this.#parts.promise(log);
    const before = await this.#extended(log);
    const from = minimumMs > before.minimumMs ? 0 : before.to;
    if (minimumMs < before.minimumMs || minimumMs === 0 || from >= archivedTo) return true;
    const first = Math.floor(from / tileWidth);
    const last = Math.ceil(archivedTo / tileWidth);
    const end = Math.min(last, first + bundlesAtOnce);
    const heads = await this.#headsOf(log);
    for (let bundle = first; bundle < end; bundle += 1) {
      await this.#parts.turn();
      await this.#extendBundle(log, { bundle, size: archivedTo, heads });
    }
    if (end === last) await this.#extendRest(log, archivedTo);
    await this.#note(log, { minimumMs, to: Math.min(archivedTo, end * tileWidth) });
    return end === last;
  }

  async #extendBundle(
    log: LogToArchive,
    { bundle, size, heads }: { bundle: number; size: number; heads: readonly number[] },
  ): Promise<void> {
    const width = widthOf(size, 0, bundle);
    const entries = await this.#entries(log, bundle, width);
    const until = this.#untilOf(log, entries);
    if (until === undefined) return;
    const must = [bundlePath(bundle, width), tilePath(0, bundle, width)];
    const named = entries.flatMap((entry) => bodyDigestOf(entry) ?? []);
    const may = [packPath(bundle, width), ...named.map(payloadPath)];
    for (const path of must) await this.#extend(log, path, until);
    for (const path of [...may, ...tilesEndingAt(bundle, width)]) {
      await this.#extend(log, path, until, 'may be missing');
    }
    const inIt = heads.filter((of) => Math.ceil(of / tileWidth) - 1 === bundle);
    for (const of of inIt) {
      for (const path of edgeOf(of)) await this.#extend(log, path, until, 'may be missing');
    }
  }

  /** What is of no bundle: it goes by the newest record. */
  async #extendRest(log: LogToArchive, size: number): Promise<void> {
    const { archive } = this.#parts;
    const place = placeOf(log);
    const bundle = Math.ceil(size / tileWidth) - 1;
    const until = this.#untilOf(log, await this.#entries(log, bundle, widthOf(size, 0, bundle)));
    if (until === undefined) return;
    const others = [
      ...(await archive.list(`${place}/${headFolders.witnessed}/`)),
      ...(await archive.list(`${place}/${anchorFolder}/`)),
    ].filter((name) => (archivedSize(name) ?? anchorSize(name)) <= size);
    const paths = others.map((name) => name.slice(place.length + 1));
    for (const path of ['vkey', secondVkeyFile, prunedFile, ...paths]) {
      await this.#extend(log, path, until, 'may be missing');
    }
  }

  async #extend(
    log: LogToArchive,
    path: string,
    until: number,
    missing: 'is a fault' | 'may be missing' = 'is a fault',
  ): Promise<void> {
    const found = await this.#parts.archive.extend(`${placeOf(log)}/${path}`, until);
    if (found === 'missing' && missing === 'is a fault') throw lacks(log, path);
  }

  /** Where they are over here the archive alone has them. Of records that were gone before it began there are none. */
  async #entries(log: LogToArchive, bundle: number, width: number): Promise<Uint8Array[]> {
    const own = log.read(bundlePath(bundle, width)) ?? log.read(bundlePath(bundle));
    const name = `${placeOf(log)}/${bundlePath(bundle, width)}`;
    const bytes = own ?? (await this.#parts.archive.read(name));
    return bytes === undefined ? [] : decodeBundle(bytes).slice(0, width);
  }

  /** Of the newest of them; undefined where there is none, or its time is over. */
  #untilOf(log: LogToArchive, entries: readonly Uint8Array[]): number | undefined {
    const times = entries.flatMap((entry) => {
      const id = recordIdOf(entry);
      return id === undefined ? [] : [idTime(id)];
    });
    if (times.length === 0) return undefined;
    return this.#parts.promise(log).keptUntil(Math.max(...times));
  }

  async #headsOf(log: LogToArchive): Promise<readonly number[]> {
    const names = await this.#parts.archive.list(`${placeOf(log)}/${headFolders.signed}/`);
    return names.flatMap((name) => archivedSize(name) ?? []).sort((one, other) => one - other);
  }

  async #extended(log: LogToArchive): Promise<Extended> {
    const known = this.#known.get(placeOf(log));
    if (known !== undefined) return known;
    const noted = readNote(this.#parts.noted.read(log));
    const believed = (await this.#isSo(log, noted)) ? noted : nothingExtended;
    this.#known.set(placeOf(log), believed);
    return believed;
  }

  /** By its first and its last full bundle: a note of another archive, or of an earlier one, says something else. */
  async #isSo(log: LogToArchive, { minimumMs, to }: Extended): Promise<boolean> {
    const { archive, promise } = this.#parts;
    for (const bundle of new Set([0, Math.floor(to / tileWidth) - 1])) {
      if (bundle < 0 || (bundle + 1) * tileWidth > to) continue;
      const entries = await this.#entries(log, bundle, tileWidth);
      const until = this.#untilOf(log, entries);
      if (until === undefined) continue;
      const short = Math.max(0, promise(log).minimumMs - minimumMs);
      const kept = await archive.retainedUntil(`${placeOf(log)}/${bundlePath(bundle)}`);
      if ((kept ?? 0) < until - short) return false;
    }
    return true;
  }

  async #note(log: LogToArchive, { minimumMs, to }: Extended): Promise<void> {
    await this.#parts.noted.write(log, canonicalBytes({ schema: 1, minimumMs, to }));
    this.#known.set(placeOf(log), { minimumMs, to });
  }
}

/** Tiles above the lowest that are whole with this bundle. */
function* tilesEndingAt(bundle: number, width: number): Generator<string> {
  if (width < tileWidth) return;
  let count = (bundle + 1) / tileWidth;
  for (let level = 1; Number.isInteger(count); level += 1) {
    yield tilePath(level, count - 1);
    count /= tileWidth;
  }
}

/** The head of one size, and what grew further behind it. */
function* edgeOf(size: number): Generator<string> {
  yield archivedHead('signed', size);
  const bundle = Math.floor(size / tileWidth);
  if (size % tileWidth > 0) {
    yield bundlePath(bundle, size % tileWidth);
    yield packPath(bundle, size % tileWidth);
  }
  for (let level = 0; level < levelCount(size); level += 1) {
    const index = Math.floor(Math.floor(size / tileWidth ** level) / tileWidth);
    const width = widthOf(size, level, index);
    if (width > 0) yield tilePath(level, index, width);
  }
}

function anchorSize(name: string): number {
  return anchorFileOf(name.slice(name.lastIndexOf('/') + 1))?.size ?? Number.POSITIVE_INFINITY;
}

/** What cannot be read is as good as nothing: it is asked again. */
function readNote(bytes: Uint8Array | undefined): Extended {
  if (bytes === undefined) return nothingExtended;
  try {
    const { minimumMs, to } = shape.parse(parseJson(bytes));
    return { minimumMs, to };
  } catch {
    return nothingExtended;
  }
}

function lacks(log: LogToArchive, path: string): BailiwickError {
  return new BailiwickError('audit/inconsistent', {
    message: `the archive has a head of \`${placeOf(log)}\` and lacks \`${path}\``,
  });
}
