import type { HoldBook } from '#contracts/hold-book.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import { type EffectiveRetention, effectiveRetention } from '#contracts/retention.ts';
import { idTime } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { Turns } from '#kernel/turns.ts';
import { bundlePath, tileWidth } from '#tlog/index.ts';
import { placeOf } from './archived-log.ts';
import type { LogPromise } from './extended-archive.ts';
import { directoryClass } from './noted-logs.ts';
import {
  type NotesFile,
  readNotes,
  type RetentionNotes,
  type RetentionRun,
  writeNotes,
} from './retention-notes.ts';
import type { PrunableLog } from './prunable-log.ts';
import { keepPromise, promisedMs, type Promised, promisedNow } from './promised-retention.ts';

export interface RetainingParts {
  /** Every log of the data folder. */
  readonly logs: () => readonly PrunableLog[];
  readonly snapshot: () => Snapshot | undefined;
  /** Undefined where there is none. */
  readonly archive:
    | (Pick<LogArchive, 'enforcedBy' | 'retainedUntil'> & {
        /** Records `[0, n)` of this log are there. */
        readonly archivedTo: (place: string) => number;
      })
    | undefined;
  readonly notes: NotesFile;
  /** Legal holds. */
  readonly holds: Pick<HoldBook, 'over'>;
  /** INVARIANT: of one tenant, no hold begins to hold while something is being taken, which it would come too late for. */
  readonly takings: Turns;
  /** Answers its id once it stands in a signed log. */
  readonly record: (draft: RecordDraft) => Promise<string>;
  readonly writer: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly turn: () => Promise<void>;
}

/** The front of one log whose time is over. */
export interface PrunePlan {
  readonly writer: string;
  readonly from: number;
  readonly to: number;
  /** `maximum`: they may not be kept any longer; `online`: from now on the archive alone has them. */
  readonly why: 'maximum' | 'online';
  readonly newest: number;
}

export interface RetentionShown {
  readonly retention: string;
  /** Undefined where no document says anything: nothing is taken away. */
  readonly effective: EffectiveRetention | undefined;
  /** The longest that was promised to records that are still here. */
  readonly promisedMs: number;
  readonly enforcedBy: readonly string[];
  readonly logs: readonly {
    readonly writer: string;
    readonly size: number;
    readonly begins: number;
  }[];
  readonly next: readonly PrunePlan[];
  readonly heldBy: readonly string[];
  readonly run: RetentionRun | undefined;
}

export interface Retaining {
  /** Takes away what is over; one run at a time. */
  look(): Promise<void>;
  show(tenant: string): Promise<readonly RetentionShown[]>;
  /** Until when something of these logs that an archive takes now is kept there at least. */
  retainUntil(log: { readonly tenant: string; readonly retention: string }): number | undefined;
  /** What the documents promise of records of these logs. */
  promise(log: { readonly tenant: string; readonly retention: string }): LogPromise;
}

export function createRetaining(parts: RetainingParts): Retaining {
  const keeper = new RetentionKeeper(parts);
  let running: Promise<void> | undefined;
  return {
    look: () => (running ??= keeper.look().finally(() => (running = undefined))),
    show: (tenant) => keeper.show(tenant),
    retainUntil: (log) => keeper.retainUntil(log),
    promise: (log) => keeper.promise(log),
  };
}

const dayMs = 86_400_000;
/** Said in every answer: it holds with and without an archive. */
const byUs = 'the store of this instance: no verb and no API takes records away before their time';

class RetentionKeeper {
  readonly #parts: RetainingParts;

  constructor(parts: RetainingParts) {
    this.#parts = parts;
  }

