import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Presented } from '#kernel/call.ts';
import type { RequestHeaders } from './headers.ts';

/** What a request brings to say whose it is; nothing of it is believed here. */
export function presentedBy(
  request: IncomingMessage,
  headers: RequestHeaders,
  publicHosts: ReadonlySet<string> | undefined,
): Presented {
  const { socket } = request;
  const secure = socket instanceof TLSSocket;
  const host = headers.values['host'] ?? '';
  // Under its public name a client came by https, which somebody in front of us has ended.
  const scheme = secure || publicHosts?.has(host) === true ? 'https' : 'http';
  return {
    authorization: headers.values['authorization'],
    dpop: headers.values['dpop'],
    method: request.method ?? '',
    url: `${scheme}://${host}${request.url ?? ''}`,
    clientCertificate: secure ? peerCertificate(socket) : undefined,
    ambiguous: headers.duplicate !== undefined,
  };
}

const certificates = new WeakMap<TLSSocket, Uint8Array | undefined>();

/** Reading of the socket once: it cannot change while the connection lives (no renegotiation in 1.3). */
function peerCertificate(socket: TLSSocket): Uint8Array | undefined {
  if (certificates.has(socket)) return certificates.get(socket);
  const raw = socket.getPeerX509Certificate()?.raw;
  certificates.set(socket, raw);
  return raw;
}
