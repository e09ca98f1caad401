import type { KeptStops, StopDifference } from '#contracts/kept-stops.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { Store } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';
import { ratchetActor } from './keeper.ts';
import { keepRevocations, type Revocations } from './kept-revocations.ts';
import {
  differenceOf,
  isKept,
  isSameStop,
  type KeptStop,
  keyOf,
  openStopsFile,
  plain,
  type StopsContent,
  stopNamed,
} from './stops-file.ts';

export interface StopsParts {
  readonly store: Pick<Store, 'overlay' | 'outbox' | 'instances'>;
  readonly folder: string;
  /** Where it is on record that everything was stopped. */
  readonly tenant: string;
  readonly clock: Pick<Clock, 'now'>;
}

export interface OpenKeptStops extends KeptStops {
  /** INVARIANT: nothing adds to the overlay of the store, or releases of it, but through here. */
  readonly overlay: OverlayFeed;
  /** Once the ratchet of the store was looked at: what is put back raises the number that it compares. */
  begin(): Promise<void>;
}

type Entries = Map<string, KeptStop>;
type Differed = StopsContent['differed'];

const redMs = 86_400_000;
const redAtOnce = 100;

export function openKeptStops(parts: StopsParts): OpenKeptStops {
  return new StopsKeeper(parts);
}

/**
 * A stop stands in the file before it is in the store, and leaves it after it left the store: a crash between, or
 * a fault of either, is one stop more and never one less.
 */
class StopsKeeper implements OpenKeptStops {
  readonly overlay: OverlayFeed;
  readonly #parts: StopsParts;
  readonly #file: ReturnType<typeof openStopsFile>;
  readonly #turns = createTurns();
  readonly #isMissing: boolean;
  readonly #revocations: Revocations;
  #entries: Entries;
  #differed: Differed;
  /** What was added while the file could not be written: in force, and written with the next look. */
  #isBehind = false;
  /** Of what the store did not say whether it has it. */
  readonly #unsure = new Map<string, { entry: KeptStop; before: KeptStop | undefined }>();

  constructor(parts: StopsParts) {
    this.#parts = parts;
    this.#file = openStopsFile(parts.folder);
    const kept = this.#file.read();
    this.#isMissing = kept === undefined;
    this.#entries = new Map((kept?.entries ?? []).map((one) => [keyOf(one), one as KeptStop]));
    this.#differed = kept?.differed ?? [];
    this.#revocations = keepRevocations(parts.store.instances, this.#entries.values());
    const { overlay } = parts.store;
    this.overlay = {
      ...overlay,
      add: (entry: OverlayEntry, also) =>
        isKept(entry)
          ? this.#inTurn(() => this.#add(plain(entry), also))
          : overlay.add(entry, also),
      release: (ids, also) => this.#inTurn(() => this.#release(ids, also)),
    };
  }

  seen(tenant: string): readonly StopDifference[] {
    return this.#recent().filter(({ target }) => target.kind === 'all' || target.tenant === tenant);
  }

