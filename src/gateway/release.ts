import type { StreamEvent } from '#contracts/streamed.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** A window of a streamed answer, on record and free to leave. */
export interface ReleasedWindow {
  readonly events: readonly StreamEvent[];
}

/**
 * Hands one window of an answer to whoever asked. Resolves when it was taken, so that nothing piles
 * up here; rejects when nobody takes it any more.
 */
export type Release = (window: ReleasedWindow) => Promise<void>;

/** Of whoever is told every answer whole. */
export const refuseWindows: Release = () =>
  Promise.reject(
    new BailiwickError('gateway/internal', { message: 'this front tells answers whole' }),
  );
