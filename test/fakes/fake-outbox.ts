import type { Outbox, OutboxDraft, OwedDraft } from '#contracts/outbox.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';

/** The outbox in memory; it can lose the word that something was done, as a crash would. */
export class FakeOutbox implements Outbox {
  readonly #clock: Clock;
  readonly #owed = new Map<string, { readonly draft: OutboxDraft; readonly dueAt: number }>();
  readonly #listeners = new Set<() => void>();
  failDone = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async put(drafts: readonly OutboxDraft[]): Promise<void> {
    for (const draft of drafts) {
      const key = keyOf(draft);
      if (!this.#owed.has(key)) this.#owed.set(key, { draft, dueAt: draft.at });
    }
    for (const listener of this.#listeners) listener();
  }

  async due(limit: number): Promise<readonly OutboxDraft[]> {
    const now = this.#clock.now();
    return [...this.#owed.values()]
      .filter(({ dueAt }) => dueAt <= now)
      .toSorted((a, b) => a.dueAt - b.dueAt)
      .slice(0, limit)
      .map(({ draft }) => draft);
  }

  async done(drafts: readonly OwedDraft[]): Promise<void> {
    if (this.failDone) throw new BailiwickError('store/unavailable');
    for (const draft of drafts) this.#owed.delete(keyOf(draft));
  }

  async defer(drafts: readonly OwedDraft[], at: number): Promise<void> {
    for (const one of drafts) {
      const owed = this.#owed.get(keyOf(one));
      if (owed !== undefined) this.#owed.set(keyOf(one), { ...owed, dueAt: at });
    }
  }

  onPut(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function keyOf({ tenant, id }: OwedDraft): string {
  return `${tenant}\n${id}`;
}
