import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionState, Outcome } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { tracedBy } from '#kernel/trace.ts';
import type { IdentityGate } from '#planes/identity/index.ts';
import type { Pipeline } from '../pipeline.ts';
import { answerBatch } from './batch.ts';
import { answerStream, type AnswerStream } from './answer-stream.ts';
import { type Doors, type Served, servedBy } from './before-body.ts';
import { readBody } from './body.ts';
import { type BodyDoorParts, createBodyDoor } from './body-door.ts';
import { callOf, type Received, refusedCall } from './call.ts';
import { type Caller, callerOf, type Outliving } from './caller.ts';
import { type RequestHeaders, headersReader } from './headers.ts';
import { presentedBy } from './presented.ts';
import { liveLine } from './live.ts';
import type { Batch, Protocol, Reading } from './protocol.ts';
import { type Place, placesIn } from './routes.ts';
import type { ProtectedResources } from './protected-resource.ts';
import { sendAnswer } from './send.ts';
import { unserved } from './unserved.ts';

export interface HttpParts extends Doors, BodyDoorParts {
  readonly pipeline: Pipeline;
  readonly identity: Pick<IdentityGate, 'hasCredential' | 'nonce'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly tenant: string;
  readonly protocols: readonly Protocol[];
  readonly resources?: ProtectedResources;
  /** How long one window, or a whole plain answer, may wait to be taken. */
  readonly answerTakenMs?: number;
  readonly keepAliveMs?: number;
  readonly outliving?: Outliving;
  /** How long a caller may stay away whose call goes on meanwhile. */
  readonly callerAwayMs?: number;
  /** How long what is asked beside a request may keep its answer, in all. */
  readonly alsoAskedMs?: number;
}

export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  connection: ConnectionState,
) => Promise<void>;

/** One request on its way: what stands before its body is read. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: RequestHeaders;
  readonly place: Place | undefined;
  readonly received: Received;
  readonly caller: Caller;
}

/** What every front shares: from the head of a request to the last byte of its answer. */
export function createHttpHandler(parts: HttpParts): RequestHandler {
  const placeOf = placesIn(parts.protocols);
  const readHeaders = headersReader(parts.protocols);
  const bodies = createBodyDoor(parts);
  return async (request, response, connection) => {
    const headers = readHeaders(request);
    const place = placeOf(request.url ?? '');
    const caller = callerOf(response);
    const received: Received = {
      front: place?.protocol.name ?? unserved.name,
      tenant: parts.tenant,
      source: request.socket.remoteAddress ?? 'unknown',
      connection,
      presented: presentedBy(request, headers, parts.publicHosts),
      receivedAt: parts.clock.now(),
      signal: caller.signal,
      traced: tracedBy(headers.values['traceparent']),
    };
    const arrival = { request, response, headers, place, received, caller };
    const served = servedBy(parts, request, headers, place);
    if (isPublished(parts, arrival, served)) return;
    if (isRefusal(served)) return refuse(parts, arrival, served);
    if (!parts.identity.hasCredential(received.presented)) return refuse(parts, arrival);
    const leave = bodies.enter(received, headers.values);
    if (isRefusal(leave)) return refuse(parts, arrival, leave);
    let body: Buffer | Refusal;
    try {
      body = await bodyOf(arrival, served);
    } finally {
      leave();
    }
    return serve(parts, arrival, readingOf(served, arrival, body), body);
  };
}

/** Without its body: the pipeline refuses it, for `reason` if nothing else, and records it. */
async function refuse(
  parts: HttpParts,
  { received, response, place }: Arrival,
  reason?: Refusal,
): Promise<void> {
  const outcome = await parts.pipeline.run(refusedCall(received, reason));
  const answer = (place?.protocol ?? unserved).answer(outcome);
  const allow = place?.routes.map(({ method }) => method) ?? [];
  const nonce = parts.identity.nonce(parts.clock.now());
  const signIn = signInAt(parts, received);
  sendAnswer(response, answer, { nonce, close: true, allow, takenMs: takenMs(parts), signIn });
}

/**
 * What stands at an address for everybody is told without the path: it is no call, and says nothing of
 * anybody. INVARIANT: only where nothing else is served, and only under a host that is ours.
 */
function isPublished(
  parts: HttpParts,
  { request, response, headers, place, received }: Arrival,
  served: Served | Refusal,
): boolean {
  if (place !== undefined || request.method !== 'GET' || !isRefusal(served)) return false;
  if (served.code !== 'admit/not-found') return false;
  const body = parts.resources?.documentAt(askedAt(received));
  if (body === undefined) return false;
  const nonce = parts.identity.nonce(parts.clock.now());
  const answer = { status: 200, body, refusal: undefined };
  const close = headers.values['content-length'] !== undefined;
  sendAnswer(response, answer, { nonce, close, allow: [], takenMs: takenMs(parts) });
  return true;
}

