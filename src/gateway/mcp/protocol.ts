import type { Outcome } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import { type Cancellations, createCancellations } from '../cancellations.ts';
import type { Batch, HttpRequest, Protocol, Reading, Route } from '../http/protocol.ts';
import { type Asks, createAsks } from '../talk/asks.ts';
import { type Asked, createAnswers, type ServerInfo } from './answer.ts';
import { batchOf } from './batch.ts';
import { cancellable } from './cancellable.ts';
import { liveOf, sessionStream, subscription } from './listen.ts';
import type { Listeners } from '../sessions/listeners.ts';
import { type Incoming, parseIncoming } from './message.ts';
import { methodOf } from './methods.ts';
import { type Message, revisionOf } from './revision.ts';
import {
  batchRevision,
  isLegacy,
  type LegacyRevision,
  modernRevision,
  type Revision,
  unnamedRevision,
} from './revisions.ts';
import type { Session, Sessions } from '../sessions/sessions.ts';
import { eventStream, talkingOf } from './talk.ts';
import { toAction } from './to-action.ts';

/** What a client is given beside answers. Without sessions, clients of all revisions do without. */
export interface McpParts {
  readonly cancellations?: Cancellations | undefined;
  readonly asks?: Asks | undefined;
  readonly sessions?: Sessions | undefined;
  readonly listeners?: Listeners | undefined;
}

interface Front extends McpParts {
  readonly info: JsonObject;
  readonly cancellations: Cancellations;
  readonly asks: Asks;
  readonly answerTo: ReturnType<typeof createAnswers>;
}

/** MCP over Streamable HTTP at `/mcp` and `/mcp/SERVER`, in every revision. Translates only. */
export function createMcpProtocol(info: ServerInfo, parts: McpParts = {}): Protocol {
  const front: Front = {
    ...parts,
    info: { name: info.name, version: info.version },
    cancellations: parts.cancellations ?? createCancellations(),
    asks: parts.asks ?? createAsks(),
    answerTo: createAnswers(info),
  };
  const methods = ['POST' as const, ...(parts.listeners === undefined ? [] : (['GET'] as const))];
  const ends = parts.sessions === undefined ? [] : (['DELETE'] as const);
  return {
    name: 'mcp',
    routes: [...methods, ...ends].flatMap((method): Route[] => [
      { method, path: '/mcp' },
      // One server under its own names.
      { method, path: '/mcp/', below: serverName },
    ]),
    headerPrefixes: ['mcp-'],
    answer: (outcome) => front.answerTo(outcome, unread),
    close: () => parts.listeners?.close(),
    read(request) {
      if (request.route.method === 'GET') return readStream(front, request);
      if (request.route.method === 'DELETE') return readEnd(front, request);
      const incoming = parseIncoming(request.body);
      return 'length' in incoming
        ? readBatch(front, request, incoming)
        : readMessage(front, request, incoming);
    },
  };
}

const serverName = /^[a-z0-9-]{1,64}$/;

const unread: Asked = { id: null, method: '', revision: undefined };

function refused(front: Front, reason: Refusal, asked: Partial<Asked> = {}): Reading {
  return {
    method: asked.method ?? '',
    revision: '',
    action: { kind: 'refused', reason },
    answer: (outcome) => front.answerTo(outcome, { ...unread, id: asked.id ?? null }),
  };
}

/** INVARIANT: of the one revision that knows batches; in all others one is no message at all. */
function readBatch(
  front: Front,
  request: HttpRequest,
  messages: readonly Incoming[],
): Reading | Batch {
  const session = sessionFor(front, request, undefined, '');
  if (isRefusal(session)) return refused(front, session);
  const revision = session?.revision ?? request.headers['mcp-protocol-version'] ?? unnamedRevision;
  if (revision !== batchRevision) {
    const message = `batches belong to revision ${batchRevision} alone`;
    return refused(front, refusal('admit/malformed', { message }));
  }
  // One that is cancelled would take the others with it: each ends with the request alone.
  const each = { ...request, cancel: () => undefined };
  return batchOf(messages, (message) => {
    const { id = null, method = '' } = message as Partial<Asked>;
    // A handshake is no part of a batch.
    return method === 'initialize'
      ? refused(front, refusal('admit/malformed'), { id, method })
      : readMessage(front, each, message);
  });
}

function readMessage(front: Front, request: HttpRequest, message: Incoming): Reading {
  const id = message.kind === 'notification' ? null : message.id;
  if (message.kind === 'bad') return refused(front, message.refusal, { id });
  if (message.kind === 'response') return replied(front, message, request);
  const { method } = message;
  const declared = revisionOf(request.headers, message);
  if (isRefusal(declared)) return refused(front, declared, { id, method });
  const session = sessionFor(front, request, declared, method);
  if (isRefusal(session)) return refused(front, session, { id, method });
  const revision = session?.revision ?? declared;
  const { action, approvalHandle, trace } = toAction(message, revision, request.below);
  const asked = { id, method, revision };
  const answer = (outcome: Outcome) => front.answerTo(outcome, asked);
  const heldBy = session?.holder;
  const reading = { method, revision, action, approvalHandle, trace, heldBy, answer };
  const more =
    action.kind === 'refused' ? {} : besideOf(front, { message, revision, session, answer });
  return cancellable(front.cancellations, { ...reading, ...more }, message, request);
}

/**
 * The session that a request names. INVARIANT: one that is not ours, has ended or is not the caller's is
 * refused, and never taken for none. A client that names none goes on without.
 */
