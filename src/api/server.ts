import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StoredPerson } from '#contracts/people-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError, type Problem } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Actor } from '#kernel/principal.ts';
import { createRefusalBook, type RefusalBook } from '#planes/monitoring/index.ts';
import { loadPage, pageHeaders, type PageFile } from './page.ts';
import type { ControlParts } from './parts.ts';
import { readRequestBody } from './request-body.ts';
import { matchRoute, mayUse, type Route } from './route.ts';
import { routes } from './routes.ts';

export interface ControlApi {
  readonly url: string;
  close(): Promise<void>;
}

interface Server {
  readonly parts: ControlParts;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly refusals: RefusalBook;
  readonly hosts: Set<string>;
  readonly origins: Set<string>;
}

/** People and instances meet the control program here, never on the agents' listener. */
export async function createControlApi(
  parts: ControlParts,
  listen: { readonly host: string; readonly port: number },
): Promise<ControlApi> {
  const self: Server = {
    parts,
    page: loadPage(),
    refusals: createRefusalBook(),
    hosts: new Set(),
    origins: new Set(),
  };
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersReceiveMs,
      requestTimeout: limits.requestReceiveMs,
    },
    (request, response) => void answer(self, request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const names = listen.host === '127.0.0.1' ? ['127.0.0.1', 'localhost'] : [listen.host];
  for (const name of names) {
    self.hosts.add(`${name}:${port}`);
    self.origins.add(`http://${name}:${port}`);
  }
  const flush = setInterval(() => void flushRefusals(self), 5_000);
  return {
    url: `http://${listen.host}:${port}`,
    async close() {
      clearInterval(flush);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
      await flushRefusals(self, true);
    },
  };
}

async function answer(
  self: Server,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await handle(self, request, response);
    if (body !== undefined) send(response, 200, body);
  } catch (fault) {
    const problem =
      fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
    if (!response.headersSent) send(response, problem.status, problemBody(problem));
    else response.destroy();
  }
}

function problemBody({ code, message, suggestedAction, details }: BailiwickError): JsonObject {
  const told: Problem = {
    code,
    message,
    suggestedAction,
    ...(details === undefined ? {} : { details }),
  };
  return told as unknown as JsonObject;
}

async function handle(
  self: Server,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<JsonObject | undefined> {
  checkOrigin(self, request);
  const url = new URL(request.url ?? '/', 'http://control');
  const page = request.method === 'GET' ? self.page.get(url.pathname) : undefined;
  if (page !== undefined) {
    response.writeHead(200, { ...pageHeaders, 'content-type': page.type });
    response.end(page.body);
    return undefined;
  }
  const matched = matchRoute(routes, request.method ?? '', url.pathname);
  if (matched === 'not-found') throw new BailiwickError('admit/not-found');
  if (matched === 'wrong-method') throw new BailiwickError('admit/method-not-allowed');
  const { route, params } = matched;
  const source = request.socket.remoteAddress ?? 'unknown';
  const person = await personOf(self, request);
  try {
    if (route.role !== 'anyone' && person === undefined)
      throw new BailiwickError('api/unauthorized');
    if (!mayUse(route, person)) throw new BailiwickError('api/forbidden');
    const { json, form } = await readRequestBody(request);
    const result = await route.handle({
      parts: self.parts,
      person,
      params,
      query: url.searchParams,
      body: json,
      form,
      source,
    });
    if (route.recordedBy === 'route') {
      await recordRoute(self, route, { person, path: url.pathname }, result);
    }
    return result;
  } catch (fault) {
    await recordRefusal(self, route, { person, path: url.pathname, source, fault });
    throw fault;
  }
}

/** Exact lists: another host name is rebinding, another origin is somebody else's page. */
function checkOrigin(self: Server, request: IncomingMessage): void {
  if (!self.hosts.has(request.headers.host ?? '')) throw new BailiwickError('admit/forbidden-host');
  const { origin } = request.headers;
  if (origin !== undefined && !self.origins.has(origin)) {
    throw new BailiwickError('admit/forbidden-origin');
  }
}

async function personOf(self: Server, request: IncomingMessage): Promise<StoredPerson | undefined> {
  const match = /^Bearer ([A-Za-z0-9_-]{44})$/.exec(request.headers.authorization ?? '');
  const credential = match?.[1];
  if (credential === undefined) return undefined;
  return self.parts.store.people.byCredential(sha256Hex(credential));
}

function actorOf(person: StoredPerson | undefined, source: string): Actor {
  return person === undefined
    ? { kind: 'human', name: `unknown@${source}` }
    : { kind: 'human', name: person.name };
}

async function recordRoute(
  self: Server,
  route: Route,
  { person, path }: { person: StoredPerson | undefined; path: string },
  result: JsonObject,
): Promise<void> {
  const added = route.action === 'identity.person-added' ? result['name'] : undefined;
  const name = typeof added === 'string' ? added : undefined;
  await self.parts.recorder.record({
    type: route.action,
    tenant: self.parts.tenant,
    actors: [name === undefined ? actorOf(person, 'setup') : { kind: 'human', name }],
    method: route.method,
    details: { path, ...stated(route, result) },
  });
}

/** What a change says of itself in its record; never a credential. */
function stated(route: Route, result: JsonObject): JsonObject {
  if (route.action === 'api.read' || route.action === 'log.read') return {};
  const told: Record<string, string> = {};
  for (const key of [
    'agent',
    'state',
    'stopped',
    'released',
    'server',
    'tool',
    'kind',
    'name',
    'pinnedDigest',
  ]) {
    const value = result[key];
    if (typeof value === 'string') told[key] = value;
  }
  return told;
}

async function recordRefusal(
  self: Server,
  route: Route,
  about: { person: StoredPerson | undefined; path: string; source: string; fault: unknown },
): Promise<void> {
  const { person, path, source, fault } = about;
  const problem = fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
  const draft = self.refusals.note(
    {
      type: 'api.refused',
      tenant: self.parts.tenant,
      actors: [actorOf(person, source)],
      source,
      method: route.method,
      refusal: { stage: 'api', code: problem.code, message: problem.message },
      details: { path: person === undefined ? route.path : path },
    },
    person !== undefined,
    self.parts.clock.now(),
  );
  // A refusal stays a refusal when it cannot be written: nothing was done.
  if (draft !== undefined) await self.parts.recorder.record(draft).catch(() => undefined);
}

async function flushRefusals(self: Server, everything = false): Promise<void> {
  const due = self.refusals.due(self.parts.clock.now(), everything);
  if (due.length > 0) await self.parts.recorder.recordAll(due).catch(() => undefined);
}

function send(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  response.end(canonicalText(body));
}
