import { cancelled, type Effect, type Failed, timedOut } from './failed.ts';

export type Fired = 'timeout' | 'cancelled';

/** The end of one caller's patience: its time is up, or it went away. */
export interface Watch {
  fired(): Fired | undefined;
  /** What came first. The promise goes on by itself when the watch fires. */
  race<T>(promise: Promise<T>): Promise<T | Fired>;
  /** Its time stands still until what this answers is called, for so long at most. */
  hold(mostMs: number): () => void;
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
  let timer = setTimeout(fire, timeoutMs, 'timeout');
  let endsAt = performance.now() + timeoutMs;
  let holds = 0;
  let leftMs = 0;
  const goOn = (): void => {
    holds -= 1;
    if (holds > 0 || fired !== undefined) return;
    endsAt = performance.now() + leftMs;
    clearTimeout(timer);
    timer = setTimeout(fire, leftMs, 'timeout');
  };
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
    hold(mostMs) {
      if (holds === 0) leftMs = Math.max(0, endsAt - performance.now());
      holds += 1;
      clearTimeout(timer);
      if (fired === undefined) timer = setTimeout(fire, mostMs, 'timeout');
      let held = true;
      return () => {
        if (held) goOn();
        held = false;
      };
    },
    end,
  };
}

export function gaveUp(fired: Fired, effect: Effect): Failed {
  return fired === 'timeout' ? timedOut(effect) : cancelled(effect);
}
