import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { KeptAnswer } from './kept-answer.ts';

/** What it costs to know of one, beside its bytes. */
const entryBytes = 512;
const sweepMs = 10_000;

/**
 * Answers that are kept, in their order, within their bounds. INVARIANT: whoever has many loses its own
 * oldest first; only when all is full the oldest goes, whosever it is.
 */
export class AnswerRoom {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #all = new Map<string, KeptAnswer>();
  readonly #costs = new Map<string, number>();
  #whole = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  get(token: string): KeptAnswer | undefined {
    this.#sweep();
    return this.#all.get(token);
  }

  open(token: string, one: KeptAnswer): void {
    this.#all.set(token, one);
    this.#count(one, entryBytes);
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs).unref();
  }

  add(one: KeptAnswer, event: Buffer): void {
    const before = one.bytes;
    one.add(event);
    this.#count(one, one.bytes - before);
    this.#makeRoom(one.of.holder);
  }

  endSession(session: string): void {
    for (const [token, { of }] of this.#all) if (of.session === session) this.#forget(token);
  }

  close(): void {
    for (const token of this.#all.keys()) this.#forget(token);
  }

  #count({ of: { holder } }: KeptAnswer, bytes: number): void {
    this.#whole += bytes;
    const own = (this.#costs.get(holder) ?? 0) + bytes;
    if (own > 0) this.#costs.set(holder, own);
    else this.#costs.delete(holder);
  }

  #makeRoom(holder: string): void {
    for (const [token, { of }] of this.#all) {
      const isFull = this.#whole > limits.keptAnswersBytes;
      const isTooMuch = (this.#costs.get(holder) ?? 0) > limits.keptAnswersBytesEach;
      if (!isFull && !isTooMuch) return;
      if (isFull || of.holder === holder) this.#forget(token);
    }
  }

  #forget(token: string): void {
    const one = this.#all.get(token);
    if (one === undefined) return;
    this.#all.delete(token);
    this.#count(one, -(one.bytes + entryBytes));
    one.forget();
    if (this.#all.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [token, { ended }] of this.#all) {
      if (ended !== undefined && now - ended.at >= limits.keptAnswersMs) this.#forget(token);
    }
  }
}
