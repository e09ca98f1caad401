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
  return new OneWatch(timeoutMs, signal);
}

/** One object and no closures but what it must be called by: there is one for every call. */
class OneWatch implements Watch {
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#fire('cancelled');
  #timer: NodeJS.Timeout;
  #endsAt: number;
  #fired: Fired | undefined;
  #listener: ((fired: Fired) => void) | undefined;
  #holds = 0;
  #leftMs = 0;

  constructor(timeoutMs: number, signal: AbortSignal) {
    this.#signal = signal;
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(timeUp, timeoutMs, this);
    if (signal.aborted) this.#fire('cancelled');
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Its time is up. */
  expire(): void {
    this.#fire('timeout');
  }

  fired(): Fired | undefined {
    return this.#fired;
  }

  race<T>(promise: Promise<T>): Promise<T | Fired> {
    if (this.#fired !== undefined) return Promise.resolve(this.#fired);
    return new Promise((resolve, reject) => {
      this.#listener = resolve;
      promise.then(resolve, reject);
    });
  }

  hold(mostMs: number): () => void {
    if (this.#holds === 0) this.#leftMs = Math.max(0, this.#endsAt - performance.now());
    this.#holds += 1;
    clearTimeout(this.#timer);
    if (this.#fired === undefined) this.#timer = setTimeout(timeUp, mostMs, this);
    let held = true;
    return () => {
      if (held) this.#goOn();
      held = false;
    };
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  #fire(why: Fired): void {
    if (this.#fired !== undefined) return;
    this.#fired = why;
    this.end();
    this.#listener?.(why);
  }

  #goOn(): void {
    this.#holds -= 1;
    if (this.#holds > 0 || this.#fired !== undefined) return;
    this.#endsAt = performance.now() + this.#leftMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(timeUp, this.#leftMs, this);
  }
}

function timeUp(watch: OneWatch): void {
  watch.expire();
}

export function gaveUp(fired: Fired, effect: Effect): Failed {
  return fired === 'timeout' ? timedOut(effect) : cancelled(effect);
}
