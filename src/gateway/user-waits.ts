import { setTimeout } from 'node:timers/promises';

/** Control judges what a user replied at once; whoever would wait longer is told that it is still held. */
const pausesMs = [25, 50, 100, 200, 400, 500, 500, 500, 500, 500, 500, 500, 500] as const;

export interface UserWait<Answer> {
  /** Of what it is waited for. */
  readonly key: string;
  /** Of the call that waits. */
  readonly signal: AbortSignal;
  readonly begin: () => Promise<void>;
  /** Undefined: nobody has decided yet. */
  readonly look: () => Promise<Answer | undefined>;
}

type Pause = (ms: number, signal: AbortSignal) => Promise<unknown>;

/**
 * Waits until control has judged what a user replied. INVARIANT: one call at a time for each approval, looks are counted, and
 * nothing is looked for, or spent, for a caller that is gone.
 */
export class UserWaits {
  readonly #waiting = new Set<string>();
  readonly #pause: Pause;

  constructor(pause: Pause = (ms, signal) => setTimeout(ms, undefined, { signal })) {
    this.#pause = pause;
  }

  /** Undefined: nobody has decided, another call waits for the same, or the caller is gone. */
  async until<Answer>({ key, signal, begin, look }: UserWait<Answer>): Promise<Answer | undefined> {
    if (this.#waiting.has(key)) return undefined;
    this.#waiting.add(key);
    try {
      await begin();
      for (const ms of pausesMs) {
        if (signal.aborted) return undefined;
        const found = await look();
        if (found !== undefined) return found;
        if (!(await this.#paused(ms, signal))) return undefined;
      }
      return undefined;
    } finally {
      this.#waiting.delete(key);
    }
  }

  /** False: the caller is gone. */
  async #paused(ms: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#pause(ms, signal);
      return true;
    } catch (fault) {
      if (signal.aborted) return false;
      throw fault;
    }
  }
}
