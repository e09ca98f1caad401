import type { OutboxDraft } from '#contracts/outbox.ts';
import type { OpenLabels, StoreMark } from '#contracts/store-mark.ts';
import type { Store } from '#contracts/store.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Clock } from '#kernel/time.ts';
import type { RatchetFile } from './file.ts';
import { readLogBreaks, type WriterBreak } from './log-ratchet.ts';
import {
  hasShedLabels,
  isAhead,
  keptLabels,
  type OpenBreak,
  openStoreRatchetFile,
  type StoreRatchetContent,
  whyPutBack,
} from './store-ratchet.ts';

export interface KeeperOptions {
  readonly store: Store;
  /** Beside the keys. */
  readonly folder: string;
  readonly tenant: string;
  readonly clock: Clock;
}

/** Keeps the ratchet of a store, and answers data that was put back. */
export interface RatchetKeeper {
  /** What nobody has looked at: data was put back, and everything is stopped over it. */
  open(): readonly OpenBreak[];
  /** Takes what grew into the ratchet, and answers logs that had to begin anew. */
  look(): Promise<void>;
}

export const ratchetActor = 'system/ratchet';

/** INVARIANT: resolves only when what does not fit has been answered; nothing is served before. */
export async function keepRatchet(options: KeeperOptions): Promise<RatchetKeeper> {
  const keeper = new Keeper(options);
  await keeper.begin();
  await keeper.look();
  return keeper;
}

class Keeper implements RatchetKeeper {
  readonly #options: KeeperOptions;
  readonly #file: RatchetFile<StoreRatchetContent>;
  #last: StoreRatchetContent | undefined;
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#file = openStoreRatchetFile(options.folder);
    this.#last = this.#file.read();
  }

  open(): readonly OpenBreak[] {
    return this.#last?.open ?? [];
  }

  async begin(): Promise<void> {
    const { store, clock } = this.#options;
    const mark = await store.marks.current();
    const labels = await store.marks.openLabels();
    const isShed = hasShedLabels(labels, this.#last);
    const why = whyPutBack(mark, this.#last) ?? (isShed ? 'store-behind' : undefined);
    if (why !== undefined) {
      const id = newId(clock.now());
      return this.#answer({ id, at: clock.now(), why, of: 'store' }, []);
    }
    // An earlier version kept no labels: those of the store are believed then.
    if (this.#last?.labels !== undefined) return;
    if (this.#last === undefined) await store.marks.keep(newId(clock.now()));
    this.#take(await store.marks.current(), { labels: keptLabels(labels) });
  }

  look(): Promise<void> {
    // Never the look that is under way: it may have read before what the caller did.
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = undefined;
      const done = this.#look();
      this.#running = done.catch(() => undefined);
      return done;
    });
    return this.#waiting;
  }

  async #look(): Promise<void> {
    const last = this.#last;
    if (last === undefined) return;
    const { store, folder } = this.#options;
    const mark = await store.marks.current();
    // Behind the mark: what is raised between the two is more than the mark says, and never less.
    if (isAhead(mark, last)) await this.#follow(mark, await store.marks.openLabels());
    for (const { writer, id, at, why, before } of readLogBreaks(folder)) {
      if (this.#last?.answered.includes(id) === true) continue;
      await this.#answer({ id, at, why, of: writer }, before);
    }
    await this.#close();
  }

  async #follow(mark: StoreMark, labels: OpenLabels): Promise<void> {
    if (!hasShedLabels(labels, this.#last)) return this.#take(mark, { labels: keptLabels(labels) });
    const at = this.#options.clock.now();
    await this.#answer({ id: newId(at), at, why: 'store-behind', of: 'store' }, []);
  }

  /**
   * Everything stops, then the epoch rises: what was granted before is void, and what a restore may
   * have lifted stays out of force until a person says otherwise. Written last: a crash before it
   * does all of it again.
   */
  async #answer(broken: OpenBreak, before: WriterBreak['before']): Promise<void> {
    const { store, clock, folder } = this.#options;
    const { epoch, overlay } = this.#last ?? { epoch: 0, overlay: 0 };
    await store.marks.lift({ epoch, overlay });
    const now = clock.now();
    const entry = {
      id: newId(now),
      target: { kind: 'all' },
      why: 'stop',
      by: ratchetActor,
      reason: reasonOf(broken),
      at: now,
    } as const;
    await store.overlay.add(entry, [this.#recordOf(broken, before, entry.reason)]);
    await store.grants.raiseEpoch();
    await store.marks.keep(newId(now));
    // Of what no ratchet names any more, nothing need be known.
    const named = new Set(readLogBreaks(folder).map(({ id }) => id));
    const earlier = (this.#last?.answered ?? []).filter((id) => named.has(id));
    const answered = [...earlier, broken.id];
    const open = [...this.open(), broken];
    const labels = keptLabels(await store.marks.openLabels());
    this.#take(await store.marks.current(), { answered, open, labels });
  }

  #recordOf(broken: OpenBreak, before: WriterBreak['before'], reason: string): OutboxDraft {
    const { tenant } = this.#options;
    const body: JsonObject = {
      type: 'stop.set',
      tenant,
      actors: [{ kind: 'system', name: ratchetActor }],
      details: {
        target: { kind: 'all' },
        reason,
        why: broken.why,
        of: broken.of,
        before: before.map((head) => ({ ...head })),
        epochRaised: true,
      },
    };
    return { id: broken.id, tenant, kind: 'record', body, at: broken.at };
  }

  /** A person released the stop, with a reason that is on record: that was the look. */
  async #close(): Promise<void> {
    if (this.open().length === 0) return;
    const { entries } = await this.#options.store.overlay.current();
    const stopped = entries.some(({ target, why }) => target.kind === 'all' && why === 'stop');
    if (stopped) return;
    this.#take(await this.#options.store.marks.current(), { open: [] });
  }

  #take(mark: StoreMark, change: Partial<StoreRatchetContent>): void {
    const { id, epoch, overlay, spent } = mark;
    const { answered = [], open = [], labels } = this.#last ?? {};
    const kept = { answered, open, ...(labels === undefined ? {} : { labels }) };
    this.#write({ schema: 1, id: id ?? '', epoch, overlay, spent, ...kept, ...change });
  }

  #write(next: StoreRatchetContent): void {
    this.#file.write(next);
    this.#last = next;
  }
}

function reasonOf({ of, why }: OpenBreak): string {
  const what = of === 'store' ? 'the store' : `the log of ${of}`;
  return `data was put back (${what}: ${why}); look into it, then release this stop with a reason`;
}
