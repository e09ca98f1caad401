import type { ShortLived } from '#contracts/short-lived.ts';
import type { ToolServerEvents } from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import type { Listener } from '../wire/aside.ts';
import type { Changes } from '../wire/changes.ts';
import type { Message } from '../wire/message.ts';
import {
  type Dispatching,
  type Exchange,
  exchange,
  type ExchangeOptions,
  type Outcome,
} from './exchange.ts';
import type { Poster } from './handshake.ts';
import { type Ready, withQuery } from './headers.ts';
import type { OwnStream } from './own-stream.ts';
import type { Session } from './session.ts';

export interface Parts {
  readonly pool: Dispatching;
  readonly path: string;
  readonly timeoutMs: number;
  /** What the server may ask of whoever calls it. */
  readonly capabilities: JsonObject;
  readonly events: ToolServerEvents;
  /** All its calls are of one task of one instance. */
  readonly isAlone: boolean;
}

/** One connection, as whatever is asked over it sees it. */
export interface Line extends Parts {
  readonly session: Session;
  readonly nextId: () => number;
  readonly onAside: (message: Message) => void;
  /** Everything in flight: closed with the connection. */
  readonly open: ShortLived<number, Exchange>;
  /** Calls that listen, by id, for as long as their server may speak of them. */
  readonly inFlight: ShortLived<number, { readonly listener: Listener }>;
  /** What the server says of its lists and resources. */
  readonly changes: Changes;
  /** Hears what it says between calls, once that is more than nothing; `anew` when there is more to ask for. */
  readonly listen: (anew: boolean) => void;
  /** Where such a server speaks that does not say to which call. */
  readonly own: OwnStream;
  /** Exchanges that nobody waits for: late answers, and replies to the server. Bounded. */
  spare: number;
}

/** 404 says so. 400 may say so too, but not surely: only the next call begins anew. */
export function isSessionGone(line: Line, ready: Ready, status: number): boolean {
  if (status !== 400 && status !== 404) return false;
  const hadSession = ready.era === 'legacy' && ready.session !== undefined;
  if (status === 400 || hadSession) line.session.forget(ready);
  return status === 404 && hadSession;
}

type PostParts = Parameters<Poster['post']>[0] &
  Pick<ExchangeOptions, 'resumed'> & {
    readonly onAside?: (message: Message) => void;
  };

export function start(line: Line, parts: PostParts): Exchange {
  const { id, headers, query, body, maxBytes, resumed } = parts;
  const { pool, open } = line;
  const path = withQuery(line.path, query);
  const onAside = parts.onAside ?? line.onAside;
  const options = { id, maxBytes, onAside, open, resumed };
  return exchange(pool, { method: 'POST', path, headers, body }, options);
}

export function postOnce(line: Line, parts: PostParts, timeoutMs: number): Promise<Outcome> {
  return bounded(start(line, parts), timeoutMs);
}

export async function bounded(running: Exchange, timeoutMs: number): Promise<Outcome> {
  const timer = setTimeout(() => running.abort(), timeoutMs);
  try {
    return await running.outcome;
  } finally {
    clearTimeout(timer);
  }
}
