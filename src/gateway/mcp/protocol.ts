import type { Outcome } from '#kernel/call.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Principal } from '#kernel/principal.ts';
import { type Traced, tracedInMessage } from '#kernel/trace.ts';
import { createCancellations } from '../cancellations.ts';
import type { Batch, HttpRequest, Protocol, Reading, Route } from '../http/protocol.ts';
import { createAsks } from '../talk/asks.ts';
import { type Asked, createAnswers, type ServerInfo } from './answer.ts';
import { type Accepts, acceptsOf } from './accept.ts';
import { batchOf } from './batch.ts';
import { readEnd, readStream, replied } from './beside-requests.ts';
import { cancellable } from './cancellable.ts';
import { type Front, type Known, type McpParts, refused, sessionFor, unread } from './front.ts';
import { keepingOf } from './keeping.ts';
import { subscription } from './listen.ts';
import { type Incoming, parseIncoming } from './message.ts';
import { methodOf } from './methods.ts';
import { recordedMethod } from './recorded-method.ts';
import { type Message, revisionOf } from './revision.ts';
import { batchRevision, isLegacy, type Revision, unnamedRevision } from './revisions.ts';
import type { Session } from '../sessions/sessions.ts';
import { eventStream, talkingOf, withoutStream } from './talk.ts';
import { toAction } from './to-action.ts';
import { subscribing, unsubscribing, whyNotHeard } from './watching.ts';

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
    resource: { path: '/mcp', below: serverName },
    headerPrefixes: ['mcp-', 'last-event-id'],
    answer: (outcome) => front.answerTo(outcome, unread),
    close() {
      parts.listeners?.close();
      parts.answers?.close();
    },
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
  return batchOf(messages, (message) => {
    const { id = null, method = '' } = message as Partial<Asked>;
    // A handshake is no part of a batch.
    if (method === 'initialize') return refused(front, refusal('admit/malformed'), { id, method });
    // One that is cancelled does not take the others with it.
    const own = new AbortController();
    const each = { ...request, cancel: () => own.abort() };
    return { ...readMessage(front, each, message), signal: own.signal };
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
  const accepts = acceptsOf(request.headers['accept']);
  if (!isTold(accepts, message, revision)) {
    return refused(front, refusal('admit/not-acceptable'), { id, method });
  }
  const unmade = whyNotHeard(front, { message, revision, session });
  if (unmade !== undefined) return refused(front, unmade, { id, method });
  const { action, approvalHandle, userReply, pageReply, words } = toAction(
    message,
    revision,
    request,
  );
  const traced = tracedIn(message, request);
  const asked = { id, method, revision, uri: uriIn(message, revision) };
  const answer = (outcome: Outcome) => front.answerTo(outcome, asked);
  const heldBy = session?.holder;
  const beside = { approvalHandle, userReply, pageReply, words };
  const recorded = { method: recordedMethod(method), revision, action };
  const reading = { ...recorded, ...beside, traced, heldBy, answer };
  const more =
    action.kind === 'refused'
      ? {}
      : besideOf(front, { message, revision, session, answer, accepts, server: request.below });
  const cancelling = { session: session?.id, cancel: request.cancel };
  // In a session whoever leaves may come back; without one nobody can.
  const outlives = session !== undefined && message.kind === 'request';
  const whole = { ...reading, ...more, outlives };
  return cancellable(front.cancellations, whole, message, cancelling);
}

/** SEP-414: in its `_meta`, by the name that the header has. */
function tracedIn({ params }: Message, { traced }: HttpRequest): Traced {
  const meta = params['_meta'];
  return isJsonObject(meta) ? tracedInMessage(meta['traceparent'], traced) : traced;
}

/**
 * Whether its answer can be told in a form that its client knows: the protocol wants both named, and whoever
 * names the stream alone knows the other as well. A notice is answered with nothing.
 */
function isTold({ json, stream }: Accepts, { kind, method }: Message, revision: Revision): boolean {
  if (kind === 'notification') return true;
  return methodOf(revision, method)?.listens === true ? stream : json || stream;
}

/** What a no about a resource repeats. */
function uriIn({ method, params }: Message, revision: Revision): string | undefined {
  const { uri } = params;
  if (typeof uri !== 'string') return undefined;
  return methodOf(revision, method)?.names === 'uri' ? uri : undefined;
}

interface Told {
  readonly message: Message;
  readonly revision: Revision;
  readonly session: Known | undefined;
  readonly answer: Reading['answer'];
  readonly accepts: Accepts;
  /** At whose own address it was asked. */
  readonly server: string | undefined;
}

type Beside = Partial<
  Pick<
    Reading,
    'talk' | 'stream' | 'live' | 'also' | 'onEnded' | 'onIdentified' | 'onLent' | 'answer'
  >
>;

/** What a message means beside what it asks. */
function besideOf(front: Front, told: Told): Beside {
  const { message, revision, session } = told;
  if (message.kind !== 'request') return {};
  const method = methodOf(revision, message.method);
  if (message.method === 'initialize') return beginning(front, told);
  if (method?.listens === true) return listening(front, message, told.server);
  if (method?.subscribes === true) return subscribing(front, told);
  if (method?.unsubscribes === true) return unsubscribing(front, told);
  if (method?.setsLevel === true) return settingLevel(front, message, session);
  if (method?.talks !== true) return {};
  return talkOf(front, { ...told, message });
}

/** What is told of a call before its answer, and to whoever comes back for it. */
function talkOf(
  front: Front,
  {
    message,
    revision,
    session,
    answer,
    accepts,
  }: Told & { readonly message: Extract<Message, { kind: 'request' }> },
): Beside {
  const talking = talkingOf(message, revision, session);
  if (!accepts.stream) return talking === undefined ? {} : { talk: withoutStream(talking.talk) };
  const kept = keepingOf(front, { message, session, answer });
  // Where nothing is told before the answer, only what is primed can be come back for.
  if (talking === undefined && kept?.isPrimed !== true) return {};
  return {
    talk: talking?.talk,
    stream: eventStream(talking?.token, answer, kept?.form),
    onLent: kept?.onLent,
  };
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
  { listeners, info: serverInfo }: Front,
  message: Extract<Message, { kind: 'request' }>,
  server: string | undefined,
): Beside {
  return listeners === undefined ? {} : subscription(message, { listeners, serverInfo, server });
}
