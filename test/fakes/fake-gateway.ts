import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Of a JSON body. */
  readonly json: { readonly id?: unknown; readonly method?: string } & Record<string, unknown>;
}

export type Answers = (heard: Heard, response: ServerResponse) => void | Promise<void>;

/** Both programs as a bridge sees them: tokens are given to everybody, what else is answered the test says. */
export class FakeGateway {
  readonly heard: Heard[] = [];
  tokens = 0;
  answers: Answers = (_heard, response) => void response.writeHead(404).end();
  readonly #sockets = new Set<Socket>();
  #running: Server | undefined;
  #port = 0;

  /** On the same port as before, when it ran before. */
  async start(): Promise<string> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#running = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}`;
  }

  /** As a killed process ends: every connection is cut. */
  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      if (running === undefined) resolve();
      else running.close(() => resolve());
    });
  }

  of(method: string): readonly Heard[] {
    return this.heard.filter(({ json }) => json.method === method);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const path = request.url ?? '';
    if (path === '/v1/token') {
      this.tokens += 1;
      const token = { access_token: `token-${this.tokens}`, expires_in: 900, token_type: 'DPoP' };
      return void response.writeHead(200).end(JSON.stringify(token));
    }
    const json = (body.startsWith('{') ? JSON.parse(body) : {}) as Heard['json'];
    const { method = '', headers } = request;
    const heard = { method, path, headers, body, json };
    this.heard.push(heard);
    await this.answers(heard, response);
  }
}

export function answer(response: ServerResponse, value: object, headers: object = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** One event of a stream. */
export function eventOf(value: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`;
}
