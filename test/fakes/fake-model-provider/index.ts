import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { type Behaviour, behaviours, echo, failed } from './behaviours.ts';
import { askedOf } from './completion.ts';

export interface FakeModelProviderOptions {
  /** Whoever does not present it is turned away, in the words of a real provider: with what it sent. */
  readonly key: string;
  /** The header that carries it; `authorization` carries it after `Bearer`. */
  readonly header?: string;
  readonly port?: number;
  /** Called with each body before anything is done with it. */
  readonly onRequest?: (body: Buffer) => void;
  /** How it behaves whatever model is asked for. */
  readonly behaviour?: Behaviour;
}

export interface SeenGeneration {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** True once the caller closed the connection before the answer was whole. */
  readonly left: boolean;
}

export interface FakeModelProvider {
  /** To write into a document: the address under which `/chat/completions` lies. */
  readonly url: string;
  requests(): readonly SeenGeneration[];
  /** The next generation behaves like this, once. */
  answerNext(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** A provider that speaks the OpenAI-shaped API: whole answers and streams, and lies on demand. */
export async function startFakeModelProvider(
  options: FakeModelProviderOptions,
): Promise<FakeModelProvider> {
  const seen: (SeenGeneration & { left: boolean })[] = [];
  const next: Behaviour[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (body === undefined) return;
    options.onRequest?.(body);
    const one = { ...seenOf(request, body), left: false };
    seen.push(one);
    response.on('close', () => {
      one.left = !response.writableFinished;
    });
    await answer(options, { request, response, body, behaviour: () => next.shift() });
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests: () => seen,
    answerNext: (behaviour) => void next.push(behaviour),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Received {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly behaviour: () => Behaviour | undefined;
}

async function answer(
  { key, header = 'authorization', behaviour: always }: FakeModelProviderOptions,
  { request, response, body, behaviour }: Received,
): Promise<void> {
  const given = String(request.headers[header] ?? '').replace(/^Bearer /, '');
  if (given !== key) return failed(response, 401, `Incorrect API key provided: ${given}`);
  const { method = '', url = '' } = request;
  if (method === 'GET' && url === '/v1/models') return models(response);
  if (method !== 'POST' || !url.startsWith('/v1/chat/completions')) {
    return failed(response, 404, `Invalid URL (${method} ${url})`);
  }
  const value = readObject(body);
  if (value === undefined) return failed(response, 400, 'We could not parse the JSON body');
  const asked = askedOf(value, given);
  const usual = Object.hasOwn(behaviours, asked.model) ? behaviours[asked.model] : echo;
  await (behaviour() ?? always ?? usual ?? echo)(response, asked);
}

function models(response: ServerResponse): void {
  const data = ['fake-echo', ...Object.keys(behaviours)].map(
    (id): JsonObject => ({
      id,
      object: 'model',
      created: 0,
      owned_by: 'fake',
    }),
  );
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(canonicalText({ object: 'list', data }));
}

function seenOf(request: IncomingMessage, body: Buffer): Omit<SeenGeneration, 'left'> {
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    rawHeaders: request.rawHeaders,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    body,
  };
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
