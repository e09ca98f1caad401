import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { boundConnections, receiveBounds } from '#kernel/connections.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { createRefusalBook } from '#planes/monitoring/index.ts';
import { answerRequest, type Front, problemBody } from './answer-request.ts';
import { createEventStreams } from './events.ts';
import { loadPage } from './page.ts';
import type { ControlParts } from './parts.ts';
import { flushRefusals, noteRefusal } from './refusals.ts';
import { createTenantWatch } from './watch-tenant.ts';

// Not by an import of it: that asks `node:http` for each of its members, and one of them loads a whole
// HTTP client that nobody here uses.
const { createServer } = process.getBuiltinModule('node:http');

export interface ControlApi {
  readonly url: string;
  close(): Promise<void>;
}

/** People and instances meet the control program here, never on the agents' listener. */
export async function createControlApi(
  parts: ControlParts,
  listen: { readonly host: string; readonly port: number },
  publicUrl?: string,
): Promise<ControlApi> {
  const front: Front = {
    parts,
    page: loadPage(),
    refusals: createRefusalBook(),
    events: createEventStreams(createTenantWatch(parts)),
    hosts: new Set(),
    origins: new Set(),
  };
  const server = createServer(
    receiveBounds,
    (request, response) => void answerRequest(front, request, response),
  );
  boundConnections(server, (source) => {
    const problem = new BailiwickError('admit/connections');
    void noteRefusal(front, { source, method: 'unread', person: undefined, place: '' }, problem);
  });
  server.on('clientError', (fault: NodeJS.ErrnoException, socket) => {
    void refuseUnread(front, fault, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const names = listen.host === '127.0.0.1' ? ['127.0.0.1', 'localhost'] : [listen.host];
  for (const name of names) {
    front.hosts.add(`${name}:${port}`);
    front.origins.add(`http://${name}:${port}`);
  }
  if (publicUrl !== undefined) {
    front.hosts.add(new URL(publicUrl).host);
    front.origins.add(publicUrl);
  }
  const flush = setInterval(() => void flushRefusals(front), 5_000);
  return {
    url: `http://${listen.host}:${port}`,
    async close() {
      clearInterval(flush);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      front.events.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
      await flushRefusals(front, true);
    },
  };
}

/** What Node could not read as HTTP at all: told in one line, counted like every other refusal. */
async function refuseUnread(
  front: Front,
  fault: NodeJS.ErrnoException,
  socket: Duplex & { readonly remoteAddress?: string },
): Promise<void> {
  if (fault.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = unreadProblem(fault.code);
  const body = canonicalText(problemBody(problem));
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const source = socket.remoteAddress ?? 'unknown';
  await noteRefusal(front, { source, method: 'unread', person: undefined, place: '' }, problem);
}

function unreadProblem(code: string | undefined): BailiwickError {
  if (code === 'HPE_HEADER_OVERFLOW') return new BailiwickError('admit/too-large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new BailiwickError('admit/too-slow');
  return new BailiwickError('admit/malformed');
}