  async look(): Promise<void> {
    const snapshot = this.#parts.snapshot();
    // What is promised is not known before the documents are: nothing goes.
    if (snapshot === undefined) return;
    const logs = this.#logs();
    const faults: unknown[] = [];
    for (const inClass of Map.groupBy(logs, (log) => `${log.tenant}/${log.retention}`).values()) {
      // INVARIANT: what is wrong with one tenant's logs keeps no other's for longer than they may be kept.
      await this.#enforce(snapshot, inClass, logs).catch((fault: unknown) => {
        faults.push(fault);
      });
    }
    if (faults.length > 0) throw faults[0];
  }

  async show(tenant: string): Promise<readonly RetentionShown[]> {
    const logs = this.#logs().filter((log) => log.tenant === tenant);
    const shown: RetentionShown[] = [];
    for (const [retention, inClass] of Map.groupBy(logs, (log) => log.retention)) {
      const effective = this.#effective(this.#parts.snapshot(), { tenant, retention });
      const notes = this.#notes(tenant, retention);
      const now = this.#parts.clock.now();
      const next: PrunePlan[] = [];
      for (const log of inClass) {
        const plan = await this.#plan(log, effective, notes);
        if (plan.go !== undefined) next.push(plan.go);
      }
      shown.push({
        retention,
        effective,
        promisedMs: promisedNow(notes.promised, effective?.minimumMs ?? 0, now),
        enforcedBy: [byUs, ...this.#archiveWords()],
        logs: inClass.map((log) => ({
          writer: log.writer,
          size: log.size(),
          begins: log.pruned()?.to ?? 0,
        })),
        next,
        heldBy: await this.#heldBy(tenant, next),
        run: notes.run,
      });
    }
    return shown;
  }

  retainUntil(log: { readonly tenant: string; readonly retention: string }): number | undefined {
    const { minimumMs } = this.promise(log);
    return minimumMs === 0 ? undefined : this.#parts.clock.now() + minimumMs;
  }

  promise({ tenant, retention }: { readonly tenant: string; readonly retention: string }) {
    const now = this.#parts.clock.now();
    const effective = this.#effective(this.#parts.snapshot(), { tenant, retention });
    const { promised } = this.#notes(tenant, retention);
    const present = effective?.minimumMs ?? 0;
    return {
      minimumMs: promisedNow(promised, present, now),
      keptUntil: (madeAt: number) => {
        const until = madeAt + promisedMs(promised, madeAt, present);
        return until > now ? until : undefined;
      },
    };
  }

  /** Directories stay: they are small, and say of every log that there was one. */
  #logs(): readonly PrunableLog[] {
    return this.#parts.logs().filter(({ retention }) => retention !== directoryClass);
  }

  #archiveWords(): string[] {
    const { archive } = this.#parts;
    return archive === undefined ? [] : [`the archive: ${archive.enforcedBy}`];
  }

  #effective(
    snapshot: Snapshot | undefined,
    { tenant, retention }: { readonly tenant: string; readonly retention: string },
  ): EffectiveRetention | undefined {
    const own = snapshot?.tenants[tenant];
    return effectiveRetention(own, retention);
  }

  #notes(tenant: string, retention: string): RetentionNotes {
    return readNotes(this.#parts.notes, tenant, retention);
  }

  async #heldBy(tenant: string, plans: readonly PrunePlan[]): Promise<readonly string[]> {
    if (plans.length === 0) return [];
    const olderThan = Math.max(...plans.map(({ newest }) => newest)) + 1;
    const { holds, clock } = this.#parts;
    const over = await holds.over(tenant, { olderThan }, clock.now());
    return over.map(({ matter }) => matter);
  }

  async #enforce(
    snapshot: Snapshot,
    logs: readonly PrunableLog[],
    all: readonly PrunableLog[],
  ): Promise<void> {
    const [first] = logs;
    if (first === undefined) return;
    const { tenant, retention } = first;
    const { notes, clock } = this.#parts;
    const before = this.#notes(tenant, retention);
    const effective = this.#effective(snapshot, first);
    const promised = keepPromise(before.promised, effective?.minimumMs ?? 0, clock.now());
    const present = { ...before, promised };
    // INVARIANT: what is promised is durable before anything goes by it.
    if (promised !== before.promised) await writeNotes(notes, first, present);
    if (effective === undefined) return;
    const run = await this.#run(logs, { effective, notes: present, all });
    const isTold = run.pruned > 0 || run.at - before.toldAt >= dayMs;
    if (isTold) await this.#tell(first, effective, run);
    await writeNotes(notes, first, {
      promised,
      run,
      toldAt: isTold ? run.at : before.toldAt,
    });
  }

  /** INVARIANT: what cannot be done with one log is said, and keeps nothing of another one from its end. */
  async #run(logs: readonly PrunableLog[], under: Enforced): Promise<RetentionRun> {
    const kept: string[] = [];
    let pruned = 0;
    for (const log of logs) {
      try {
        await log.sweep();
        const { go, why } = await this.#plan(log, under.effective, under.notes);
        if (why !== undefined) kept.push(why);
        if (go === undefined) continue;
        const held = await this.#parts.takings.take(log.tenant, () =>
          this.#takeUnlessHeld(log, go, under),
        );
        if (held === undefined) pruned += go.to - go.from;
        else kept.push(held);
      } catch (fault) {
        kept.push(`\`${log.origin}\`: ${fault instanceof Error ? fault.message : String(fault)}`);
      }
    }
    return { at: this.#parts.clock.now(), pruned, kept };
  }

  /** Why it stays; undefined once it is gone. */
  async #takeUnlessHeld(
    log: PrunableLog,
    go: PrunePlan,
    under: Enforced,
  ): Promise<string | undefined> {
    const holds = await this.#heldBy(log.tenant, [go]);
    if (holds.length === 0) {
      await this.#prune(log, go, under);
      return undefined;
    }
    return `${go.to - go.from} records of \`${log.origin}\` are held: ${holds.join(', ')}`;
  }

  async #prune(log: PrunableLog, plan: PrunePlan, under: Enforced): Promise<void> {
    // A record that says what of another log is gone may be among what goes now: it is said again before.
    for (const other of under.all) {
      const mark = other.tenant === log.tenant ? other.pruned() : undefined;
      if (other === log || mark === undefined || idTime(mark.record) > plan.newest) continue;
      await this.#take(other, { ...this.#said(other, mark.to), again: true }, mark.to, under);
    }
    const { effective, notes } = under;
    await this.#take(
      log,
      {
        ...this.#said(log, plan.to),
        from: plan.from,
        why: plan.why,
        newest: isoTime(plan.newest),
        minimumMs: promisedMs(notes.promised, plan.newest, effective.minimumMs),
        of: effective.of.map(({ name, profile }) => ({ name, profile })),
        archived: this.#parts.archive !== undefined,
      },
      plan.to,
      under,
    );
  }

  #said(log: PrunableLog, to: number) {
    return { origin: log.origin, to, root: log.rootOf(to) };
  }

  async #take(
    log: PrunableLog,
    details: NonNullable<RecordDraft['details']>,
    to: number,
    { effective, notes }: Enforced,
  ): Promise<void> {
    const { record, clock, archive, writer } = this.#parts;
    const actors = [{ kind: 'system', name: writer }] as const;
    const id = await record({ type: 'log.pruned', tenant: log.tenant, actors, details });
    await log.prune({
      to,
      record: id,
      now: clock.now(),
      keptUntil: (madeAt) => madeAt + promisedMs(notes.promised, madeAt, effective.minimumMs),
      elsewhereUntil: async (bundle) =>
        archive?.retainedUntil(`${placeOf(log)}/${bundlePath(bundle)}`),
    });
  }

  /** What would go now, and why what is over cannot. */
  async #plan(
    log: PrunableLog,
    effective: EffectiveRetention | undefined,
    { promised }: RetentionNotes,
  ): Promise<{ readonly go?: PrunePlan; readonly why?: string }> {
    const begins = log.pruned()?.to ?? 0;
    const { archive, clock, turn } = this.#parts;
    if (effective === undefined) return {};
    const archivedTo = archive?.archivedTo(placeOf(log));
    let newest = 0;
    let why: PrunePlan['why'] = 'maximum';
    let to = begins;
    let waits: string | undefined;
    // The last full bundle stays, so that a log never begins at its end.
    const most = Math.min(log.size() - tileWidth, begins + limits.pruneRecords);
    while (to + tileWidth <= most) {
      const next = log.newestIn(to / tileWidth);
      const over = overBy(effective, promised, { madeAt: next, now: clock.now(), archive });
      if (over === undefined) break;
      if (archivedTo !== undefined && archivedTo < to + tileWidth) {
        waits = `records from ${to} of \`${log.origin}\` are over and not archived yet`;
        break;
      }
      why = over === 'online' ? over : why;
      newest = Math.max(newest, next);
      to += tileWidth;
      await turn();
    }
    return {
      ...(to > begins ? { go: { writer: log.writer, from: begins, to, why, newest } } : {}),
      ...(waits === undefined ? {} : { why: waits }),
    };
  }

  /** INVARIANT: the result of each run that took something, and of one a day, is itself on record. */
  async #tell(
    { tenant, retention }: PrunableLog,
    { minimumMs, maximumMs, onlineMs, of }: EffectiveRetention,
    { pruned, kept }: RetentionRun,
  ): Promise<void> {
    await this.#parts.record({
      type: 'log.retention-run',
      tenant,
      actors: [{ kind: 'system', name: this.#parts.writer }],
      details: {
        class: retention,
        pruned,
        kept: kept.slice(0, 20),
        minimumMs,
        ...(maximumMs === undefined ? {} : { maximumMs }),
        ...(onlineMs === undefined ? {} : { onlineMs }),
        of: of.map(({ name, profile, basis }) => ({ name, profile, basis })),
        enforcedBy: [byUs, ...this.#archiveWords()],
      },
    });
  }
}

interface Enforced {
  readonly effective: EffectiveRetention;
  readonly notes: RetentionNotes;
  readonly all: readonly PrunableLog[];
}

/** INVARIANT: before the minimum only what an archive has goes from here. */
function overBy(
  { minimumMs, maximumMs, onlineMs }: EffectiveRetention,
  promised: readonly Promised[],
  {
    madeAt,
    now,
    archive,
  }: { readonly madeAt: number; readonly now: number; readonly archive: unknown },
): PrunePlan['why'] | undefined {
  const age = now - madeAt;
  const least = promisedMs(promised, madeAt, minimumMs);
  if (maximumMs !== undefined && age >= Math.max(maximumMs, least)) return 'maximum';
  return onlineMs !== undefined && archive !== undefined && age >= onlineMs ? 'online' : undefined;
}
