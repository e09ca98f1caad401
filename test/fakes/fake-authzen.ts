import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

/** What is answered otherwise than the specification has it. */
export interface OddAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type FakeDecision = boolean | OddAnswer | 'never' | 'hangs-up';

/**
 * A policy decision point by the text of OpenID AuthZEN Authorization API 1.0: one POST, JSON in and out, a request
 * without subject, action or resource is 400, one without the credential 401, and a no is status 200.
 */
export class FakeAuthZen {
  readonly asked: JsonObject[] = [];
  readonly ids: (string | undefined)[] = [];
  url = '';
  /** Whoever asks has to show it; undefined: anybody may ask. */
  token: string | undefined;
  decide: (question: JsonObject) => FakeDecision = () => false;
  readonly #open = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    void this.#answer(request, response).catch(() => response.destroy());
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  /** Requests that have no answer yet. */
  get open(): number {
    return this.#open.size;
  }

  /** What was left without an answer gets one. */
  letGo(decision: boolean): void {
    for (const response of this.#open) tell(response, 200, JSON.stringify({ decision }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const isPlace = request.url === '/access/v1/evaluation' && request.method === 'POST';
    if (!isPlace) return tell(response, 404, '');
    const { authorization } = request.headers;
    if (this.token !== undefined && authorization !== `Bearer ${this.token}`) {
      return tell(response, 401, '');
    }
    const question = parseJson(Buffer.concat(chunks));
    const isJson = request.headers['content-type'] === 'application/json';
    if (!isJson || !isQuestion(question)) return tell(response, 400, '');
    this.asked.push(question);
    this.ids.push(request.headers['x-request-id']?.toString());
    const made = this.decide(question);
    if (made === 'never') return undefined;
    if (made === 'hangs-up') return void response.destroy();
    if (typeof made === 'boolean') return tell(response, 200, JSON.stringify({ decision: made }));
    return tell(response, made.status ?? 200, made.body ?? '', made.headers);
  }
}

function tell(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

/** Required: type and id of subject and resource, the name of the action; the rest are objects. */
function isQuestion(question: Json): question is JsonObject {
  if (!isJsonObject(question)) return false;
  const { subject, action, resource, context } = question;
  const isNamed = (part: Json | undefined, names: readonly string[]) =>
    isJsonObject(part) &&
    names.every((name) => typeof part[name] === 'string') &&
    (part['properties'] === undefined || isJsonObject(part['properties']));
  return (
    isNamed(subject, ['type', 'id']) &&
    isNamed(resource, ['type', 'id']) &&
    isNamed(action, ['name']) &&
    (context === undefined || isJsonObject(context))
  );
}
