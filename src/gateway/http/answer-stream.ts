import type { ServerResponse } from 'node:http';
import type { Outcome } from '#kernel/call.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Release, ReleasedWindow } from '../release.ts';
import { commonHeaders } from './answer-head.ts';
import type { Caller } from './caller.ts';
import type { Keeping, StreamForm } from './protocol.ts';
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
  readonly caller: Pick<Caller, 'back' | 'left'>;
}

/** An answer that leaves in windows. Its head leaves with the first, so a refusal before has its own. */
export function answerStream(
  response: ServerResponse,
  form: StreamForm,
  { nonce, takenMs, aliveMs, caller }: StreamParts,
): AnswerStream {
  let isOpen = false;
  let kept: Keeping | undefined;
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    const own = ['content-type', form.contentType, 'x-accel-buffering', 'no'];
    response.writeHead(200, [...commonHeaders(nonce(), false), ...own]);
    const { back, left } = caller;
    kept = form.kept?.open({ back, left, lose: () => response.destroy() });
    if (kept?.first !== undefined) response.write(kept.first);
  };
  const silence = speaksByItself(response, form, { aliveMs, open });
  return {
    async release(released) {
      if (response.destroyed && kept === undefined) return nobodyReads(form);
      const bytes = bytesOf(form, released, () => {
        open();
        return kept;
      });
      silence.broken();
      if (response.destroyed) return;
      if (response.write(bytes)) return;
      const wait = taken(response, takenMs);
      // Whoever may come back finds what it has not taken: its call does not end for that.
      await (kept === undefined ? wait : wait.catch(() => undefined));
    },
    done: () => silence.end(),
    get isOpen() {
      return isOpen;
    },
    end(outcome) {
      if (response.destroyed && kept === undefined) return;
      open();
      const last = form.end(outcome);
      const bytes = kept === undefined ? last : kept.end(last, outcome);
      if (response.destroyed) return;
      response.end(bytes);
      cutUnlessTaken(response, takenMs);
    },
  };
}

/** A reader who left before it was told what to come back for will not: its call goes on all the same. */
function nobodyReads({ kept }: StreamForm): void {
  if (kept === undefined) throw new BailiwickError('gateway/cancelled');
}

function bytesOf(
  form: StreamForm,
  released: ReleasedWindow,
  open: () => Keeping | undefined,
): Buffer {
  if (form.kept === undefined) {
    const bytes = form.window(released);
    open();
    return bytes;
  }
  const messages = form.kept.messages(released);
  const kept = open();
  return Buffer.concat(messages.map((message) => kept?.add(message) ?? message));
}

interface Silence {
  /** Something was told. */
  broken(): void;
  end(): void;
}

/** What is told where nothing is: that it is alive and, of what is kept, what to come back for. */
function speaksByItself(
  response: ServerResponse,
  { keepAlive, kept }: StreamForm,
  { aliveMs, open }: { readonly aliveMs: number; readonly open: () => void },
): Silence {
  let timer: NodeJS.Timeout | undefined;
  const stayAlive = (): void => {
    timer?.refresh();
    // INVARIANT: for a reader who does not read nothing more is kept here.
    if (response.destroyed || response.writableLength > 0) return;
    open();
    response.write(keepAlive);
  };
  const wait = (): void => {
    if (keepAlive !== undefined) timer = setTimeout(stayAlive, aliveMs).unref();
  };
  if (kept?.opensAfterMs === undefined) wait();
  else {
    const first = (): void => {
      if (!response.destroyed) open();
      wait();
    };
    timer = setTimeout(first, kept.opensAfterMs).unref();
  }
  return { broken: () => void timer?.refresh(), end: () => clearTimeout(timer) };
}
