import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StoredPerson } from '#contracts/people-book.ts';
import { roleNeeded, tokenOf } from '#contracts/desk.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError, type Problem } from '#kernel/errors.ts';
import { canonicalText, emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RefusalBook } from '#planes/monitoring/index.ts';
import { matchRoute, methodsAt } from './match-route.ts';
import { pageAt, type PageFile } from './page.ts';
import type { ControlParts } from './parts.ts';
import { noteRefusal } from './refusals.ts';
import { fieldsOf, readRequestBody } from './request-body.ts';
import { type Vital, vitalAt, vitalHeaders } from './vitals.ts';
import { checkHead } from './request-head.ts';
import { mayUse, type Route } from './route.ts';
import { serveOnce } from './serve-once.ts';
import type { EventStreams, Listener } from './events.ts';
import { signedInPerson, stillSignedIn } from './signed-in-person.ts';
import { routes } from './routes.ts';
import { challengeHeader } from './step-up.ts';
import { sendWeb, serveWeb } from './serve-web.ts';
import type { WebAnswer, WebRoute } from './web-route.ts';
import { preflight } from './preflight.ts';
import { webRoutes } from './web-routes.ts';

/** The listener and what stands behind it. */
export interface Front {
  readonly parts: ControlParts;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly refusals: RefusalBook;
  readonly events: EventStreams;
  readonly hosts: Set<string>;
  readonly origins: Set<string>;
}

/** Filled in step by step, so that a refusal says as much as is known by then. */
interface Progress {
  person: StoredPerson | undefined;
  place: string;
  /** By which methods the address is served, where it is not by this one. */
  allowed: readonly string[];
  /** How the protocol that is spoken tells a refusal, where it has its own way. */
  tellRefusal: WebRoute['tellRefusal'];
}

export async function answerRequest(
  front: Front,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const source = request.socket.remoteAddress ?? 'unknown';
  const method = request.method ?? '';
  const progress: Progress = {
    person: undefined,
    place: '',
    allowed: [],
    tellRefusal: undefined,
  };
  try {
    const answer = await serve(front, request, progress, goneSignal(response));
    if ('page' in answer) sendPage(response, answer.page);
    else if ('vital' in answer) sendVital(response, answer.vital);
    else if ('web' in answer) sendWeb(response, answer.web);
    else if ('listener' in answer) front.events.open(response, answer.listener);
    else send(response, 200, answer.body);
  } catch (fault) {
    const { tellRefusal, allowed, ...known } = progress;
    await noteRefusal(front, { source, method, ...known }, fault);
    const problem =
      fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
    if (response.headersSent) response.destroy();
    else if (tellRefusal !== undefined) sendWeb(response, tellRefusal(problem));
    else
      send(response, problem.status, problemBody(problem), {
        challenge: challengeHeader(problem),
        retryAfter: problem.retryAfter,
        allowed,
      });
  }
}

type Answer =
  | { readonly page: PageFile }
  | { readonly vital: Vital }
  | { readonly web: WebAnswer }
  | { readonly listener: Listener }
  | { readonly body: JsonObject };

/** A question that nobody waits for any more must not go on. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

async function serve(
  front: Front,
  request: IncomingMessage,
  progress: Progress,
  signal: AbortSignal,
): Promise<Answer> {
  checkHead(request);
  const { path, query } = placeOf(request.url ?? '');
  const method = request.method ?? '';
  checkHost(front, request);
  const asking = method === 'OPTIONS' ? preflight(path) : undefined;
  if (asking !== undefined) return { web: asking };
  const web = matchRoute(webRoutes, method, path);
  if (web === 'not-found' || web === 'wrong-method' || !web.route.crossOrigin) {
    checkOrigin(front, request);
  }
  if (web === 'wrong-method') throw wrongMethod(progress, methodsAt(webRoutes, path));
  if (web !== 'not-found') {
    progress.place = web.route.path;
    progress.tellRefusal = web.route.tellRefusal;
    const answer = await serveWeb(front.parts, request, web, query);
    if (answer.refused !== undefined) {
      const source = request.socket.remoteAddress ?? 'unknown';
      await noteRefusal(front, { source, method, ...progress }, answer.refused);
    }
    return { web: answer };
  }
  const page = method === 'GET' ? pageAt(front.page, path) : undefined;
  if (page !== undefined) return { page };
  const vital = method === 'GET' ? await vitalAt(front.parts.vitals, path) : undefined;
  if (vital !== undefined) return { vital };
  return serveRoute(front, request, progress, { method, path, query, signal });
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

async function serveRoute(
  front: Front,
  request: IncomingMessage,
  progress: Progress,
  { method, path, query, signal }: Asked,
): Promise<Answer> {
  const person = await personOf(front, request);
  progress.person = person;
  if (person !== undefined) progress.place = path;
  const matched = matchRoute(routes, method, path);
  if (matched === 'not-found') throw new BailiwickError('admit/not-found');
  if (matched === 'wrong-method') throw wrongMethod(progress, methodsAt(routes, path));
  const { route, params } = matched;
  if (person === undefined) progress.place = route.path;
  if (!mayUse(route, person)) {
    if (person === undefined || route.role === 'anyone')
      throw new BailiwickError('api/unauthorized');
    throw roleNeeded(person, route.role);
  }
  const body = method === 'GET' ? emptyObject() : await readRequestBody(request, route.encoding);
  const { parts } = front;
  // Before it is served, so that what it says of the log is what the log has just said.
  const read = { person, path, ...(route.recordsQuery ? { query: { ...fieldsOf(query) } } : {}) };
  if (route.recordedBy === 'route-if-possible') {
    await recordRead(front, route, read).catch(() => undefined);
  }
  const asked = { parts, person, params, query: fieldsOf(query), body, signal };
  const { answer: result, isRepeated } = await serveOnce(request, route, path, asked);
  if (isRepeated) await recordRepeat(front, route, read);
  else if (route.recordedBy === 'route') await recordRead(front, route, read);
  if (!route.streams || person === undefined) return { body: result };
  return { listener: { person, again: () => stillThere(front, request, person) } };
}

/** RFC 9110 §15.5.6: it says by which it is served. */
function wrongMethod(progress: Progress, allowed: readonly string[]): BailiwickError {
  progress.allowed = allowed;
  const suggestedAction = `use ${allowed.join(' or ')}`;
  return new BailiwickError('admit/method-not-allowed', { suggestedAction });
}

