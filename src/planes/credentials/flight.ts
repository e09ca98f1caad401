import type { Credential } from '#contracts/credential-source.ts';
import { BailiwickError, isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { endOne } from './loan.ts';

export type Answer = Credential | Refusal;

/**
 * One question to a source that answers in its own time, for all who ask the same meanwhile.
 * INVARIANT: an answer that nobody took, because all have gone or it came too late, is ended with
 * `none`; each who took it ends it itself.
 */
export class Flight {
  /** What the source watches. */
  readonly signal: AbortSignal;
  readonly #abort: AbortController;
  readonly #waiting = new Set<(answer: Answer) => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #onOver: (answer: Answer | undefined) => void;
  #isOver = false;

  /** `onOver`: nobody who comes now may join it; with the answer, when somebody takes it. */
  constructor(
    abort: AbortController,
    waitMs: number,
    onOver: (answer: Answer | undefined) => void,
  ) {
    this.#abort = abort;
    this.signal = abort.signal;
    this.#onOver = onOver;
    this.#timer = setTimeout(() => this.#giveUp(), waitMs);
  }

  /** What the source answers at last. */
  land(answer: Promise<Answer>): void {
    answer.then(
      (given) => this.#landed(given),
      (fault: unknown) => this.#landed(faultToRefusal(fault)),
    );
  }

  /** The answer, or a no as soon as the signal says that nobody waits here any more. */
  join(signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve) => {
      const take = (answer: Answer): void => {
        signal.removeEventListener('abort', leave);
        resolve(answer);
      };
      const leave = (): void => {
        if (!this.#waiting.delete(take)) return;
        take(refusal('gateway/cancelled'));
        if (this.#waiting.size === 0) this.#end([]);
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #landed(answer: Answer): void {
    if (this.#isOver) {
      if (!isRefusal(answer)) endOne(answer, 'none');
      return;
    }
    this.#isOver = true;
    this.#onOver(answer);
    clearTimeout(this.#timer);
    const takers = [...this.#waiting];
    this.#waiting.clear();
    for (const take of takers) take(answer);
  }

  #giveUp(): void {
    const takers = [...this.#waiting];
    this.#waiting.clear();
    this.#end(takers);
  }

  #end(takers: readonly ((answer: Answer) => void)[]): void {
    this.#isOver = true;
    this.#onOver(undefined);
    clearTimeout(this.#timer);
    for (const take of takers) take(refusal('credentials/unavailable', { retryAfter: 1 }));
    this.#abort.abort();
  }
}

/** INVARIANT: what a source throws is told by its code alone: the words may quote what it holds. */
export function faultToRefusal(fault: unknown): Refusal {
  return fault instanceof BailiwickError && fault.code.startsWith('credentials/')
    ? refusal(fault.code)
    : refusal('credentials/unavailable', { retryAfter: 1 });
}
