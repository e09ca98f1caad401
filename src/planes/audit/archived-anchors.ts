import type { LogArchive } from '#contracts/log-archive.ts';
import type { Clock } from '#kernel/time.ts';
import { anchorFileOf, anchorFolder } from '#tlog/anchors/index.ts';
import { type LogToArchive, placeOf } from './archived-log.ts';

/** They come once in a while, and behind the head that they are of. */
const everyMs = 60_000;

interface Seen {
  readonly there: Set<string>;
  lookedAt: number;
}

interface AnchorShippingParts {
  readonly archive: LogArchive;
  readonly retainUntil: (log: LogToArchive) => number | undefined;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Brings to the archive what others outside noted of a log. */
export class AnchorShipping {
  readonly #parts: AnchorShippingParts;
  readonly #seen = new Map<string, Seen>();

  constructor(parts: AnchorShippingParts) {
    this.#parts = parts;
  }

  /** INVARIANT: nothing is put of more records than the archive has a head for: it would say that it lacks them. */
  async look(log: LogToArchive, archivedTo: number): Promise<void> {
    const { archive, retainUntil, clock } = this.#parts;
    const place = placeOf(log);
    const seen = this.#seen.get(place) ?? (await this.#begin(place));
    if (clock.monotonic() - seen.lookedAt < everyMs) return;
    for (const name of log.anchors()) {
      const path = `${anchorFolder}/${name}`;
      const size = anchorFileOf(name)?.size ?? Number.POSITIVE_INFINITY;
      const bytes = seen.there.has(name) || size > archivedTo ? undefined : log.read(path);
      if (bytes === undefined) continue;
      await archive.put({ name: `${place}/${path}`, bytes, retainUntil: retainUntil(log) });
      seen.there.add(name);
    }
    seen.lookedAt = clock.monotonic();
  }

  async #begin(place: string): Promise<Seen> {
    const prefix = `${place}/${anchorFolder}/`;
    const names = await this.#parts.archive.list(prefix);
    const there = new Set(names.map((name) => name.slice(prefix.length)));
    const seen: Seen = { there, lookedAt: Number.NEGATIVE_INFINITY };
    this.#seen.set(place, seen);
    return seen;
  }
}
