import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';

/** From so many frames a second on they are taken in parts, which keeps each burst of work short. */
const manyFrames = 2048;

/**
 * When the integrator looks and when it signs. What each checkpoint rewrites (the right edge, state,
 * ratchet) costs the same for one record or a thousand, so under load there is one a second.
 */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #signedAt = Number.NEGATIVE_INFINITY;
  #signedFor = 0;
  #quietMs: number = limits.checkpointMs;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** A record of a quiet log need not wait for more. */
  get mustSign(): boolean {
    return this.#untilSigning() <= 0;
  }

  signed(frames: number): void {
    this.#signedAt = this.#clock.monotonic();
    this.#signedFor = frames;
    this.#quietMs = limits.checkpointMs;
  }

  /** Nothing was there to sign for: the longer it is quiet, the less often it looks. */
  foundNothing(): void {
    this.#quietMs = Math.min(2 * this.#quietMs, limits.checkpointBusyMs);
  }

  /** How long to rest before the next look. */
  get restMs(): number {
    // A timer drops what is left of a millisecond, and would wake just too soon.
    const until = Math.ceil(this.#untilSigning());
    if (until <= 0) return this.#quietMs;
    return this.#signedFor < manyFrames ? until : Math.min(until, limits.checkpointMs);
  }

  #untilSigning(): number {
    return this.#signedAt + limits.checkpointBusyMs - this.#clock.monotonic();
  }
}
