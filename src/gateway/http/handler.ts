import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionState, Outcome } from '#kernel/call.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { IdentityGate } from '#planes/identity/index.ts';
import type { Pipeline } from '../pipeline.ts';
import { answerStream, type AnswerStream } from './answer-stream.ts';
import { type Doors, routeOf } from './before-body.ts';
import { readBody } from './body.ts';
import { callOf, type Received, refusedCall } from './call.ts';
import { type RequestHeaders, headersReader } from './headers.ts';
import { presentedBy } from './presented.ts';
import type { Reading, Protocol, Route } from './protocol.ts';
import { type Place, placesOf } from './routes.ts';
import { sendAnswer } from './send.ts';
import { unserved } from './unserved.ts';

export interface HttpParts extends Doors {
  readonly pipeline: Pipeline;
  readonly identity: Pick<IdentityGate, 'hasCredential' | 'nonce'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly tenant: string;
  readonly protocols: readonly Protocol[];
  /** How long one window, or a whole plain answer, may wait to be taken. */
  readonly answerTakenMs?: number;
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
  readonly aborter: AbortController;
}

/** What every front shares: from the head of a request to the last byte of its answer. */
export function createHttpHandler(parts: HttpParts): RequestHandler {
  const places = placesOf(parts.protocols);
  const readHeaders = headersReader(parts.protocols);
  return async (request, response, connection) => {
    const headers = readHeaders(request);
    const place = places.get(request.url ?? '');
    const aborter = abortedByLeaving(response);
    const received: Received = {
      front: place?.protocol.name ?? unserved.name,
      tenant: parts.tenant,
      source: request.socket.remoteAddress ?? 'unknown',
      connection,
      presented: presentedBy(request, headers),
      receivedAt: parts.clock.now(),
      signal: aborter.signal,
    };
    const arrival = { request, response, headers, place, received, aborter };
    const route = routeOf(parts, request, headers, place);
    if (
      isRefusal(route) ||
      place === undefined ||
      !parts.identity.hasCredential(received.presented)
    ) {
      return refuse(parts, arrival, isRefusal(route) ? route : undefined);
    }
    return serve(parts, arrival, place.protocol, route);
  };
}

function abortedByLeaving(response: ServerResponse): AbortController {
  const aborter = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) aborter.abort();
  });
  return aborter;
}

/** Without its body: the pipeline refuses it, for `reason` if nothing else, and records it. */
async function refuse(
  parts: HttpParts,
  { received, response, place }: Arrival,
  reason: Refusal | undefined,
): Promise<void> {
  const outcome = await parts.pipeline.run(refusedCall(received, reason));
  const answer = (place?.protocol ?? unserved).answer(outcome);
  const allow = place?.routes.map(({ method }) => method) ?? [];
  const nonce = parts.identity.nonce(parts.clock.now());
  sendAnswer(response, answer, { nonce, close: true, allow, takenMs: takenMs(parts) });
}

async function serve(
  parts: HttpParts,
  arrival: Arrival,
  protocol: Protocol,
  route: Route,
): Promise<void> {
  const { request, response, headers, received, aborter } = arrival;
  // Only now: who is refused by the head alone is not told to send the rest.
  if (headers.values['expect'] !== undefined) response.writeContinue();
  const body = route.method === 'GET' ? noBody : await readBody(request, limits.requestBodyBytes);
  const asked = isRefusal(body)
    ? unread(protocol, body)
    : protocol.read({ route, headers: headers.values, body, cancel: () => aborter.abort() });
  const call = callOf(received, asked, isRefusal(body) ? 0 : body.length);
  const nonce = () => parts.identity.nonce(parts.clock.now());
  const stream = streamOf(parts, arrival, asked, nonce);
  let outcome: Outcome | undefined;
  try {
    outcome = await parts.pipeline.run(call, stream?.release);
  } finally {
    asked.onEnded?.(outcome);
  }
  if (stream?.isOpen === true) return stream.end(outcome);
  const head = { nonce: nonce(), close: isRefusal(body), allow: [], takenMs: takenMs(parts) };
  sendAnswer(response, asked.answer(outcome), head);
}

const noBody = Buffer.alloc(0);

function unread(protocol: Protocol, reason: Refusal): Reading {
  const answer = (outcome: Outcome) => protocol.answer(outcome);
  return { method: '', revision: '', action: { kind: 'refused', reason }, answer };
}

function streamOf(
  parts: HttpParts,
  { response }: Arrival,
  { stream: form }: Reading,
  nonce: () => string,
): AnswerStream | undefined {
  if (form === undefined) return undefined;
  return answerStream(response, form, { nonce, takenMs: takenMs(parts) });
}

function takenMs({ answerTakenMs }: HttpParts): number {
  return answerTakenMs ?? limits.answerTakenMs;
}
