import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { boundConnections, receiveBounds } from '#kernel/connections.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { RequestHandler } from './handler.ts';
import { Request } from './request.ts';
import { createSockets } from './sockets.ts';
import { toldOf } from './unserved.ts';

// Not by an import of it: that asks `node:http` for each of its members, and one of them loads a whole
// HTTP client that nobody here uses.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http');

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Other gateways listen on the same port. */
  readonly shared?: boolean | undefined;
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
  IncomingMessage: Request,
  insecureHTTPParser: false,
  noDelay: true,
  // Upgrades, trailers and pipelined oddities have no use here.
  joinDuplicateHeaders: false,
  // A host that is missing or stands twice is refused by us, so that it has its record.
  requireHostHeader: false,
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
  const sockets = createSockets(options.now);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await options.handler(request, response, sockets.begin(response));
    } catch {
      // The pipeline never throws; this is the last line, and it says no.
      if (!response.headersSent) response.writeHead(500, { connection: 'close' });
      response.end();
    } finally {
      sockets.end(response);
    }
  };
  const serve = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response);
  // All three: what Node would answer by itself to an expectation has no record.
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, serve);
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', sockets.opened);
  const told = new WeakSet<Socket>();
  const refuse = (error: BadConnection, socket: Socket) => {
    // What is found on a connection after it was refused is no second one.
    if (told.has(socket)) return void socket.destroy();
    told.add(socket);
    // Whoever goes away between two requests, or while an answer is on its way, asked for nothing that is not clear.
    if (isGone(error) && !sockets.brokeOff(socket)) return void socket.destroy();
    const reason = reasonOf(error.code);
    options.onBadConnection(socket.remoteAddress ?? 'unknown', reason);
    if (isGone(error) || !sockets.canBeTold(socket)) return void socket.destroy();
    tell(socket, reason);
  };
  server.on('connect', (_request, socket: Socket) => refuse({}, socket));
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const { host, port, shared = false } = options;
    server.listen({ host, port, reusePort: shared }, resolve);
  });
  const address = server.address() as AddressInfo;
  return { host: options.host, port: address.port, close: (graceMs) => close(server, graceMs) };
}

/** The other side, not what it sent. */
const goneCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
]);

function isGone({ code = '' }: BadConnection): boolean {
  return goneCodes.has(code);
}

type BadConnection = Pick<NodeJS.ErrnoException, 'code'>;

function tell(socket: Socket, reason: Refusal): void {
  if (!socket.writable) return void socket.destroy();
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
