import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { type FakeContent, usualContent } from './content.ts';
import { replyTo, revisionOf } from './protocol.ts';
import { headersTool, textOf, usualTools } from './tools.ts';

export { type FakeContent, usualContent } from './content.ts';
export { headersTool, usualTools } from './tools.ts';

export interface FakeToolServerOptions {
  readonly era?: 'modern' | 'legacy' | 'both';
  readonly tools?: readonly JsonObject[];
  readonly pageSize?: number;
  readonly content?: FakeContent;
  /** Answers come as an event stream, after an aside that a client must skip. */
  readonly stream?: boolean;
  /** Without this header every request is turned away with 401. */
  readonly wants?: { readonly header: string; readonly value: string };
  /** No stream that tells of changed lists: 405 to GET, 404 to `subscriptions/listen`. */
  readonly noListening?: boolean;
  /** Called with each body before anything is done with it. */
  readonly onRequest?: (body: Buffer) => void;
  readonly port?: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly at: number;
}

/** Takes the place of the answer to one `tools/call`. */
export type Hostile = (response: ServerResponse, request: JsonObject) => void;

export interface FakeToolServer {
  readonly url: string;
  requests(): readonly SeenRequest[];
  /** Those whose body is this JSON-RPC method. */
  requestsOf(method: string): readonly SeenRequest[];
  setTools(tools: readonly JsonObject[]): void;
  /** Resources, templates and prompts, honest or not. */
  setContent(content: Partial<FakeContent>): void;
  /** The next request of this method is answered like this, once. */
  answerNext(method: string, hostile: Hostile): void;
  /** What was not asked for so far is answered as it should be. */
  forgetHostile(): void;
  /** As after a restart of the server: all sessions are unknown. */
  forgetSessions(): void;
  listeners(): number;
  close(): Promise<void>;
}

interface State {
  readonly options: FakeToolServerOptions;
  tools: readonly JsonObject[];
  content: FakeContent;
  readonly seen: SeenRequest[];
  readonly sessions: Set<string>;
  readonly listening: Set<ServerResponse>;
  readonly hostile: Map<string, Hostile[]>;
}

/** A tool server with behaviour: it speaks both eras, remembers every byte, and lies on demand. */
export async function startFakeToolServer(
  options: FakeToolServerOptions = {},
): Promise<FakeToolServer> {
  const state: State = {
    options,
    tools: options.tools ?? usualTools,
    content: options.content ?? usualContent,
    seen: [],
    sessions: new Set(),
    listening: new Set(),
    hostile: new Map(),
  };
  const server = createServer((request, response) => void serve(state, request, response));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests: () => state.seen,
    requestsOf: (method) => state.seen.filter(({ body }) => methodOf(body) === method),
    setTools(tools) {
      state.tools = tools;
      const message = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
      for (const one of state.listening) one.write(eventOf(message));
    },
    setContent(content) {
      state.content = { ...state.content, ...content };
    },
    answerNext(method, hostile) {
      const queue = state.hostile.get(method) ?? [];
      queue.push(hostile);
      state.hostile.set(method, queue);
    },
    forgetHostile: () => state.hostile.clear(),
    forgetSessions() {
      state.sessions.clear();
      for (const one of state.listening) one.destroy();
    },
    listeners: () => state.listening.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse) {
  const body = await readBody(request);
  if (body === undefined) return;
  state.options.onRequest?.(body);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  state.seen.push({
    method: request.method ?? '',
    url: request.url ?? '',
    rawHeaders: request.rawHeaders,
    headers,
    body,
    at: Date.now(),
  });
  const { wants } = state.options;
  if (wants !== undefined && headers[wants.header.toLowerCase()] !== wants.value) {
    response.writeHead(401).end();
    return;
  }
  if (request.method === 'GET') return listen(state, headers, response);
  if (request.method === 'DELETE') {
    state.sessions.delete(headers['mcp-session-id'] ?? '');
    response.writeHead(200).end();
    return;
  }
  await post(state, { headers, body }, response);
}

