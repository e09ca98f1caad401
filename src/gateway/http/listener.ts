import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ConnectionState } from '#kernel/call.ts';
import { boundConnections, receiveBounds } from '#kernel/connections.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { RequestHandler } from './handler.ts';
import { toldOf } from './unserved.ts';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Set: mutual TLS. The handshake proves the key; identity judges whose key it is. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly handler: RequestHandler;
  /** Bytes that are no HTTP, a conflict of framing headers, a header block too large, no room. */
  readonly onBadConnection: (source: string, reason: Refusal) => void;
  readonly now: () => number;
  /** Other bounds of how long a request may take to arrive. */
  readonly receive?: ReceiveBounds;
}

export type ReceiveBounds = { readonly [key in keyof typeof receiveBounds]?: number };

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, lets open calls end within `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

const serverOptions = {
  ...receiveBounds,
  insecureHTTPParser: false,
  noDelay: true,
  // Upgrades, trailers and pipelined oddities have no use here.
  joinDuplicateHeaders: false,
} as const;

function createServer({ tls, receive }: ListenerOptions): Server {
  const bounded = { ...serverOptions, ...receive };
  if (tls === undefined) return createHttpServer(bounded);
  return createHttpsServer({
    ...bounded,
    ...tls,
    minVersion: 'TLSv1.3',
    requestCert: true,
    // Enrolled keys are self-certified: the roster says whose they are, not a chain.
    rejectUnauthorized: false,
  });
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const server = createServer(options);
  boundConnections(server, (source) =>
    options.onBadConnection(source, refusal('admit/connections')),
  );
  const connections = new WeakMap<Socket, ConnectionState>();
  const stateOf = (socket: Socket): ConnectionState => {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const fresh = { id: newId(options.now()), windowStart: 0, callsInWindow: 0 };
    connections.set(socket, fresh);
    return fresh;
  };
  server.on('request', (request, response) => {
    options.handler(request, response, stateOf(request.socket)).catch(() => {
      // The pipeline never throws; this is the last line, and it says no.
      if (!response.headersSent) response.writeHead(500, { connection: 'close' });
      response.end();
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    answerBadConnection(options, error, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address() as AddressInfo;
  return { host: options.host, port: address.port, close: (graceMs) => close(server, graceMs) };
}

function answerBadConnection(
  options: ListenerOptions,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  const reason = reasonOf(error.code);
  options.onBadConnection(socket.remoteAddress ?? 'unknown', reason);
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const body = toldOf(reason).toString('utf8');
  socket.end(
    `HTTP/1.1 ${reason.status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

export function reasonOf(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return refusal('admit/too-large', { message: 'the header block is too large' });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusal('admit/too-slow');
  return refusal('admit/malformed', { message: 'the bytes are not one clear HTTP request' });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Again and again: a connection whose last answer is just going out is idle a moment later.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
