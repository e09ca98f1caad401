import type { Outcome } from '#kernel/call.ts';
import { canonicalText, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Reading } from '../http/protocol.ts';
import type { Listeners, Listening } from '../sessions/listeners.ts';
import type { Message } from './revision.ts';
import { eventBytes } from './talk.ts';

const subscriptionKey = 'io.modelcontextprotocol/subscriptionId';
const toolsChanged = 'notifications/tools/list_changed';

type Live = Pick<Reading, 'live' | 'onEnded'>;

/** What stays open for whoever was let pass. */
export function liveOf(listeners: Listeners, about: Omit<Listening, 'by'>): Live {
  let by: Principal | undefined;
  return {
    onEnded(outcome: Outcome | undefined) {
      if (outcome?.kind === 'noticed') by = outcome.principal;
    },
    live(line) {
      if (by === undefined) line.end(undefined);
      else listeners.open({ ...about, by }, line);
    },
  };
}

/** The stream of a session with a handshake: what changes, and nothing of any call. */
export function sessionStream(session: string | undefined): Omit<Listening, 'by'> {
  return {
    session,
    first: undefined,
    toolsChanged: eventOf({ method: toolsChanged }),
    last: undefined,
  };
}

/**
 * What a client of the newest revision asked to hear. INVARIANT: it is acknowledged first, as much of it
 * as is honoured, and nothing is told that was not asked for.
 */
export function subscription(
  { id, params }: Extract<Message, { kind: 'request' }>,
  serverInfo: JsonObject,
): Omit<Listening, 'by'> {
  const wanted = isJsonObject(params['notifications']) ? params['notifications'] : emptyObject();
  const hearsTools = wanted['toolsListChanged'] === true;
  const meta = { [subscriptionKey]: id };
  const honoured = hearsTools ? { toolsListChanged: true } : {};
  const result = {
    _meta: { ...meta, 'io.modelcontextprotocol/serverInfo': serverInfo },
    resultType: 'complete',
  };
  return {
    session: undefined,
    first: eventOf({
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: meta, notifications: honoured },
    }),
    toolsChanged: hearsTools
      ? eventOf({ method: toolsChanged, params: { _meta: meta } })
      : undefined,
    last: eventOf({ id, result }),
  };
}

function eventOf(message: JsonObject): Buffer {
  return eventBytes(Buffer.from(canonicalText({ ...message, jsonrpc: '2.0' })));
}
