import { cancelled, type Effect, type Failed, timedOut } from './failed.ts';

export type Fired = 'timeout' | 'cancelled';

/** The end of one caller's patience: its time is up, or it went away. */
export interface Watch {
  fired(): Fired | undefined;
  /** What came first. The promise goes on by itself when the watch fires. */
  race<T>(promise: Promise<T>): Promise<T | Fired>;
  end(): void;
}

export function startWatch(timeoutMs: number, signal: AbortSignal): Watch {
  let fired: Fired | undefined;
  let listener: ((fired: Fired) => void) | undefined;
  const fire = (why: Fired): void => {
    if (fired !== undefined) return;
    fired = why;
    end();
    listener?.(why);
  };
  const onAbort = (): void => fire('cancelled');
  const timer = setTimeout(fire, timeoutMs, 'timeout');
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  if (signal.aborted) fire('cancelled');
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    fired: () => fired,
    race: (promise) =>
      fired === undefined
        ? new Promise((resolve, reject) => {
            listener = resolve;
            promise.then(resolve, reject);
          })
        : Promise.resolve(fired),
    end,
  };
}

export function gaveUp(fired: Fired, effect: Effect): Failed {
  return fired === 'timeout' ? timedOut(effect) : cancelled(effect);
}
