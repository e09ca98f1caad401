import type { ServerResponse } from 'node:http';
import { ShortLived } from '#contracts/short-lived.ts';
import { limits } from '#kernel/limits.ts';

/** Whoever asked one request: there, away for a while, or gone. */
export interface Caller {
  /** Aborted when it has cancelled, or is gone. */
  readonly signal: AbortSignal;
  cancel(): void;
  /** From now on to leave is not yet to be gone: to stay away is. */
  outlive(awayMs?: number): void;
  /** It has come back for its answer, by another request. */
  back(): void;
  /** It has left that one too. */
  left(): void;
}

/** INVARIANT: whoever leaves is gone, unless it was said that it may come back. */
export function callerOf(response: ServerResponse): Caller {
  const aborter = new AbortController();
  const cancel = (): void => aborter.abort();
  let away: NodeJS.Timeout | undefined;
  let awayMs: number | undefined;
  let isElsewhere = false;
  const left = (): void => {
    if (awayMs === undefined) return cancel();
    clearTimeout(away);
    away = setTimeout(cancel, awayMs).unref();
  };
  response.on('close', () => {
    // Whoever reads by another connection now has not left with this one.
    if (!isElsewhere && !response.writableFinished) left();
  });
  return {
    signal: aborter.signal,
    cancel,
    outlive: (ms = limits.callerAwayMs) => void (awayMs = ms),
    back() {
      isElsewhere = true;
      clearTimeout(away);
    },
    left,
  };
}

/** Calls that may outlive the connection by which they were asked. */
export interface Outliving {
  /** Answers what is called when it has ended. */
  hold(cancel: () => void): () => void;
  /** INVARIANT: all of them have ended, and are on record, before the recorder is closed. */
  close(): Promise<void>;
}

export function createOutliving(): Outliving {
  const open = new ShortLived<
    number,
    { readonly cancel: () => void; readonly ended: Promise<void> }
  >();
  let last = 0;
  return {
    hold(cancel) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const own = (last += 1);
      open.set(own, { cancel, ended: promise });
      return () => {
        open.delete(own);
        resolve();
      };
    },
    async close() {
      const all = open.values();
      for (const { cancel } of all) cancel();
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}