async function post(
  state: State,
  { headers, body }: Pick<SeenRequest, 'headers' | 'body'>,
  response: ServerResponse,
): Promise<void> {
  const message = readObject(body);
  if (message === undefined) {
    response.writeHead(400).end();
    return;
  }
  const method = textOf(message['method']);
  const hostile = state.hostile.get(method)?.shift();
  if (hostile !== undefined) return hostile(response, message);
  const opened = openSession(state, message, headers['mcp-session-id']);
  if (opened === 'unknown') {
    response.writeHead(404).end();
    return;
  }
  if (method === 'subscriptions/listen' && state.options.era !== 'legacy') {
    if (state.options.noListening !== true) return subscribe(state, message, response);
  }
  if (message['id'] === undefined || message['method'] === undefined) {
    response.writeHead(202).end();
    return;
  }
  const served = {
    tools: state.tools,
    pageSize: state.options.pageSize ?? 1_000,
    era: state.options.era ?? 'both',
    content: state.content,
  };
  const reply = asksForHeaders(state, message)
    ? { status: 200, message: headersReply(message, headers) }
    : await replyTo(message, served);
  if (response.destroyed) return;
  const session = opened === undefined ? {} : { 'mcp-session-id': opened };
  if (state.options.stream === true && reply.status === 200) {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...session });
    response.write(': welcome\n\nid: 1\ndata:\n\n');
    response.write(eventOf({ jsonrpc: '2.0', method: 'notifications/message', params: {} }));
    response.end(eventOf(reply.message));
    return;
  }
  response.writeHead(reply.status, { 'content-type': 'application/json', ...session });
  response.end(canonicalText(reply.message));
}

function asksForHeaders(state: State, message: JsonObject): boolean {
  const params = message['params'];
  return (
    message['method'] === 'tools/call' &&
    isJsonObject(params) &&
    params['name'] === headersTool['name'] &&
    state.tools.includes(headersTool)
  );
}

function headersReply(message: JsonObject, headers: Readonly<Record<string, string>>): JsonObject {
  const content = [{ type: 'text', text: canonicalText(headers) }];
  return {
    jsonrpc: '2.0',
    id: message['id'] ?? null,
    result: { resultType: 'complete', content, structuredContent: headers },
  };
}

/** The id of a new session; `unknown` when the request names none that is open. */
function openSession(
  state: State,
  message: JsonObject,
  named: string | undefined,
): string | undefined {
  const params = isJsonObject(message['params']) ? message['params'] : {};
  if (state.options.era === 'modern' || revisionOf(params) !== undefined) return undefined;
  if (message['method'] !== 'initialize') {
    return named !== undefined && state.sessions.has(named) ? undefined : 'unknown';
  }
  const id = randomUUID();
  state.sessions.add(id);
  return id;
}

function listen(
  state: State,
  headers: Readonly<Record<string, string>>,
  response: ServerResponse,
): void {
  if (state.options.era === 'modern' || state.options.noListening === true) {
    response.writeHead(405).end();
    return;
  }
  if (!state.sessions.has(headers['mcp-session-id'] ?? '')) {
    response.writeHead(404).end();
    return;
  }
  keepListening(state, response);
}

function subscribe(state: State, message: JsonObject, response: ServerResponse): void {
  keepListening(state, response);
  const id = message['id'] ?? null;
  const acknowledged = {
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: {
      notifications: { toolsListChanged: true },
      _meta: { 'io.modelcontextprotocol/subscriptionId': id },
    },
  };
  response.write(eventOf(acknowledged));
}

function keepListening(state: State, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  state.listening.add(response);
  response.on('close', () => state.listening.delete(response));
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function readObject(body: Buffer): JsonObject | undefined {
  try {
    const value = parseJson(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function methodOf(body: Buffer): string | undefined {
  const method = readObject(body)?.['method'];
  return typeof method === 'string' ? method : undefined;
}

function eventOf(message: JsonObject): string {
  return `event: message\ndata: ${canonicalText(message)}\n\n`;
}
