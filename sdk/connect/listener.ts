import { setTimeout as pause } from 'node:timers/promises';
import type { Held } from './bounds.ts';
import { readEvents } from './events.ts';
import { collect } from './exchange.ts';
import type { Answer, Gateway } from './gateway.ts';
import type { Session } from './session.ts';
import { isEventStream } from './session.ts';

export interface ListenerParts {
  readonly gateway: Gateway;
  readonly held: Held;
  readonly session: Session;
  readonly deliver: (message: Uint8Array) => Promise<void>;
}

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/**
 * What the gateway says by itself, over the stream that sessions of before 2026 have for that. A
 * gateway that has none is not asked again; one that went away is, and resumed where it stopped.
 */
export function startListening(parts: ListenerParts): { stop(): void } {
  const gone = new AbortController();
  void listen(parts, gone.signal).catch(() => undefined);
  return { stop: () => gone.abort() };
}

async function listen(parts: ListenerParts, signal: AbortSignal): Promise<void> {
  const { session } = parts;
  let last: string | undefined;
  let wait = firstPauseMs;
  let asked = firstPauseMs;
  const follow = async (answer: Answer): Promise<void> => {
    wait = firstPauseMs;
    const event = async (one: { readonly id: string | undefined; readonly data: Buffer }) => {
      last = one.id ?? last;
      if (one.data.length > 0) await parts.deliver(one.data);
    };
    await readEvents(answer.body, { event, retry: (ms) => (asked = ms) }, parts.held);
  };
  while (!signal.aborted) {
    const { age } = session;
    try {
      const answer = await open(parts, last, signal);
      if (answer.status === 200 && isEventStream(answer)) await follow(answer);
      else if (answer.status === 404 && session.hasId) {
        last = undefined;
        await session.reopen(age);
      } else if (answer.status < 500 && answer.status !== 429) return await forget(parts, answer);
      else await forget(parts, answer);
    } catch {
      // It comes back, or the client ends: both are seen below.
    }
    await pause(Math.max(wait, asked), undefined, { signal }).catch(() => undefined);
    wait = Math.min(longestPauseMs, wait * 2);
  }
}

function open(
  { gateway, session }: ListenerParts,
  last: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const { 'content-type': _, ...headers } = session.headers();
  return gateway.send({
    method: 'GET',
    headers: {
      ...headers,
      accept: 'text/event-stream',
      ...(last === undefined ? {} : { 'last-event-id': last }),
    },
    signal,
    isRepeatable: true,
    patienceMs: 0,
  });
}

async function forget({ held }: ListenerParts, { body }: Answer): Promise<void> {
  await collect(body, held);
}
