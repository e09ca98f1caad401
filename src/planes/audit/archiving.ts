import type { LogArchive, OverlaidName } from '#contracts/log-archive.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { OpenedCheckpoint } from '#tlog/index.ts';
import { directoryClass } from './noted-logs.ts';
import { AnchorShipping } from './archived-anchors.ts';
import { archivedTo, ReadHeads } from './archived-heads.ts';
import { type LogToArchive, placeOf, shipLog } from './archived-log.ts';
import { type KeepingParts, LockExtending } from './extended-archive.ts';

/** How far one log is archived. */
export interface ArchivedTo {
  readonly tenant: string;
  readonly retention: string;
  readonly writer: string;
  readonly size: number;
  /** Records `[0, archivedTo)` are in the archive, under a signed head that is there too. */
  readonly archivedTo: number;
  /** For how long there has been something that is not. */
  readonly behindMs: number;
}

export interface ArchiveHealth {
  /** Undefined where no archive was named. */
  readonly where: string | undefined;
  readonly enforcedBy: string;
  readonly logs: readonly ArchivedTo[];
  /** Of single logs: what is here is not what was archived, or cannot be. */
  readonly faults: readonly { readonly tenant: string; readonly why: string }[];
  /** Why the archive takes nothing, and when it is tried again; undefined while it does. */
  readonly away: { readonly why: string; readonly retryMs: number } | undefined;
}

export interface Archiving {
  /** Records `[0, n)` of the log at this place are there. */
  readonly archivedTo: (place: string) => number;
  readonly health: () => ArchiveHealth;
  /** Ships what is due; one run at a time. Nothing waits for it. */
  look(): Promise<void>;
  /** Ends the run at its next step. */
  stop(): void;
}

export interface ArchivingParts {
  readonly archive: LogArchive;
  /** Every log of the data folder, those that others succeeded too. */
  readonly logs: () => readonly LogToArchive[];
  /** Until when something that is put now is kept at least. */
  readonly retainUntil: (log: LogToArchive) => number | undefined;
  /** What is there already is kept longer where the promise became longer. */
  readonly keeping: KeepingParts;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly turn: () => Promise<void>;
}

export const noArchive: Archiving = {
  archivedTo: () => 0,
  health: () => ({ where: undefined, enforcedBy: '', logs: [], faults: [], away: undefined }),
  look: async () => undefined,
  stop: () => undefined,
};

/** Off the path: whatever the archive does, records go on, and what it lacks waits in the log. */
export function createArchiving(parts: ArchivingParts): Archiving {
  const book = new ArchiveBook(parts);
  let running: Promise<void> | undefined;
  return {
    archivedTo: (place) => book.archivedTo(place),
    health: () => book.health(),
    look: () => (running ??= book.look().finally(() => (running = undefined))),
    stop: () => book.stop(),
  };
}

interface Kept {
  readonly log: Pick<LogToArchive, 'tenant' | 'retention' | 'writer'>;
  /** What the archive has; undefined where it has nothing. */
  head: OpenedCheckpoint | undefined;
  size: number;
  /** When the last head was put, and since when there is more than it speaks for. */
  putAt: number | undefined;
  since: number | undefined;
}

interface Due {
  readonly log: LogToArchive;
  readonly head: OpenedCheckpoint;
  readonly kept: Kept;
}

function isDirectory({ retention }: LogToArchive): boolean {
  return retention === directoryClass;
}

class Stopped extends Error {}

class ArchiveBook {
  readonly #parts: ArchivingParts;
  readonly #anchors: AnchorShipping;
  readonly #extending: LockExtending;
  readonly #heads = new ReadHeads();
  readonly #kept = new Map<string, Kept>();
  readonly #faults = new Map<string, { readonly tenant: string; readonly why: string }>();
  /** What somebody laid over what was put; nothing waits for it, and it stays told until control starts again. */
  readonly #overlaid = new Map<string, { readonly tenant: string; readonly why: string }>();
  #away: { readonly why: string; readonly until: number } | undefined;
  #failures = 0;
  #stopped = false;

