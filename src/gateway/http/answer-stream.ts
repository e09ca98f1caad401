import type { ServerResponse } from 'node:http';
import type { Outcome } from '#kernel/call.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Release } from '../release.ts';
import { commonHeaders } from './answer-head.ts';
import type { StreamForm } from './protocol.ts';
import { cutUnlessTaken, taken } from './taken.ts';

export interface AnswerStream {
  /** INVARIANT: resolves only when there is room again, so that one window at most waits here. */
  readonly release: Release;
  /** From the first window on: its head is gone, and the outcome can only end it. */
  readonly isOpen: boolean;
  /** Opens what has had no window: a stream may be whole and say nothing. */
  end(outcome: Outcome): void;
}

export interface StreamParts {
  readonly nonce: () => string;
  readonly takenMs: number;
}

/** An answer that leaves in windows. Its head leaves with the first, so a refusal before has its own. */
export function answerStream(
  response: ServerResponse,
  form: StreamForm,
  { nonce, takenMs }: StreamParts,
): AnswerStream {
  let isOpen = false;
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    const own = ['content-type', form.contentType, 'x-accel-buffering', 'no'];
    response.writeHead(200, [...commonHeaders(nonce(), false), ...own]);
  };
  return {
    async release(released) {
      if (response.destroyed) throw new BailiwickError('gateway/cancelled');
      const bytes = form.window(released);
      open();
      if (!response.write(bytes)) await taken(response, takenMs);
    },
    get isOpen() {
      return isOpen;
    },
    end(outcome) {
      if (response.destroyed) return;
      open();
      response.end(form.end(outcome));
      cutUnlessTaken(response, takenMs);
    },
  };
}
