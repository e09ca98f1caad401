import { ShortLived } from '#contracts/short-lived.ts';
import {
  type Hearing,
  type ToolAnswer,
  type ToolServerConnection,
  type UpstreamRequest,
} from '#contracts/tool-server.ts';
import { envelopeBytes } from '../wire/answer.ts';
import { hearAside, hearBeside, type Listener } from '../wire/aside.ts';
import { createChanges, subscribeMethod } from '../wire/changes.ts';
import { type Failed, protocolBroken, unreachable } from '../wire/failed.ts';
import { collectTools } from '../wire/list.ts';
import type { Message } from '../wire/message.ts';
import { mirroredHeaders } from '../wire/mirrored.ts';
import { cancelledBytes, judgedBytes, replyBytes, replyToAsk } from '../wire/request.ts';
import { modernRevision } from '../wire/revisions.ts';
import { type Fired, gaveUp, startWatch, type Watch } from '../wire/watch.ts';
import { answerOf } from './answer.ts';
import { type Exchange, exchange } from './exchange.ts';
import type { Poster } from './handshake.ts';
import { legacyHeaders, postHeaders, queryOf, type Ready } from './headers.ts';
import { bounded, isSessionGone, type Line, type Parts, postOnce, start } from './line.ts';
import { createEar } from './ear.ts';
import { startListening } from './listen.ts';
import { listPage } from './lists.ts';
import { createOwnStream, type OwnStream } from './own-stream.ts';
import { lentNow, resumedAfter } from './resumed.ts';
import { createSession } from './session.ts';
import { unwatch, watchAgain, watchResource } from './watched.ts';

const handshakeMs = 10_000;
/** How long a call waits for the stream on which it may be asked, and when that is tried again. */
const ownStreamMs = 1_000;
const ownStreamAgainMs = 100;
/** How long an answer that is late is still waited for, to be recorded and dropped. */
const lateMs = 30_000;
const goodbyeMs = 1_000;
/** So many connections may wait for what nobody needs; the rest is for calls. */
const mostSpare = 32;

export function createHttpConnection(parts: Parts): ToolServerConnection {
  let lastId = 0;
  let closed = false;
  let opened = false;
  const nextId = (): number => (lastId += 1);
  const open = new ShortLived<number, Exchange>();
  const inFlight: Line['inFlight'] = new ShortLived();
  const { capabilities, events, isAlone } = parts;
  const changes = createChanges({ events, unwatch: (uri) => void unwatch(line, uri) });
  const onAside = (message: Message): void => {
    if (hearBeside(inFlight, message, isAlone) || changes.hear(message)) return;
    if (message.kind === 'request') void reply(line, message);
  };
  const post: Poster['post'] = (one) => postOnce(line, one, handshakeMs);
  const session = createSession({ nextId, post, capabilities }, (ready) => {
    ear.stop();
    if (closed) return;
    const revision = ready.era === 'modern' ? modernRevision : ready.revision;
    events.news?.({ kind: 'up', era: ready.era, revision });
    // A server that forgot us may have come back with another list.
    if (opened) changes.toolsChanged();
    opened = true;
    ear.listen(false);
    watchAgain(line, ready);
  });
  const ear = createEar(parts, { nextId, onAside, changes, current: () => session.current() });
  const own = ownStreamOf(parts, { nextId, onAside });
  const made = { session, nextId, onAside, open, inFlight, own, changes, listen: ear.listen };
  const line: Line = { ...parts, ...made, spare: 0 };
  return {
    exchange: async (request) => (closed ? unreachable('none') : exchangeOver(line, request)),
    listTools: (options) => collectTools((cursor) => listPage(line, { ...options, cursor })),
    speaks: () => session.current()?.era,
    isWatching: () => changes.isWatching(),
    async close() {
      closed = true;
      events.news?.({ kind: 'closed' });
      changes.stop();
      ear.stop();
      own.close();
      const ready = session.current();
      for (const one of open.values()) one.abort();
      if (ready?.era === 'legacy' && ready.session !== undefined) await sayGoodbye(line, ready);
    },
  };
}

function exchangeOver(line: Line, request: UpstreamRequest): Promise<ToolAnswer> {
  return request.method === subscribeMethod
    ? watchResource(line, request, () => ask(line, request))
    : ask(line, request);
}

function ownStreamOf(
  { pool, path }: Parts,
  { nextId, onAside }: Pick<Line, 'nextId' | 'onAside'>,
): OwnStream {
  const every = {
    pool,
    path,
    nextId,
    onMessage: onAside,
    onResumed: () => undefined,
    firstWaitMs: ownStreamAgainMs,
  };
  return createOwnStream({
    waitMs: ownStreamMs,
    listen: ({ ready, lent }, onKnown) => startListening({ ...every, ready, lent, onKnown }),
  });
}

async function ask(line: Line, request: UpstreamRequest): Promise<ToolAnswer> {
  const watch = startWatch(request.timeoutMs, request.signal);
  try {
    const first = await attempt(line, request, watch);
    // The request was turned away because its session is gone: once more with a new one.
    return first === 'session-gone' ? await lastAttempt(line, request, watch) : first;
  } finally {
    watch.end();
  }
}

async function lastAttempt(
  line: Line,
  request: UpstreamRequest,
  watch: Watch,
): Promise<ToolAnswer> {
  const second = await attempt(line, request, watch);
  return second === 'session-gone'
    ? protocolBroken('none', 'it forgets its sessions at once')
    : second;
}

