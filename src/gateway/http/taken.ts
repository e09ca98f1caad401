import type { ServerResponse } from 'node:http';
import { BailiwickError } from '#kernel/errors.ts';

/**
 * Resolves when what was written was taken off our hands; rejects when its reader left, or took
 * longer than may be and was cut off.
 */
export async function taken(response: ServerResponse, takenMs: number): Promise<void> {
  let slow = false;
  const timer = cutAfter(response, takenMs, () => (slow = true));
  try {
    await drainedOrClosed(response);
  } finally {
    timer.stop();
  }
  if (!response.destroyed) return;
  throw new BailiwickError(
    'gateway/cancelled',
    slow ? { message: 'the answer was not taken in time' } : {},
  );
}

function drainedOrClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end);
      response.off('close', end);
      resolve();
    };
    response.once('drain', end);
    response.once('close', end);
  });
}

/** For an answer that was ended: its bytes do not lie here for ever because nobody reads them. */
export function cutUnlessTaken(response: ServerResponse, takenMs: number): void {
  if (response.writableLength === 0 || response.writableFinished) return;
  const timer = cutAfter(response, takenMs, () => undefined);
  response.once('close', () => timer.stop());
}

/** An answer that waits behind another one of its connection has not had its turn to be slow. */
function cutAfter(response: ServerResponse, takenMs: number, onCut: () => void): { stop(): void } {
  let timer = setTimeout(look, takenMs);
  function look(): void {
    if (response.socket === null) {
      timer = setTimeout(look, takenMs);
      return;
    }
    onCut();
    response.socket.destroy();
  }
  return { stop: () => clearTimeout(timer) };
}