  constructor(parts: ArchivingParts) {
    this.#parts = parts;
    this.#anchors = new AnchorShipping(parts);
    const { archive, clock, keeping } = parts;
    this.#extending = new LockExtending({ ...keeping, archive, clock, turn: () => this.#turn() });
  }

  stop(): void {
    this.#stopped = true;
  }

  archivedTo(place: string): number {
    return this.#kept.get(place)?.head?.size ?? 0;
  }

  health(): ArchiveHealth {
    const { archive, clock } = this.#parts;
    const now = clock.monotonic();
    const away = this.#away;
    return {
      where: archive.where,
      enforcedBy: archive.enforcedBy,
      logs: [...this.#kept.values()].map(({ log, head, size, since }) => ({
        tenant: log.tenant,
        retention: log.retention,
        writer: log.writer,
        size,
        archivedTo: head?.size ?? 0,
        behindMs: since === undefined ? 0 : now - since,
      })),
      faults: [...this.#faults.values(), ...this.#overlaid.values()],
      away:
        away === undefined
          ? undefined
          : { why: away.why, retryMs: Math.max(0, Math.ceil(away.until - now)) },
    };
  }

  /**
   * INVARIANT: what is wrong with one log hides no other; an archive that is away is asked once a round. And what a
   * directory there says of the others is never ahead of them: its head is taken before they are brought to their
   * ends, and put behind them.
   */
  async look(): Promise<void> {
    const { clock, logs } = this.#parts;
    if (this.#away !== undefined && clock.monotonic() < this.#away.until) return this.#measure();
    const all = logs();
    this.#forgetFaults(all);
    const noted: Due[] = [];
    const isWell = await this.#each(all.filter(isDirectory), async (log) => {
      const due = await this.#due(log, 'if it is time');
      if (due !== undefined) noted.push(due);
    });
    const tenants = new Set(noted.map(({ log }) => log.tenant));
    const areBrought =
      isWell &&
      (await this.#each(
        all.filter((log) => !isDirectory(log)),
        async (log) => {
          const when = tenants.has(log.tenant) ? 'to its end' : 'if it is time';
          const due = await this.#due(log, when);
          if (due !== undefined) await this.#ship(due);
        },
      ));
    if (!areBrought) return;
    await this.#each(
      noted.map(({ log }) => log),
      async (log) => {
        if ([...this.#faults.values()].some(({ tenant }) => tenant === log.tenant)) return;
        for (const due of noted) if (due.log === log) await this.#ship(due);
      },
    );
    const whole = all.filter((log) => !this.#faults.has(placeOf(log)));
    await this.#each(whole, async (log) => {
      await this.#anchors.look(log, this.archivedTo(placeOf(log)));
      await this.#extending.look(log, this.archivedTo(placeOf(log)));
    });
  }

  /**
   * Of a log that is not there any more nothing can mend the fault, and it would keep the directory of its tenant from
   * the archive for ever. That it is gone is said by that directory.
   */
  #forgetFaults(listed: readonly LogToArchive[]): void {
    const places = new Set(listed.map(placeOf));
    for (const place of this.#faults.keys()) if (!places.has(place)) this.#faults.delete(place);
    this.#heads.forgetOthers(places);
  }

  async #turn(): Promise<void> {
    await this.#parts.turn();
    if (this.#stopped) throw new Stopped();
  }

  /** False where the archive is away or the run is to end: nothing more of it is done. */
  async #each(
    logs: readonly LogToArchive[],
    act: (log: LogToArchive) => Promise<void>,
  ): Promise<boolean> {
    for (const log of logs) {
      if (this.#stopped) return false;
      try {
        await act(log);
        this.#faults.delete(placeOf(log));
        this.#away = undefined;
        this.#failures = 0;
      } catch (fault) {
        if (fault instanceof Stopped) return false;
        if (isAway(fault)) {
          this.#leave(fault);
          return false;
        }
        const why = fault instanceof Error ? fault.message : String(fault);
        this.#faults.set(placeOf(log), { tenant: log.tenant, why });
      }
    }
    return true;
  }

  async #due(log: LogToArchive, when: 'if it is time' | 'to its end'): Promise<Due | undefined> {
    const kept = this.#kept.get(placeOf(log)) ?? (await this.#begin(log));
    const head = this.#measured(log, kept, when);
    if (head === undefined) return undefined;
    const isNew = head.size !== (kept.head?.size ?? 0);
    return (when === 'to its end' && isNew) || this.#isDue(kept, head)
      ? { log, head, kept }
      : undefined;
  }

  async #ship({ log, head, kept }: Due): Promise<void> {
    const { archive, clock, keeping, retainUntil } = this.#parts;
    const { minimumMs } = keeping.promise(log);
    const before = kept.head;
    const turn = () => this.#turn();
    await shipLog(log, { head, before }, { archive, retainUntil: retainUntil(log), turn });
    kept.head = head;
    kept.putAt = clock.monotonic();
    kept.since = kept.size > head.size ? clock.monotonic() : undefined;
    await this.#extending.shipped(log, { minimumMs, from: before?.size ?? 0, to: head.size });
  }

  /** What an earlier life put is found there. */
  async #begin(log: LogToArchive): Promise<Kept> {
    const { tenant, retention, writer } = log;
    const { archive } = this.#parts;
    const overlaid = await archive.overlaid(`${placeOf(log)}/`);
    if (overlaid.length > 0)
      this.#overlaid.set(placeOf(log), { tenant, why: overlaidText(overlaid) });
    const head = await archivedTo(archive, log);
    const kept: Kept = {
      log: { tenant, retention, writer },
      head,
      size: 0,
      putAt: undefined,
      since: undefined,
    };
    this.#kept.set(placeOf(log), kept);
    return kept;
  }

  #measured(
    log: LogToArchive,
    kept: Kept,
    when: 'if it is time' | 'to its end' = 'if it is time',
  ): OpenedCheckpoint | undefined {
    const head = this.#heads.toShip(log, kept.head?.size ?? 0, when === 'to its end');
    if (head === undefined && kept.head === undefined) return undefined;
    kept.size = Math.max(head?.size ?? 0, 0);
    const isBehind = kept.size > (kept.head?.size ?? 0);
    kept.since = isBehind ? (kept.since ?? this.#parts.clock.monotonic()) : undefined;
    return head;
  }

  /** While it is away the lag is told all the same. */
  #measure(): void {
    for (const log of this.#parts.logs()) {
      const kept = this.#kept.get(placeOf(log));
      if (kept !== undefined) this.#measured(log, kept);
    }
  }

  /** Each head costs a bundle that is not full: one is put for many records, or after a while. */
  #isDue(kept: Kept, head: OpenedCheckpoint): boolean {
    const ahead = head.size - (kept.head?.size ?? 0);
    // Shorter than the archive: shipping says so.
    if (ahead !== 0 && (ahead < 0 || kept.head === undefined)) return true;
    if (ahead >= limits.archiveRecords) return true;
    const since = kept.putAt ?? kept.since;
    return (
      ahead > 0 &&
      since !== undefined &&
      this.#parts.clock.monotonic() - since >= limits.archiveEdgeMs
    );
  }

  #leave(fault: Error): void {
    const wait = Math.min(limits.archiveEveryMs * 2 ** this.#failures, limits.archiveRetryMs);
    this.#failures += 1;
    this.#away = { why: fault.message, until: this.#parts.clock.monotonic() + wait };
    this.#measure();
  }
}

function overlaidText(overlaid: readonly OverlaidName[]): string {
  const [first] = overlaid;
  return `somebody with a credential of the archive laid something over ${overlaid.length} names there, the first is \`${first?.name}\` (${first?.how}); what was put first is kept`;
}

function isAway(fault: unknown): fault is BailiwickError {
  return fault instanceof BailiwickError && fault.code === 'audit/archive-unavailable';
}