function sessionFor(
  { sessions }: Front,
  { headers }: HttpRequest,
  revision: Revision | undefined,
  method: string,
): Known | Refusal | undefined {
  const named = headers['mcp-session-id'];
  // The newest revision has none, and a handshake begins another.
  if (sessions === undefined || named === undefined || method === 'initialize') return undefined;
  if (revision === modernRevision) return undefined;
  const session = sessions.open(named);
  if (session === undefined) return refusal('admit/unknown-session');
  const declared = headers['mcp-protocol-version'];
  if (!isLegacy(session.revision)) return refusal('admit/unknown-session');
  if (declared !== undefined && declared !== session.revision) {
    return refusal('admit/header-mismatch', {
      message: 'header `MCP-Protocol-Version` does not say what was agreed in this session',
    });
  }
  return { ...session, revision: session.revision };
}

/** In a revision that is still served. */
type Known = Session & { readonly revision: LegacyRevision };

interface Told {
  readonly message: Message;
  readonly revision: Revision;
  readonly session: Session | undefined;
  readonly answer: Reading['answer'];
}

type Beside = Partial<
  Pick<Reading, 'talk' | 'stream' | 'live' | 'onEnded' | 'onIdentified' | 'answer'>
>;

/** What a message means beside what it asks. */
function besideOf(front: Front, told: Told): Beside {
  const { message, revision, session, answer } = told;
  if (message.kind !== 'request') return {};
  const method = methodOf(revision, message.method);
  if (message.method === 'initialize') return beginning(front, told);
  if (method?.listens === true) return listening(front, message);
  if (method?.setsLevel === true) return settingLevel(front, message, session);
  if (method?.talks !== true) return {};
  const talking = talkingOf(message, revision, session);
  if (talking === undefined) return {};
  return { talk: talking.talk, stream: eventStream(talking.token, answer) };
}

/** INVARIANT: a session is begun for whoever was let pass, and for nobody else. */
function beginning({ sessions }: Front, { message, revision, answer }: Told): Beside {
  if (sessions === undefined || !isLegacy(revision)) return {};
  const { capabilities } = message.params;
  let by: Principal | undefined;
  return {
    onIdentified: (principal) => void (by = principal),
    answer(outcome) {
      const told = answer(outcome);
      if (outcome.kind !== 'greeted' || by === undefined) return told;
      const begun = {
        revision,
        capabilities: isJsonObject(capabilities) ? capabilities : undefined,
      };
      return { ...told, headers: ['mcp-session-id', sessions.begin(by, begun)] };
    },
  };
}

function settingLevel(
  { sessions }: Front,
  { params: { level } }: Message,
  session: Session | undefined,
): Beside {
  if (session === undefined || typeof level !== 'string') return {};
  return {
    onEnded(outcome) {
      if (outcome?.kind === 'noticed') sessions?.setLevel(session.id, level);
    },
  };
}

function listening(
  { listeners, info }: Front,
  message: Extract<Message, { kind: 'request' }>,
): Beside {
  if (listeners === undefined) return {};
  return liveOf(listeners, subscription(message, info));
}

/** It is for a call that is still open, once it is known whose it is. */
function replied(
  front: Front,
  { id, reply }: Extract<Incoming, { kind: 'response' }>,
  request: HttpRequest,
): Reading {
  const session = sessionFor(front, request, undefined, '');
  if (isRefusal(session)) return refused(front, session);
  return {
    method: 'response',
    revision: session?.revision ?? '',
    action: { kind: 'notice' },
    heldBy: session?.holder,
    answer: (outcome) => front.answerTo(outcome, unread),
    onEnded(outcome) {
      if (outcome?.kind === 'noticed') front.asks.reply(outcome.principal, String(id), reply);
    },
  };
}

/** A client that wants to hear what happens. What it missed while nobody listened is not told again. */
function readStream(front: Front, request: HttpRequest): Reading {
  const { listeners } = front;
  const declared = request.headers['mcp-protocol-version'];
  if (listeners === undefined || declared === modernRevision) {
    return refused(front, refusal('admit/method-not-allowed'), { method: 'GET' });
  }
  if (declared !== undefined && !isLegacy(declared)) {
    return refused(front, refusal('admit/unsupported-revision'), { method: 'GET' });
  }
  const session = sessionFor(front, request, undefined, 'GET');
  if (isRefusal(session)) return refused(front, session, { method: 'GET' });
  if (!listeners.hasRoom) {
    return refused(front, refusal('admit/overloaded', { retryAfter: 30 }), { method: 'GET' });
  }
  return {
    ...taken(front, session, 'GET'),
    ...liveOf(listeners, sessionStream(session?.id)),
  };
}

/** The client has no more use for its session. */
function readEnd(front: Front, request: HttpRequest): Reading {
  const session = sessionFor(front, request, undefined, 'DELETE');
  if (session === undefined || isRefusal(session)) {
    const no = session ?? refusal('admit/malformed', { message: 'no session is named' });
    return refused(front, no, { method: 'DELETE' });
  }
  return {
    ...taken(front, session, 'DELETE'),
    onEnded(outcome) {
      if (outcome?.kind === 'noticed') front.sessions?.end(session.id);
    },
  };
}

function taken(front: Front, session: Session | undefined, method: 'GET' | 'DELETE'): Reading {
  return {
    method,
    revision: session?.revision ?? '',
    action: { kind: 'notice' },
    heldBy: session?.holder,
    answer: (outcome) => front.answerTo(outcome, unread),
  };
}