async function attempt(
  line: Line,
  request: UpstreamRequest,
  watch: Watch,
): Promise<ToolAnswer | 'session-gone'> {
  const ready = line.session.current() ?? (await watch.race(line.session.open(request.lent)));
  if (typeof ready === 'string') return gaveUp(ready, 'none');
  if ('kind' in ready) return ready;
  const early = watch.fired();
  if (early !== undefined) return gaveUp(early, 'none');
  const id = line.nextId();
  if (request.hearing === undefined) return send(line, { request, ready, id, watch });
  const { hearing } = request;
  const listener = listenerOf(line, { request, hearing, ready, id, watch });
  line.inFlight.set(id, { listener });
  try {
    // Whoever is asked there would be asked in vain before it is open.
    const late = line.isAlone
      ? await watch.race(line.own.begin(id, { ready, lent: () => lentNow(request) }))
      : undefined;
    if (typeof late === 'string') return gaveUp(late, 'none');
    return await send(line, { request, ready, id, watch, listener });
  } finally {
    line.own.end(id);
    // INVARIANT: what its server asks for a call that was given up is put to no other one.
    if (watch.fired() === undefined) line.inFlight.delete(id);
    else setTimeout(() => line.inFlight.delete(id), lateMs).unref();
  }
}

interface Sending {
  readonly request: UpstreamRequest;
  readonly ready: Ready;
  readonly id: number;
  readonly watch: Watch;
  readonly listener?: Listener;
}

async function send(
  line: Line,
  { request, ready, id, watch, listener }: Sending,
): Promise<ToolAnswer | 'session-gone'> {
  const { method, params, named, trace, lent, resultBytes, hearing } = request;
  const mirrored = mirroredHeaders(request);
  const running = start(line, {
    id,
    headers: postHeaders({ ready, method, named, mirrored, lent, trace }),
    query: queryOf(lent),
    body: judgedBytes({ id, era: ready.era, method, params, trace, hearing }),
    maxBytes: resultBytes + envelopeBytes,
    resumed:
      ready.era === 'legacy'
        ? (after) => resumedAfter({ path: line.path, ready, request, watch, after })
        : undefined,
    ...(listener === undefined ? {} : { onAside: hearingOf(line, ready, listener) }),
  });
  const outcome = await watch.race(running.outcome);
  if (typeof outcome === 'string') {
    return abandon(line, { running, ready, id, fired: outcome, request });
  }
  if (outcome.kind !== 'lost' && isSessionGone(line, ready, outcome.status)) return 'session-gone';
  return answerOf(outcome, { resultBytes, method, hearing });
}

interface ListenerParts {
  readonly request: UpstreamRequest;
  readonly hearing: Hearing;
  readonly ready: Ready;
  readonly id: number;
  readonly watch: Watch;
}

function listenerOf(line: Line, { request, hearing, ready, id, watch }: ListenerParts): Listener {
  const reply: Listener['reply'] = (to, said) => {
    if (ready.era !== 'legacy') return;
    const headers = postHeaders({ ready, method: '', lent: lentNow(request) });
    const body = replyToAsk(to, said);
    const query = queryOf(lentNow(request));
    void postOnce(
      line,
      { id: undefined, headers, query, body, maxBytes: envelopeBytes },
      handshakeMs,
    );
  };
  return { hearing, token: id, watch, reply };
}

/** What stands in the stream of this very answer is for whoever waits for it, if it is for anybody. */
function hearingOf(line: Line, ready: Ready, listener: Listener): (message: Message) => void {
  return (message) => {
    if (message.kind === 'request' && ready.era !== 'legacy') return;
    if (!hearAside(listener, message)) line.onAside(message);
  };
}

interface Abandoned {
  readonly running: Exchange;
  readonly ready: Ready;
  readonly id: number;
  readonly fired: Fired;
  readonly request: UpstreamRequest;
}

/**
 * Nobody waits any more. A modern server takes a closed stream as the wish to stop; a legacy one is
 * told. After a timeout the answer is still worth knowing, so it is waited for a while.
 */
function abandon(line: Line, { running, ready, id, fired, request }: Abandoned): Failed {
  if (!running.sent()) {
    running.abort();
    return gaveUp(fired, 'none');
  }
  if (ready.era === 'legacy') {
    const method = 'notifications/cancelled';
    const headers = postHeaders({ ready, method, lent: lentNow(request) });
    const body = cancelledBytes(id, fired === 'timeout' ? 'timed out' : 'cancelled');
    const query = queryOf(lentNow(request));
    void postOnce(
      line,
      { id: undefined, headers, query, body, maxBytes: envelopeBytes },
      goodbyeMs,
    );
  }
  const isSpared = line.spare >= mostSpare || (ready.era === 'modern' && fired === 'cancelled');
  if (isSpared) running.abort();
  else void waitForLate(line, running, request.callId);
  return gaveUp(fired, 'unknown');
}

async function waitForLate(line: Line, running: Exchange, callId: string): Promise<void> {
  line.spare += 1;
  const outcome = await bounded(running, lateMs);
  line.spare -= 1;
  if (outcome.kind === 'message') line.events.lateAnswer(callId, outcome.bytes);
}

async function reply(
  line: Line,
  { id, method }: Extract<Message, { kind: 'request' }>,
): Promise<void> {
  const ready = line.session.current();
  if (ready?.era !== 'legacy' || line.spare >= mostSpare) return;
  line.spare += 1;
  const headers = postHeaders({ ready, method, lent: [] });
  const body = replyBytes(id, method);
  await postOnce(line, { id: undefined, headers, body, maxBytes: envelopeBytes }, goodbyeMs);
  line.spare -= 1;
}

async function sayGoodbye(line: Line, ready: Ready): Promise<void> {
  const options = { id: undefined, maxBytes: envelopeBytes, onAside: line.onAside };
  const one = { method: 'DELETE', path: line.path, headers: legacyHeaders(ready), body: null };
  await bounded(exchange(line.pool, { ...one, method: 'DELETE' }, options), goodbyeMs);
}
