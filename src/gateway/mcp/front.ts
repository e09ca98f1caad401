import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { ConnectionState, Outcome, Presented } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import type { IdentityGate } from '#planes/identity/index.ts';
import { readBody } from '../http/body.ts';
import { headerProblem, readHeaders, type RequestHeaders } from '../http/request-headers.ts';
import type { Pipeline } from '../pipeline.ts';
import { type Answer, type Asked, createAnswers, type ServerInfo } from './answer.ts';
import { createCancellations } from './cancellations.ts';
import { parseIncoming, type RpcId } from './message.ts';
import { legacyRevision, revisionOf } from './revision.ts';
import { type Received, refusedCall, toCall } from './to-call.ts';

export interface FrontParts {
  readonly pipeline: Pipeline;
  readonly identity: IdentityGate;
  readonly clock: Clock;
  readonly tenant: string;
  readonly info: ServerInfo;
  /** Exact `Host` values that are served; anything else is DNS rebinding. */
  readonly hosts: () => ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  connection: ConnectionState,
) => Promise<void>;

/** MCP over Streamable HTTP at `/mcp`, answered without protocol sessions. Translates only. */
export function createMcpFront(parts: FrontParts): RequestHandler {
  const answerTo = createAnswers(parts.info);
  const cancellations = createCancellations();
  return async (request, response, connection) => {
    const headers = readHeaders(request);
    const aborter = new AbortController();
    const identified: { by?: Principal } = {};
    const envelope = envelopeOf(
      parts,
      request,
      { headers, connection, signal: aborter.signal },
      (by) => {
        identified.by = by;
        if (open !== undefined) cancellations.open(by, open, aborter);
      },
    );
    let open: RpcId | undefined;
    response.once('close', () => {
      if (!response.writableFinished) aborter.abort();
    });
    const early = refuseEarly(parts, request, headers);
    if (early !== undefined || !parts.identity.hasCredential(envelope.presented)) {
      const outcome = await parts.pipeline.run(refusedCall(envelope, early));
      const answer = answerTo(outcome, { id: null, method: '', revision: legacyRevision });
      return send(parts, response, answer, true);
    }
    const body = await readBody(request, limits.requestBodyBytes);
    const { asked, call, cancels } = translate(envelope, headers, body);
    if (call.action.kind === 'tool-call') open = asked.id ?? undefined;
    let outcome: Outcome;
    try {
      outcome = await parts.pipeline.run(call);
    } finally {
      if (identified.by !== undefined && open !== undefined) {
        cancellations.close(identified.by, open);
      }
    }
    if (outcome.kind === 'noticed' && cancels !== undefined) {
      cancellations.cancel(outcome.principal, cancels);
    }
    return send(parts, response, answerTo(outcome, asked), isRefusal(body));
  };
}

function envelopeOf(
  parts: FrontParts,
  request: IncomingMessage,
  about: { headers: RequestHeaders; connection: ConnectionState; signal: AbortSignal },
  onIdentified: (principal: Principal) => void,
): Received {
  const { headers, connection, signal } = about;
  return {
    tenant: parts.tenant,
    source: request.socket.remoteAddress ?? 'unknown',
    connection,
    presented: presentedBy(request, headers),
    receivedAt: parts.clock.now(),
    signal,
    onIdentified,
  };
}

function presentedBy(request: IncomingMessage, headers: RequestHeaders): Presented {
  const { socket } = request;
  const secure = socket instanceof TLSSocket;
  return {
    authorization: headers.values['authorization'],
    dpop: headers.values['dpop'],
    method: request.method ?? '',
    url: `${secure ? 'https' : 'http'}://${headers.values['host'] ?? ''}${request.url ?? ''}`,
    clientCertificate: secure ? peerCertificate(socket) : undefined,
    ambiguous: headers.duplicate !== undefined,
  };
}

const certificates = new WeakMap<TLSSocket, Uint8Array | undefined>();

/** Asked of the socket once: it cannot change while the connection lives (no renegotiation in 1.3). */
function peerCertificate(socket: TLSSocket): Uint8Array | undefined {
  if (certificates.has(socket)) return certificates.get(socket);
  const raw = socket.getPeerX509Certificate()?.raw;
  certificates.set(socket, raw);
  return raw;
}

/** What is wrong with the request before its body; the pipeline refuses and records it. */
function refuseEarly(
  parts: FrontParts,
  request: IncomingMessage,
  headers: RequestHeaders,
): Refusal | undefined {
  const problem = headerProblem(headers);
  if (problem !== undefined) return problem;
  const { values } = headers;
  if (!parts.hosts().has(values['host'] ?? '')) return refusal('admit/forbidden-host');
  const origin = values['origin'];
  if (origin !== undefined && !parts.origins.has(origin)) return refusal('admit/forbidden-origin');
  if (request.url !== '/mcp') return refusal('admit/not-found');
  if (request.method !== 'POST') return refusal('admit/method-not-allowed');
  const type = (values['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/json' ? undefined : refusal('admit/content-type');
}

function translate(
  envelope: Received,
  { values }: RequestHeaders,
  body: Buffer | Refusal,
): { asked: Asked; call: ReturnType<typeof toCall>; cancels: RpcId | undefined } {
  const unknown: Asked = { id: null, method: '', revision: legacyRevision };
  if (isRefusal(body)) {
    return { asked: unknown, call: refusedCall(envelope, body), cancels: undefined };
  }
  const message = parseIncoming(body);
  if (message.kind === 'bad') {
    const known = { method: '', revision: '', receivedBytes: body.length };
    const call = refusedCall(envelope, message.refusal, known);
    return { asked: { ...unknown, id: message.id }, call, cancels: undefined };
  }
  const id = message.kind === 'request' ? message.id : null;
  const revision = revisionOf(values, message);
  if (isRefusal(revision)) {
    const known = { method: message.method, revision: '', receivedBytes: body.length };
    const asked: Asked = { id, method: '', revision: legacyRevision };
    return { asked, call: refusedCall(envelope, revision, known), cancels: undefined };
  }
  const asked = { id, method: message.method, revision };
  const call = toCall(envelope, message, revision, body.length);
  return { asked, call, cancels: cancelled(message.method, message.params['requestId']) };
}

function cancelled(method: string, id: unknown): RpcId | undefined {
  if (method !== 'notifications/cancelled') return undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

function send(parts: FrontParts, response: ServerResponse, answer: Answer, close: boolean): void {
  if (response.destroyed) return;
  const headers = ['cache-control', 'no-store'];
  if (answer.body !== undefined) {
    headers.push('content-type', 'application/json', 'content-length', `${answer.body.length}`);
  }
  const no = answer.refusal;
  if (no !== undefined) headers.push(...refusalHeaders(no));
  headers.push('dpop-nonce', parts.identity.nonce(parts.clock.now()));
  // The rest of a body that was not read must not be taken for the next request.
  if (close) headers.push('connection', 'close');
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

function refusalHeaders(no: Refusal): string[] {
  const headers: string[] = [];
  if (no.status === 401) headers.push('www-authenticate', challenge(no));
  if (no.status === 405) headers.push('allow', 'POST');
  if (no.retryAfter !== undefined) headers.push('retry-after', `${no.retryAfter}`);
  return headers;
}

function challenge(no: Refusal): string {
  const error = no.code === 'identity/nonce-required' ? 'use_dpop_nonce' : 'invalid_token';
  const known = no.code === 'identity/missing' ? '' : `error="${error}", `;
  return `DPoP ${known}algs="ES256 EdDSA"`;
}
