import type { OutboxDraft } from '#contracts/outbox.ts';
import type { OverlayFeed, OverlayListener } from '#contracts/overlay-feed.ts';
import { limits } from '#kernel/limits.ts';
import { isStop, type Overlay, type OverlayEntry, type StopEntry } from '#kernel/overlay.ts';
import { fileEntry } from '#kernel/stop-file.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { KeptIn, StopFile } from './door.ts';
import type { StopFileWatch } from './stop-file-watch.ts';

export interface UrgentStopsParts {
  /** The numbered overlay of the store. */
  readonly numbered: OverlayFeed;
  readonly file: StopFile;
  readonly watch: StopFileWatch;
  readonly clock: Clock;
}

export interface UrgentStops {
  readonly overlay: OverlayFeed;
  /** Where a stop is kept; one that is in memory alone is in force until control ends. */
  keptIn(id: string): KeptIn;
  /** Looks at the file, and tries again what could not be kept. To be called several times a second. */
  look(): Promise<void>;
}

interface Held {
  readonly entry: StopEntry;
  readonly also: readonly OutboxDraft[];
  /** Monotonic; undefined while it is nowhere else. */
  until: number | undefined;
}

/**
 * Stops beside the numbered overlay, so that none waits for a disk. A stop goes to the gateways from
 * memory first, then into the store; when the store does not take it, into the stop file, whose
 * room is kept. INVARIANT: the urgent list only subtracts, and a stop leaves it no sooner than every
 * gateway that serves holds the number that has it: one that does not by the end of the stop lease
 * denies everything.
 */
export function createUrgentStops(parts: UrgentStopsParts): UrgentStops {
  const list = new UrgentList(parts);
  return {
    overlay: {
      current: () => list.current(),
      add: (entry, also = []) => list.add(entry, also),
      release: (ids, also = []) => list.release(ids, also),
      subscribe: (listener) => list.subscribe(listener),
    },
    keptIn: (id) => list.keptIn(id),
    look: () => list.look(),
  };
}

class UrgentList {
  readonly #parts: UrgentStopsParts;
  readonly #held = new Map<string, Held>();
  readonly #inFile = new Set<string>();
  readonly #listeners = new Set<OverlayListener>();
  #number = 0;

  constructor(parts: UrgentStopsParts) {
    this.#parts = parts;
  }

  async current(): Promise<Overlay> {
    return this.#merged(await this.#parts.numbered.current());
  }

  async add(entry: OverlayEntry, also: readonly OutboxDraft[]): Promise<Overlay> {
    if (entry.why !== 'stop' || !isStop(entry)) {
      return this.#merged(await this.#parts.numbered.add(entry, also));
    }
    const held: Held = { entry, also, until: undefined };
    this.#held.set(entry.id, held);
    this.#announce();
    return this.#merged((await this.#keep(held)) ?? { number: this.#number, entries: [] });
  }

  async release(ids: readonly string[], also: readonly OutboxDraft[]): Promise<Overlay> {
    const { numbered, file, watch } = this.#parts;
    const lines = watch.lines.filter((line) => ids.includes(fileEntry(line).id));
    // What was set by file is on record before it is released by somebody else.
    if (lines.length > 0) await watch.settle();
    const inFile = new Set(lines.map((line) => fileEntry(line).id));
    const stored = ids.filter((id) => !inFile.has(id));
    const left = stored.length + also.length > 0 ? await numbered.release(stored, also) : undefined;
    if (lines.length > 0) {
      await file.remove(lines.map(({ target }) => target));
      watch.forget(lines.map(({ id }) => id));
      await watch.look();
    }
    for (const id of ids) this.#held.delete(id);
    this.#announce();
    return this.#merged(left ?? { number: this.#number, entries: [] });
  }

  subscribe(listener: OverlayListener): () => void {
    this.#listeners.add(listener);
    listener.urgent?.(this.#urgent());
    const stop = this.#parts.numbered.subscribe(listener);
    return () => {
      this.#listeners.delete(listener);
      stop();
    };
  }

  keptIn(id: string): KeptIn {
    const held = this.#held.get(id);
    if (held !== undefined && held.until === undefined) return 'memory';
    return this.#inFile.has(id) ? 'file' : 'store';
  }

  async look(): Promise<void> {
    for (const [id, held] of this.#held) {
      if (held.until === undefined) await this.#keep(held);
      else if (this.#parts.clock.monotonic() >= held.until) this.#held.delete(id);
    }
    if (await this.#parts.watch.look()) this.#announce();
  }

  /** Undefined when the store did not take it; then the file did, or it stays in memory. */
  async #keep(held: Held): Promise<Overlay | undefined> {
    const { numbered, clock } = this.#parts;
    try {
      const overlay = await numbered.add(held.entry, held.also);
      held.until = clock.monotonic() + limits.stopLeaseMs;
      return overlay;
    } catch {
      await this.#toFile(held.entry).catch(() => undefined);
      return undefined;
    }
  }

  async #toFile({ id, target, by, reason, at }: StopEntry): Promise<void> {
    const { file, watch } = this.#parts;
    await file.add(target, { by, reason, at: isoTime(at) });
    await watch.look();
    this.#inFile.add(id);
    this.#held.delete(id);
    this.#announce();
  }

  #urgent(): OverlayEntry[] {
    const { watch } = this.#parts;
    return [...[...this.#held.values()].map(({ entry }) => entry), ...watch.lines.map(fileEntry)];
  }

  #announce(): void {
    for (const listener of this.#listeners) listener.urgent?.(this.#urgent());
  }

  #merged({ number, entries }: Overlay): Overlay {
    this.#number = Math.max(this.#number, number);
    const known = new Set(entries.map(({ id }) => id));
    return {
      number: this.#number,
      entries: [...entries, ...this.#urgent().filter(({ id }) => !known.has(id))],
    };
  }
}
