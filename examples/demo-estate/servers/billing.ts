import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { openBillingBook } from './billing-book.ts';
import { createBillingServer } from './billing-tools.ts';

/** Over the channel of the fork: a key in arguments or environment could be read by others. */
const settings = z.object({
  folder: z.string(),
  key: z.string().min(16),
  port: z.number().int().min(0).max(65_535),
});

process.once('message', (message) => serve(settings.parse(message)));
process.once('disconnect', () => process.exit(0));

function serve({ folder, key, port }: z.infer<typeof settings>): void {
  const book = openBillingBook(join(folder, 'billing.sqlite'));
  const noticeFile = join(folder, 'billing-notice.txt');
  const handler = createMcpHandler(({ requestInfo }) =>
    createBillingServer({
      book,
      noticeFile,
      authorization: requestInfo?.headers.get('authorization') ?? '',
    }),
  );
  const answer = toNodeHandler(handler);
  const validHost = localhostHostValidation();
  const validOrigin = localhostOriginValidation();
  const http = createServer((request, response) => {
    if (!validHost(request, response) || !validOrigin(request, response)) return;
    if (!mayEnter(request, key)) return refuse(response);
    // Node's own type says `undefined` where the SDK's leaves the key out.
    void answer(request as Parameters<typeof answer>[0], response);
  });
  http.on('error', (fault) => {
    process.stderr.write(`billing: ${fault.message}\n`);
    process.exit(1);
  });
  http.listen(port, '127.0.0.1', () => {
    process.send?.({ port: (http.address() as AddressInfo).port });
  });
  process.once('SIGTERM', () => {
    http.close();
    http.closeAllConnections();
    book.close();
    process.exit(0);
  });
  // Ctrl-C and a closed terminal reach the whole group; who ends this process is whoever started it.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
}

function mayEnter(request: IncomingMessage, key: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${key}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function refuse(response: ServerResponse): void {
  response.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Bearer' });
  response.end('{"error":"the key is missing or wrong"}');
}
