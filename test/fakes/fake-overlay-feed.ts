import type { OverlayFeed, OverlayListener } from '#contracts/overlay-feed.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';

/** The overlay in memory: each method is one step, as a transaction would be. */
export class FakeOverlayFeed implements OverlayFeed {
  /** What its changes owe; written with each of them, or not at all. */
  readonly owed: OutboxDraft[] = [];
  #overlay: Overlay = { number: 0, entries: [] };

  async current(): Promise<Overlay> {
    return this.#overlay;
  }

  async add(entry: OverlayEntry, also: readonly OutboxDraft[] = []): Promise<Overlay> {
    this.owed.push(...also);
    const others = this.#overlay.entries.filter((one) => keyOf(one) !== keyOf(entry));
    return this.#next([...others, entry]);
  }

  async release(ids: readonly string[], also: readonly OutboxDraft[] = []): Promise<Overlay> {
    this.owed.push(...also);
    return this.#next(this.#overlay.entries.filter(({ id }) => !ids.includes(id)));
  }

  subscribe(listener: OverlayListener): () => void {
    listener.overlay(this.#overlay, 0);
    return () => undefined;
  }

  #next(entries: readonly OverlayEntry[]): Overlay {
    this.#overlay = { number: this.#overlay.number + 1, entries };
    return this.#overlay;
  }
}

function keyOf({ target, why }: OverlayEntry): string {
  const named = Object.entries(target).filter(([, value]) => value !== undefined);
  return `${canonicalText(Object.fromEntries<Json>(named))} ${why}`;
}