  /** An earlier version kept none: what the store has then is what there is, and that it was believed is told. */
  async begin(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#isMissing) await this.#believe();
      await this.#look();
    });
  }

  look(): Promise<void> {
    return this.#inTurn(() => this.#look());
  }

  async #believe(): Promise<void> {
    const { store, clock } = this.#parts;
    const there = (await store.overlay.current()).entries.filter(isKept);
    const old = there.filter((one) => !this.#entries.has(keyOf(one)));
    const byTenant = Map.groupBy(old, (one) => this.#tenantOf(one));
    await store.outbox.put(
      [...byTenant].map(([tenant, all]) =>
        oweRecord(
          this.#draft('stop.taken-over', tenant, {
            count: all.length,
            stops: all.slice(0, redAtOnce).map(stopNamed),
          }),
          clock.now(),
        ),
      ),
    );
    this.#write((entries) => {
      for (const one of old) entries.set(keyOf(one), one);
    });
  }

  async #add(entry: KeptStop, also?: readonly OutboxDraft[]): Promise<Overlay> {
    const key = keyOf(entry);
    const unsure = this.#unsure.get(key);
    const before = unsure === undefined ? this.#entries.get(key) : unsure.before;
    try {
      this.#write((entries) => entries.set(key, entry));
    } catch {
      // INVARIANT: what takes away waits for no file; it is in force, and kept from the next look on.
      this.#entries.set(key, entry);
      this.#isBehind = true;
    }
    try {
      const added = await this.#parts.store.overlay.add(entry, also);
      this.#unsure.delete(key);
      return this.#asStored(key, added);
    } catch (fault) {
      this.#unsure.set(key, { entry, before });
      await this.#askWhetherThere().catch(() => undefined);
      throw fault;
    }
  }

  /** Whoever wanted it heard that the store did not take it, and keeps it elsewhere. A crash meanwhile is one stop more. */
  async #askWhetherThere(): Promise<void> {
    for (const [key, { entry, before }] of this.#unsure) {
      await this.#unlessThere(entry, before);
      this.#unsure.delete(key);
    }
  }

  async #unlessThere(entry: KeptStop, before: KeptStop | undefined): Promise<void> {
    const { entries: there } = await this.#parts.store.overlay.current();
    if (there.some((one) => isSameStop(one, entry))) return;
    this.#write((entries) => {
      if (before === undefined) entries.delete(keyOf(entry));
      else entries.set(keyOf(entry), before);
    });
  }

  /** As the store says it, so that a value which it writes otherwise is no difference. */
  #asStored(key: string, overlay: Overlay): Overlay {
    const row = overlay.entries.find((one) => keyOf(one) === key);
    const kept = this.#entries.get(key);
    if (row !== undefined && isKept(row) && kept !== undefined && !isSameStop(row, kept)) {
      this.#entries.set(key, row);
      this.#isBehind = true;
    }
    return overlay;
  }

  async #release(ids: readonly string[], also?: readonly OutboxDraft[]): Promise<Overlay> {
    const released = await this.#parts.store.overlay.release(ids, also);
    const gone = [...this.#entries].filter(([, { id }]) => ids.includes(id));
    if (gone.length > 0) {
      this.#write((entries) => {
        for (const [key] of gone) entries.delete(key);
      });
    }
    return released;
  }

  async #look(): Promise<void> {
    await this.#askWhetherThere();
    const now = this.#parts.clock.now();
    const { entries } = await this.#parts.store.overlay.current();
    const there = new Map(entries.filter(isKept).map((one) => [keyOf(one), one]));
    for (const [key, entry] of this.#entries) {
      const row = there.get(key);
      there.delete(key);
      await this.#settle(key, entry, row, now);
    }
    for (const [key, row] of there) await this.#settle(key, undefined, row, now);
    if (this.#isBehind) this.#write(() => undefined);
    for (const one of await this.#revocations.undone(this.#entries.values())) {
      this.#note(one, 'unrevoked', now);
      await this.#parts.store.outbox.put([this.#differs(one, 'unrevoked')]);
      await this.#revocations.again(one);
    }
  }

  async #settle(
    key: string,
    entry: KeptStop | undefined,
    row: KeptStop | undefined,
    now: number,
  ): Promise<void> {
    if (entry === undefined) {
      if (row !== undefined) await this.#takeIn(key, row, now);
      return;
    }
    // Its time is over: one side may have forgotten it already.
    if (row === undefined && entry.until !== undefined && entry.until <= now) {
      this.#write((entries) => entries.delete(key));
      return;
    }
    if (row === undefined) return this.#putBack(entry, 'gone', now);
    if (isSameStop(row, entry)) return;
    // A gateway that speaks to the database itself says anew what it saw drift.
    if (entry.why === 'quarantine') this.#write((entries) => entries.set(key, row));
    else await this.#putBack(entry, 'changed', now);
  }

  /** INVARIANT: a stop that nobody decided stays in force as well; a gateway sets quarantines by itself. */
  async #takeIn(key: string, row: KeptStop, now: number): Promise<void> {
    if (row.why !== 'quarantine') {
      this.#note(row, 'unknown', now);
      await this.#parts.store.outbox.put([this.#differs(row, 'unknown')]);
    }
    this.#write((entries) => entries.set(key, row));
  }

  async #putBack(entry: KeptStop, why: 'gone' | 'changed', now: number): Promise<void> {
    const { overlay } = this.#parts.store;
    this.#note(entry, why, now);
    const draft = this.#differs(entry, why);
    const add = (one: KeptStop) => overlay.add(one, [draft]);
    const put = await add(entry).catch((fault: unknown) => {
      if (!(fault instanceof BailiwickError) || fault.code !== 'store/conflict') throw fault;
      // Somebody gave its id to another.
      return add({ ...entry, id: newId(now) });
    });
    this.#asStored(keyOf(entry), put);
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    return this.#turns.take('stops', step);
  }

  #recent(): Differed {
    const since = this.#parts.clock.now() - redMs;
    return this.#differed.filter(({ at }) => at > since);
  }

  /** Red, before anything is put right: a crash behind it finds the difference again. */
  #note(entry: KeptStop, why: StopDifference['why'], at: number): void {
    const one = differenceOf(entry, why, at);
    const others = this.#recent().filter(({ id, why: of }) => id !== one.id || of !== why);
    this.#differed = [...others, one].slice(-redAtOnce);
    try {
      this.#write(() => undefined);
    } catch {
      // INVARIANT: what is put back waits for no file either.
      this.#isBehind = true;
    }
  }

  #differs(entry: KeptStop, found: StopDifference['why']): OutboxDraft {
    const details = { ...stopNamed(entry), found };
    return oweRecord(
      this.#draft('stop.differs', this.#tenantOf(entry), details),
      this.#parts.clock.now(),
    );
  }

  #draft(type: RecordDraft['type'], tenant: string, details: JsonObject): RecordDraft {
    return { type, tenant, actors: [{ kind: 'system', name: ratchetActor }], details };
  }

  #tenantOf({ target }: KeptStop): string {
    return target.kind === 'all' ? this.#parts.tenant : target.tenant;
  }

  /** INVARIANT: nothing leaves what is kept that still stands in the file. */
  #write(change: (entries: Entries) => unknown): void {
    const next = new Map(this.#entries);
    change(next);
    this.#file.write({ schema: 1, entries: [...next.values()], differed: this.#differed });
    this.#entries = next;
    this.#isBehind = false;
  }
}
