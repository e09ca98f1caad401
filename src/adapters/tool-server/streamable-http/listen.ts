import type { Dispatcher } from 'undici';
import { limits } from '#kernel/limits.ts';
import { type Message, readMessage } from '../wire/message.ts';
import { requestBytes } from '../wire/request.ts';
import { type Dispatching, isEventStream } from './exchange.ts';
import { legacyHeaders, postHeaders, type Ready } from './headers.ts';
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
}

const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** The stream on which a server says that its list changed, for as long as it serves one. */
export function startListening(parts: ListenParts): Listening {
  let stopped = false;
  let controller: Dispatcher.DispatchController | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waitMs = firstWaitMs;
  let opened = 0;
  const begin = (): void => {
    if (stopped) return;
    listenOnce(parts, {
      onController: (one) => {
        controller = one;
        if (stopped) one.abort(new Error('stopped'));
      },
      onOpen: () => {
        waitMs = firstWaitMs;
        opened += 1;
        if (opened > 1) parts.onResumed();
      },
      onEnd: (served) => {
        controller = undefined;
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

/** A legacy server is listened to with GET, a modern one is asked for it. Never with a credential. */
function listenRequest({ ready, nextId }: ListenParts) {
  if (ready.era === 'legacy') {
    const headers = ['accept', 'text/event-stream', ...legacyHeaders(ready)];
    return { method: 'GET', headers, body: null } as const;
  }
  const method = 'subscriptions/listen';
  const params = { notifications: { toolsListChanged: true } };
  const body = requestBytes({ id: nextId(), era: 'modern', method, params });
  return { method: 'POST', headers: postHeaders({ ready, method, lent: [] }), body } as const;
}

function listenOnce(parts: ListenParts, hooks: ListenHooks): void {
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
    { path: parts.path, ...listenRequest(parts) },
    {
      onRequestStart: (controller) => hooks.onController(controller),
      onResponseStart(controller, status, received) {
        refused = status < 200 || (status >= 300 && status < 500);
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
