import type { StreamEnd, StreamEvent, Streamed } from '#contracts/streamed.ts';
import type { Timer } from './timer.ts';

/** What came of asking a stream for its next event. */
export type Read =
  | { readonly kind: 'event'; readonly event: StreamEvent | StreamEnd }
  /** It ended without a word, or failed where it promised not to. */
  | { readonly kind: 'lost' };

/** After so many events the loop has a turn, however many more lie ready. */
const eventsPerTurn = 256;

/**
 * Asks for one event at a time. INVARIANT: one that was asked for is never lost, however often the
 * waiting for it ended before it came.
 */
export class StreamReader {
  readonly #streamed: Streamed;
  readonly #timer: Timer;
  readonly #signal: AbortSignal;
  #events: AsyncIterator<StreamEvent | StreamEnd> | undefined;
  #asked: Promise<Read> | undefined;
  #sinceTurn = 0;
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(streamed: Streamed, timer: Timer, signal: AbortSignal) {
    this.#streamed = streamed;
    this.#timer = timer;
    this.#signal = signal;
    this.#signal.addEventListener('abort', this.#woken);
  }

  /** The next event, or undefined when it did not come in time or nobody wants it any more. */
  async next(milliseconds: number): Promise<Read | undefined> {
    this.#sinceTurn += 1;
    if (this.#sinceTurn >= eventsPerTurn) await this.#turn();
    if (this.#isOver || this.#signal.aborted) return undefined;
    this.#asked ??= this.#ask();
    const read = await this.#inTime(this.#asked, milliseconds);
    if (read !== undefined) this.#asked = undefined;
    return read;
  }

  /** Nothing more is asked for. */
  finish(): void {
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#woken);
    this.#wake();
    void this.#leave();
  }

  /** Ends it in its midst; does not wait for it to agree. */
  letGo(): void {
    if (this.#isOver) return;
    this.finish();
    try {
      this.#streamed.cancel();
    } catch {
      // Whatever it says to that, it is not listened to any more.
    }
  }

  readonly #woken = (): void => this.#wake();

  async #leave(): Promise<void> {
    try {
      await this.#events?.return?.();
    } catch {
      // As above.
    }
  }

  async #ask(): Promise<Read> {
    try {
      this.#events ??= this.#streamed.events[Symbol.asyncIterator]();
      const { done, value } = await this.#events.next();
      return done === true ? { kind: 'lost' } : { kind: 'event', event: value };
    } catch {
      return { kind: 'lost' };
    }
  }

  #inTime(asked: Promise<Read>, milliseconds: number): Promise<Read | undefined> {
    return new Promise((resolve) => {
      const come = (read?: Read): void => {
        callOff();
        resolve(read);
      };
      const callOff = this.#timer.after(milliseconds, () => resolve(undefined));
      this.#wake = come;
      void asked.then(come);
    });
  }

  async #turn(): Promise<void> {
    this.#sinceTurn = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
