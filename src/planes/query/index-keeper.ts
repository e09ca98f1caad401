import type { IndexRefusal, RecordIndex, RecordIndexes } from '#contracts/record-index.ts';
import { limits } from '#kernel/limits.ts';
import { annotationsOf } from './annotations.ts';
import type { AnswerParts } from './answer-parts.ts';
import { answerQuestion, reachOf } from './answer-question.ts';
import { checkIndex } from './check-index.ts';
import type {
  IndexCheck,
  IndexReport,
  IndexState,
  RecordAnnotations,
  RecordAnswer,
  RecordQuestion,
  TaskTimeline,
  TenantLog,
} from './door.ts';
import { followLog } from './follow-log.ts';
import { openPlaces } from './place-reader.ts';
import { timelineOf } from './timeline.ts';

export type RebuildReason = IndexRefusal | 'asked for' | 'shorter' | 'another root';

export interface KeeperParts extends Pick<AnswerParts, 'parse' | 'judge' | 'clock'> {
  readonly indexes: RecordIndexes;
  /** Every log of the data folder, opened anew. */
  readonly logs: () => readonly TenantLog[];
  /** Whether this fault means that the file of an index is damaged. */
  readonly isTorn: (fault: unknown) => boolean;
  /** An index that was there is made anew; whoever hears it puts it on record. */
  readonly onRebuild: (tenant: string, why: RebuildReason) => void;
  readonly turn: () => Promise<void>;
}

interface Kept {
  index: RecordIndex;
  /** By the log that it is of, which it holds until that log is followed again. */
  readonly faults: Map<string, string>;
  taken: number;
  workMs: number;
  /** Logs that contradicted the index and for which it was made anew, until they agree. */
  readonly doubted: Set<string>;
}

/** An index that cannot be opened is left so long: whatever is in its way is not looked at all the time. */
const unusableMs = 10_000;

interface Unusable {
  readonly fault: Error;
  readonly until: number;
}

/** Whoever asks waits so long for what the log has by then. */
const catchUpMs = 250;

/** Keeps one index for each tenant at the end of its logs, and answers by it. Used by one thread alone. */
export class IndexKeeper {
  readonly #parts: KeeperParts;
  readonly #kept = new Map<string, Kept>();
  readonly #unusable = new Map<string, Unusable>();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Takes a little of every log that has more; answers how much is left. */
  step(only?: string): number {
    let left = 0;
    for (const log of this.#parts.logs()) {
      if (only === undefined || log.tenant === only) left += this.#follow(log);
    }
    return left;
  }

  async answer(question: RecordQuestion, turn = this.#parts.turn): Promise<RecordAnswer> {
    const parts = await this.#caughtUp(question.tenant, turn);
    return answerQuestion(parts, question);
  }

  async timeline(tenant: string, task: string, turn = this.#parts.turn): Promise<TaskTimeline> {
    return timelineOf(await this.#caughtUp(tenant, turn), task);
  }

  async annotations(
    tenant: string,
    record: string,
    turn = this.#parts.turn,
  ): Promise<RecordAnnotations> {
    const parts = await this.#caughtUp(tenant, turn);
    const told = await annotationsOf(parts, openPlaces(parts), { records: [record], tasks: [] });
    return { ...told, reach: reachOf(parts) };
  }

  async check(tenant: string, turn = this.#parts.turn): Promise<IndexCheck> {
    return checkIndex(await this.#caughtUp(tenant, turn));
  }

  state(tenant: string): IndexState {
    const opened = this.#opened(tenant);
    const kept = 'fault' in opened ? nothingKept(opened.fault) : opened;
    const sizes = new Map(kept.index.logs().map(({ origin, size }) => [origin, size]));
    const logs = reachOf({ index: kept.index, logs: this.#logsOf(tenant) }).map((reach) => ({
      ...reach,
      indexed: sizes.get(reach.origin) ?? 0,
    }));
    const behind = logs.reduce((sum, { size, complete }) => sum + Math.max(0, size - complete), 0);
    const { taken, workMs } = kept;
    return { logs, behind, fault: faultText(kept.faults), taken, workMs };
  }

  /** Of every tenant that has a log. */
  reports(): readonly IndexReport[] {
    const tenants = new Set(this.#parts.logs().map(({ tenant }) => tenant));
    return [...tenants].map((tenant) => {
      const { behind, fault } = this.state(tenant);
      return { tenant, behind, fault };
    });
  }

  rebuild(tenant: string): IndexState {
    this.#anew(tenant, 'asked for');
    return this.state(tenant);
  }

  close(): void {
    for (const { index } of this.#kept.values()) index.close();
    this.#kept.clear();
  }

  #logsOf(tenant: string): readonly TenantLog[] {
    return this.#parts.logs().filter((log) => log.tenant === tenant);
  }

  async #caughtUp(tenant: string, turn: () => Promise<void>): Promise<AnswerParts> {
    const { clock, parse, judge } = this.#parts;
    const until = clock.monotonic() + catchUpMs;
    while (this.step(tenant) > 0 && clock.monotonic() < until) await turn();
    const { index } = this.#of(tenant);
    return { index, logs: this.#logsOf(tenant), parse, judge, clock, turn };
  }

  #of(tenant: string): Kept {
    const opened = this.#opened(tenant);
    if ('fault' in opened) throw opened.fault;
    return opened;
  }

  /** INVARIANT: what one tenant's file cannot do stops no other tenant. */
  #opened(tenant: string): Kept | Unusable {
    const { indexes, onRebuild, clock } = this.#parts;
    const there = this.#kept.get(tenant);
    if (there !== undefined) return there;
    const unusable = this.#unusable.get(tenant);
    if (unusable !== undefined && clock.monotonic() < unusable.until) return unusable;
    try {
      const index = indexes.open(tenant, (why) => {
        // Said once, however often it is tried.
        if (unusable === undefined) onRebuild(tenant, why);
      });
      const kept = { index, ...nothingTaken() };
      this.#kept.set(tenant, kept);
      this.#unusable.delete(tenant);
      return kept;
    } catch (cause) {
      return this.#leave(tenant, cause);
    }
  }