/** Taken as it was sent: nothing is resolved, so that no two readers see two places. */
function placeOf(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** Exact lists: another host name is rebinding, another origin is somebody else's page. */
function checkHost({ hosts }: Front, { headers }: IncomingMessage): void {
  if (!hosts.has(headers.host ?? '')) throw new BailiwickError('admit/forbidden-host');
}

function checkOrigin({ origins }: Front, { headers }: IncomingMessage): void {
  const { origin } = headers;
  if (origin !== undefined && !origins.has(origin)) {
    throw new BailiwickError('admit/forbidden-origin');
  }
}

/** Who asks, with the roles that they took for a time. */
async function personOf(front: Front, request: IncomingMessage): Promise<StoredPerson | undefined> {
  const person = await presented(front, request);
  return person === undefined ? undefined : front.parts.desks.elevation.withElevations(person);
}

/** Whoever listens, asked about again by what they came with. */
async function stillThere(
  front: Front,
  request: IncomingMessage,
  person: StoredPerson,
): Promise<StoredPerson | undefined> {
  const { parts } = front;
  const bySession = request.headers.authorization === undefined;
  const now = bySession ? await stillSignedIn(parts, person) : await presented(front, request);
  return now === undefined ? undefined : parts.desks.elevation.withElevations(now);
}

/** Whoever brings a credential is who that says, and nobody where it is not known; else who is signed in. */
async function presented(
  { parts }: Front,
  request: IncomingMessage,
): Promise<StoredPerson | undefined> {
  const { authorization } = request.headers;
  if (authorization === undefined) return signedInPerson(parts, request);
  const secret = /^Bearer ([A-Za-z0-9_-]{44,48})$/.exec(authorization)?.[1];
  if (secret === undefined) return undefined;
  if (secret.length > 44) return parts.desks.apiTokens.holder(secret);
  return parts.store.people.byCredential(sha256Hex(secret));
}

/** What an act said before is read now. What only reads by a body is asked anew, and recorded as ever. */
async function recordRepeat(front: Front, route: Route, read: Read): Promise<void> {
  if (route.act !== undefined) return recordRead(front, { ...route, action: 'api.read' }, read);
  return recordRead(front, route, read);
}

interface Read {
  readonly person: StoredPerson | undefined;
  readonly path: string;
  readonly query?: JsonObject;
}

/** INVARIANT: no answer of a read leaves before it is on record that it was read. */
async function recordRead(
  { parts }: Front,
  route: Route,
  { person, ...details }: Read,
): Promise<void> {
  if (person === undefined) throw new BailiwickError('api/unauthorized');
  await parts.recorder.record({
    type: route.action,
    tenant: person.tenant,
    actors: [{ kind: 'human', name: person.name }],
    method: route.method,
    details: { ...details, ...tokenOf(person) },
  });
}

export function problemBody({
  code,
  message,
  suggestedAction,
  details,
}: BailiwickError): JsonObject {
  const told: Problem = {
    code,
    message,
    suggestedAction,
    ...(details === undefined ? {} : { details }),
  };
  return told as unknown as JsonObject;
}

function sendVital(response: ServerResponse, { status, type, body }: Vital): void {
  response.writeHead(status, { 'content-type': type, ...vitalHeaders });
  response.end(body);
}

function sendPage(response: ServerResponse, { type, body, headers }: PageFile): void {
  response.writeHead(200, { ...headers, 'content-type': type });
  response.end(body);
}

/** What a refusal says in its head. */
interface Beside {
  readonly challenge?: string;
  readonly retryAfter?: number | undefined;
  readonly allowed?: readonly string[];
}

function send(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  { challenge, retryAfter, allowed = [] }: Beside = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': challenge ?? 'Bearer' } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` }),
    ...(allowed.length === 0 ? {} : { allow: allowed.join(', ') }),
  });
  response.end(canonicalText(body));
}