function askedAt({ presented }: Received) {
  const at = presented.url.indexOf('/', presented.url.indexOf('//') + 2);
  return { origin: presented.url.slice(0, at), url: presented.url.slice(at) };
}

function signInAt({ resources }: HttpParts, received: Received) {
  if (resources === undefined) return undefined;
  return (no: Refusal, status: number) => resources.challenge(no, status, askedAt(received));
}

function bodyOf({ request, response, headers }: Arrival, { route }: Served) {
  if (route.method !== 'POST') return noBody;
  // Only now: who is refused by the head alone is not told to send the rest.
  if (headers.values['expect'] !== undefined) response.writeContinue();
  return readBody(request, limits.requestBodyBytes);
}

/** INVARIANT: a front that fails has read nothing: the call is refused, and recorded as any other. */
function readingOf(
  { protocol, route }: Served,
  { headers, caller, place, received }: Arrival,
  body: Buffer | Refusal,
): Reading | Batch {
  if (isRefusal(body)) return unread(protocol, body);
  const cancel = () => caller.cancel();
  try {
    return protocol.read({
      route,
      headers: headers.values,
      traced: received.traced,
      below: place?.below,
      body,
      cancel,
    });
  } catch {
    return unread(protocol, refusal('gateway/internal'));
  }
}

async function serve(
  parts: HttpParts,
  arrival: Arrival,
  asked: Reading | Batch,
  body: Buffer | Refusal,
): Promise<void> {
  const { response, received, caller } = arrival;
  const nonce = () => parts.identity.nonce(parts.clock.now());
  const bytes = isRefusal(body) ? 0 : body.length;
  if ('readings' in asked) {
    const answer = await answerBatch(parts.pipeline, received, asked, bytes);
    return sendAnswer(response, answer, { ...open, nonce: nonce(), takenMs: takenMs(parts) });
  }
  const stream = streamOf(parts, arrival, asked, nonce);
  const ended = asked.outlives === true ? outlive(parts, caller) : undefined;
  let outcome: Outcome | undefined;
  try {
    const call = callOf(received, asked, bytes);
    outcome = await parts.pipeline.run(call, stream?.release);
  } finally {
    stream?.done();
    asked.onEnded?.(outcome);
    ended?.();
  }
  if (asked.live !== undefined && outcome.kind === 'noticed') {
    await askAlso(parts, received, asked, outcome.principal);
    return openLive(parts, response, nonce(), asked.live);
  }
  if (stream !== undefined && (stream.isOpen || outcome.kind === 'streamed')) {
    return stream.end(outcome);
  }
  const signIn = signInAt(parts, received);
  const close = isRefusal(body);
  const head = { nonce: nonce(), close, allow: [], takenMs: takenMs(parts), signIn };
  sendAnswer(response, asked.answer(outcome), head);
}

/** INVARIANT: each is judged by itself; whose it is, the request has proved once. */
async function askAlso(
  { pipeline, alsoAskedMs = limits.alsoAskedMs }: HttpParts,
  received: Received,
  { also = [], revision, heldBy, traced }: Reading,
  proven: Principal,
): Promise<void> {
  if (also.length === 0) return;
  const signal = AbortSignal.any([received.signal, AbortSignal.timeout(alsoAskedMs)]);
  for (const { onEnded, ...one } of also) {
    // What was not asked by then is not honoured, and the answer says so.
    if (signal.aborted) return;
    const call = callOf({ ...received, signal }, { ...one, revision, heldBy, traced }, 0);
    onEnded(await pipeline.run({ ...call, proven }));
  }
}

function openLive(
  parts: HttpParts,
  response: ServerResponse,
  nonce: string,
  live: NonNullable<Reading['live']>,
): void {
  if (!response.destroyed) live(liveLine(response, nonce, takenMs(parts)));
}

/** Its caller may leave and come back. Answers what is called when it has ended. */
function outlive({ outliving, callerAwayMs }: HttpParts, caller: Caller): (() => void) | undefined {
  caller.outlive(callerAwayMs);
  return outliving?.hold(() => caller.cancel());
}

/** The connection stays, and nothing else is to be allowed. */
const open = { close: false, allow: [] };

const noBody = Buffer.alloc(0);

function unread(protocol: Protocol, reason: Refusal): Reading {
  const answer = (outcome: Outcome) => protocol.answer(outcome);
  return { method: '', revision: '', action: { kind: 'refused', reason }, answer };
}

function streamOf(
  parts: HttpParts,
  { response, caller }: Arrival,
  { stream: form }: Reading,
  nonce: () => string,
): AnswerStream | undefined {
  if (form === undefined) return undefined;
  const aliveMs = parts.keepAliveMs ?? limits.keepAliveMs;
  return answerStream(response, form, { nonce, takenMs: takenMs(parts), aliveMs, caller });
}

function takenMs({ answerTakenMs }: HttpParts): number {
  return answerTakenMs ?? limits.answerTakenMs;
}
