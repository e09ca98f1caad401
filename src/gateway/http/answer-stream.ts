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
  /** Its call has ended: nothing is said by itself any more. */
  done(): void;
}

export interface StreamParts {
  readonly nonce: () => string;
  readonly takenMs: number;
  /** The longest silence. */
  readonly aliveMs: number;
}

/** An answer that leaves in windows. Its head leaves with the first, so a refusal before has its own. */
export function answerStream(
  response: ServerResponse,
  form: StreamForm,
  { nonce, takenMs, aliveMs }: StreamParts,
): AnswerStream {
  let isOpen = false;
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    const own = ['content-type', form.contentType, 'x-accel-buffering', 'no'];
    response.writeHead(200, [...commonHeaders(nonce(), false), ...own]);
  };
  const stayAlive = (): void => {
    quiet?.refresh();
    // INVARIANT: for a reader who does not read nothing more is kept here.
    if (response.destroyed || response.writableLength > 0) return;
    open();
    response.write(form.keepAlive);
  };
  const quiet = form.keepAlive === undefined ? undefined : setTimeout(stayAlive, aliveMs);
  quiet?.unref();
  return {
    async release(released) {
      if (response.destroyed) throw new BailiwickError('gateway/cancelled');
      const bytes = form.window(released);
      quiet?.refresh();
      open();
      if (!response.write(bytes)) await taken(response, takenMs);
    },
    done: () => clearTimeout(quiet),
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