  /** INVARIANT: that it is made anew is said before anything of it is gone. */
  #anew(tenant: string, why: RebuildReason): void {
    const before = this.#kept.get(tenant);
    this.#parts.onRebuild(tenant, why);
    before?.index.close();
    this.#kept.delete(tenant);
    this.#unusable.delete(tenant);
    try {
      this.#parts.indexes.remove(tenant);
    } catch (cause) {
      this.#leave(tenant, cause);
    }
    const kept = this.#opened(tenant);
    if ('fault' in kept) return;
    for (const origin of before?.doubted ?? []) kept.doubted.add(origin);
  }

  #leave(tenant: string, cause: unknown): Unusable {
    const fault = cause instanceof Error ? cause : new Error(String(cause));
    const found = { fault, until: this.#parts.clock.monotonic() + unusableMs };
    this.#unusable.set(tenant, found);
    return found;
  }

  #follow(log: TenantLog): number {
    const kept = this.#opened(log.tenant);
    if ('fault' in kept) return 0;
    const { clock, parse, judge, isTorn } = this.#parts;
    const begun = clock.monotonic();
    try {
      const step = followLog({ index: kept.index, parse, judge }, log);
      if (step.kind === 'contradiction') return this.#contradicted(kept, log, step.why);
      kept.taken += step.records;
      kept.workMs += step.records > 0 ? clock.monotonic() - begun : 0;
      kept.faults.delete(log.origin);
      if (step.left === 0) kept.doubted.delete(log.origin);
      return step.left;
    } catch (fault) {
      if (isTorn(fault)) {
        this.#anew(log.tenant, 'torn');
        return 1;
      }
      kept.faults.set(log.origin, fault instanceof Error ? fault.message : String(fault));
      return 0;
    }
  }

  /** Once anew, since the index may be the one that is wrong; a log that contradicts again is left to people. */
  #contradicted(kept: Kept, { tenant, origin }: TenantLog, why: RebuildReason): number {
    if (kept.doubted.has(origin)) {
      const fault = `the log \`${origin}\` contradicts its checkpoint: ${why}`;
      kept.faults.set(origin, fault);
      return 0;
    }
    kept.doubted.add(origin);
    this.#anew(tenant, why);
    return 1;
  }
}

function nothingTaken(): Omit<Kept, 'index'> {
  return { faults: new Map(), taken: 0, workMs: 0, doubted: new Set() };
}

/** Of an index that cannot be opened: nothing is in it, and why. */
function nothingKept({ message }: Error): Omit<Kept, 'index'> & { readonly index: KnownLogs } {
  const faults = new Map([['', `the index cannot be opened: ${message}`]]);
  return { ...nothingTaken(), faults, index: { logs: () => [] } };
}

type KnownLogs = Pick<RecordIndex, 'logs'>;

function faultText(faults: ReadonlyMap<string, string>): string | undefined {
  if (faults.size === 0) return undefined;
  return [...faults]
    .map(([origin, fault]) =>
      origin === '' || fault.includes(origin) ? fault : `\`${origin}\`: ${fault}`,
    )
    .sort()
    .join('; ');
}

/** How long to rest: not at all while there is more, and for a while when there is nothing. */
export function restAfter(left: number): number {
  return left > 0 ? 0 : limits.auditIndexMs;
}
