import type { Dispatcher } from 'undici';
import type { Lent } from '#contracts/tool-server.ts';
import { limits } from '#kernel/limits.ts';
import { listenParams } from '../wire/greeting.ts';
import { type Message, readMessage } from '../wire/message.ts';
import { requestBytes } from '../wire/request.ts';
import { type Dispatching, isEventStream } from './exchange.ts';
import { legacyHeaders, postHeaders, queryOf, type Ready, withLent, withQuery } from './headers.ts';
import { createSseParser, type SseParser } from '../../bytes/event-stream.ts';

export interface Listening {
  stop(): void;
}

interface ListenParts {
  readonly pool: Dispatching;
  readonly path: string;
  readonly ready: Ready;
  readonly nextId: () => number;
  readonly onMessage: (message: Message) => void;
  /** What was said while nobody listened is lost. */
  readonly onResumed: () => void;
  /** It was listened to before, so that its first opening here is no first one. */
  readonly again?: boolean;
  /** Whether there is such a stream, as soon as that is known. */
  readonly onKnown?: (served: boolean) => void;
  /**
   * Of the call for which it is opened, asked at each opening. INVARIANT: whoever gives it stops this with that
   * call, and what was opened with a credential is not opened again without one.
   */
  readonly lent?: () => readonly Lent[];
  readonly firstWaitMs?: number;
  /** Resources that a server of the modern era is to tell of, as they are when it is asked. */
  readonly watched?: () => readonly string[];
}

const usualFirstWaitMs = 1_000;
const longestWaitMs = 60_000;
/** Another stream of the session is still open there, or there is no room now. */
const notNow = new Set([409, 429]);

/** The stream on which a server says that its list changed, for as long as it serves one. */
export function startListening(parts: ListenParts): Listening {
  let stopped = false;
  let controller: Dispatcher.DispatchController | undefined;
  let timer: NodeJS.Timeout | undefined;
  const { firstWaitMs = usualFirstWaitMs } = parts;
  let waitMs = firstWaitMs;
  let opened = parts.again === true ? 1 : 0;
  let hadCredential = false;
  const begin = (): void => {
    const lent = parts.lent?.() ?? [];
    if (stopped || (hadCredential && lent.length === 0)) return;
    hadCredential = lent.length > 0;
    listenOnce(parts, lent, {
      onController: (one) => {
        controller = one;
        if (stopped) one.abort(new Error('stopped'));
      },
      onOpen: () => {
        waitMs = firstWaitMs;
        opened += 1;
        parts.onKnown?.(true);
        if (opened > 1) parts.onResumed();
      },
      onEnd: (served) => {
        controller = undefined;
        if (!served) parts.onKnown?.(false);
        if (stopped || !served) return;
        timer = setTimeout(begin, waitMs);
        timer.unref();
        waitMs = Math.min(waitMs * 2, longestWaitMs);
      },
    });
  };
  begin();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      controller?.abort(new Error('stopped'));
    },
  };
}

interface ListenHooks {
  onController(controller: Dispatcher.DispatchController): void;
  onOpen(): void;
  /** `served` is false when the server has no such stream: then it is not asked again. */
  onEnd(served: boolean): void;
}

/** A legacy server is listened to with GET, a modern one is asked for it. */
function listenRequest({ ready, nextId, watched }: ListenParts, lent: readonly Lent[]) {
  if (ready.era === 'legacy') {
    const headers = withLent(['accept', 'text/event-stream', ...legacyHeaders(ready)], lent);
    return { method: 'GET', headers, body: null } as const;
  }
  const method = 'subscriptions/listen';
  const params = listenParams(ready.telling, watched?.() ?? []);
  const body = requestBytes({ id: nextId(), era: 'modern', method, params });
  return { method: 'POST', headers: postHeaders({ ready, method, lent }), body } as const;
}

function listenOnce(parts: ListenParts, lent: readonly Lent[], hooks: ListenHooks): void {
  const maxBytes = limits.toolDefinitionBytes;
  let parser: SseParser | undefined;
  let refused = false;
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    hooks.onEnd(!refused);
  };
  parts.pool.dispatch(
    { path: withQuery(parts.path, queryOf(lent)), ...listenRequest(parts, lent) },
    {
      onRequestStart: (controller) => hooks.onController(controller),
      onResponseStart(controller, status, received) {
        refused = (status < 200 || (status >= 300 && status < 500)) && !notNow.has(status);
        if (status !== 200 || !isEventStream(received)) {
          refused ||= status === 200;
          controller.abort(new Error('no stream'));
          return;
        }
        parser = createSseParser(maxBytes, (data) => parts.onMessage(readMessage(data, maxBytes)));
        hooks.onOpen();
      },
      onResponseData(controller, chunk) {
        if (parser?.push(chunk) === false) controller.abort(new Error('too large'));
      },
      onResponseEnd: end,
      onResponseError: end,
    },
  );
}
