import type { StreamEnd, StreamEvent, Streamed } from '#contracts/streamed.ts';

type Said = StreamEvent | StreamEnd;

/** An upstream that says what it is told to say, when it is told. */
export class FakeStreamed implements Streamed {
  /** How often the next event was asked for, and what became of the exchange. */
  asked = 0;
  cancelled = 0;
  left = 0;
  readonly #ready: (Said | 'fault' | 'over')[] = [];
  #at = 0;
  #waiting: ((result: Promise<IteratorResult<Said>>) => void) | undefined;

  say(...said: (Said | 'fault' | 'over')[]): void {
    this.#ready.push(...said);
    if (this.#waiting !== undefined && this.#at < this.#ready.length) {
      this.#waiting(this.#take());
      this.#waiting = undefined;
    }
  }

  text(...texts: string[]): void {
    this.say(...texts.map((text): Said => ({ kind: 'text', lane: '0/content', text })));
  }

  cancel(): void {
    this.cancelled += 1;
  }

  readonly events: AsyncIterable<Said> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        this.asked += 1;
        if (this.#at < this.#ready.length) return this.#take();
        return new Promise((resolve) => {
          this.#waiting = resolve;
        });
      },
      return: async () => {
        this.left += 1;
        return { done: true, value: undefined };
      },
    }),
  };

  async #take(): Promise<IteratorResult<Said>> {
    const next = this.#ready[this.#at];
    this.#at += 1;
    if (next === 'fault') throw new Error('not as promised');
    return next === undefined || next === 'over'
      ? { done: true, value: undefined }
      : { done: false, value: next };
  }
}
