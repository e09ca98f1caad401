import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** How far a replay is: records looked at, of so many that there are at most. */
export interface ReplayProgress {
  readonly records: number;
  readonly of: number;
}

export interface RunningAsked {
  readonly signal: AbortSignal;
  readonly told: (progress: ReplayProgress) => void;
}

/**
 * Replays that take longer than a request may. Whoever began one asks on until it is done. INVARIANT: it is
 * theirs alone; and one that nobody asks for any more ends by itself, so that work is never left behind.
 */
export interface RunningReplays<T> {
  begin(by: StoredPerson, replay: Replay<T>): string;
  /** What it came to, or after a while how far it is. Once told, it is gone. */
  next(by: StoredPerson, id: string, signal?: AbortSignal): Promise<T>;
}

export interface Replay<T> {
  readonly run: (asked: RunningAsked) => Promise<T>;
  readonly soFar: (id: string, progress: ReplayProgress) => T;
}

export interface RunningBounds {
  /** How long one request waits. */
  readonly waitMs: number;
  /** How long one that nobody asks for goes on, and its answer is kept. */
  readonly idleMs: number;
  /** At once, of a tenant: a replay takes a share of the one thread that control has. */
  readonly ofTenant: number;
}

const usual: RunningBounds = { waitMs: 20_000, idleMs: 60_000, ofTenant: 4 };

interface Running<T> {
  readonly tenant: string;
  readonly person: string;
  readonly ending: AbortController;
  readonly outcome: Promise<T>;
  readonly soFar: Replay<T>['soFar'];
  progress: ReplayProgress;
  idle: NodeJS.Timeout | undefined;
}

export function createRunningReplays<T>(bounds: Partial<RunningBounds> = {}): RunningReplays<T> {
  const { waitMs, idleMs, ofTenant } = { ...usual, ...bounds };
  const all = new Map<string, Running<T>>();

  function forget(id: string): void {
    const one = all.get(id);
    if (one === undefined) return;
    clearTimeout(one.idle);
    all.delete(id);
    one.ending.abort();
  }
  function leaveAlone(id: string, one: Running<T>): void {
    clearTimeout(one.idle);
    one.idle = setTimeout(forget, idleMs, id).unref();
  }

  return {
    begin(by, { run, soFar }) {
      const { tenant, name: person } = by;
      const open = [...all.values()].filter((one) => one.tenant === tenant);
      if (open.length >= ofTenant) throw new BailiwickError('api/too-many-replays');
      const ending = new AbortController();
      const id = randomUUID();
      const told = (progress: ReplayProgress): void => void (one.progress = progress);
      const outcome = run({ signal: ending.signal, told });
      // Heard of by whoever asks next; nobody may.
      outcome.catch(() => {});
      const progress = { records: 0, of: 0 };
      const idle = undefined;
      const one: Running<T> = { tenant, person, ending, outcome, soFar, progress, idle };
      all.set(id, one);
      leaveAlone(id, one);
      return id;
    },

    async next(by, id, signal) {
      const one = all.get(id);
      if (one === undefined || one.tenant !== by.tenant || one.person !== by.name) {
        throw new BailiwickError('api/not-found', { message: 'no such replay is running for you' });
      }
      clearTimeout(one.idle);
      try {
        const waiting = new AbortController();
        const over = AbortSignal.any([waiting.signal, ...(signal === undefined ? [] : [signal])]);
        const late = pause(waitMs, undefined, { signal: over, ref: false }).catch(() => undefined);
        const done = one.outcome.then((answer) => ({ answer }));
        const first = await Promise.race([done, late]).finally(() => waiting.abort());
        if (first === undefined) return one.soFar(id, one.progress);
        forget(id);
        return first.answer;
      } catch (fault) {
        forget(id);
        throw fault;
      } finally {
        if (all.get(id) === one) leaveAlone(id, one);
      }
    },
  };
}
