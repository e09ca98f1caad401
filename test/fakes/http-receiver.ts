import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface AskedOfReceiver {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ReceiverManners = 'well' | 'away' | 'busy' | 'garbage';

/** A server to which records are sent: answers as it is told, or badly in the ways that servers have. */
export class HttpReceiver {
  readonly asked: AskedOfReceiver[] = [];
  manners: ReceiverManners = 'well';
  #server: Server | undefined;
  readonly #answer: (asked: AskedOfReceiver) => ReceiverAnswer;

  constructor(answer: (asked: AskedOfReceiver) => ReceiverAnswer) {
    this.#answer = answer;
  }

  async open(): Promise<string> {
    const server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const asked = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    if (this.manners === 'away') return void request.socket.destroy();
    if (this.manners === 'busy') {
      return void response.writeHead(503, { 'retry-after': '7' }).end('overloaded');
    }
    if (this.manners === 'garbage') return halfAnAnswer(request.socket);
    this.asked.push(asked);
    const { status, body = '', headers: told = {} } = this.#answer(asked);
    response.writeHead(status, { 'content-type': 'application/json', ...told }).end(body);
  }
}

/** It says how much is to come, and goes before that. */
function halfAnAnswer(socket: Socket): void {
  socket.end(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"er',
  );
}
