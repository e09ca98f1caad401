import { createServer, type IncomingHttpHeaders, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Forwarder {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Stands before the gateway for a client that has no credential: adds a bearer and nothing else. Its own
 * address, in `Host` and `Origin`, is told as the gateway's, as a client at the gateway would say it; any other
 * value goes on as it is, so that the gateway itself is asked what it thinks of a foreign host.
 */
export async function startForwarder(target: URL, bearer: () => string): Promise<Forwarder> {
  let own = '';
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${bearer()}` };
    const sent = ask(
      target,
      { method: incoming.method, headers: asAtTarget(headers, own, target), agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
      },
    );
    sent.on('error', () => outgoing.destroy());
    outgoing.on('close', () => sent.destroy());
    incoming.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  own = String((server.address() as AddressInfo).port);
  return {
    url: `http://127.0.0.1:${own}${target.pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function asAtTarget(headers: IncomingHttpHeaders, port: string, target: URL): IncomingHttpHeaders {
  const ours = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const { host, origin, connection: _, ...rest } = headers;
  const told: IncomingHttpHeaders = { ...rest };
  if (host !== undefined) told.host = ours.has(host) ? target.host : host;
  if (origin !== undefined) {
    const isOurs = ours.has(origin.replace(/^http:\/\//, ''));
    told.origin = isOurs ? target.origin : origin;
  }
  return told;
}
