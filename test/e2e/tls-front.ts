import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from '../../sdk/certificate.ts';

/** What a company puts in front: it ends https under several names, and passes on what it is asked. */
export interface TlsFront {
  readonly certificate: string;
  /** Under this name, its own port with it. */
  readonly origin: (name: string) => string;
  /** Whoever asks under a name is passed on to that port of this machine. */
  readonly to: (name: string, place: string) => void;
  close(): Promise<void>;
}

export async function startTlsFront(names: readonly string[]): Promise<TlsFront> {
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const key = createPrivateKey(pem.export({ type: 'pkcs8', format: 'pem' }));
  const cert = selfSignedCertificate({
    key,
    name: names[0] ?? '',
    purpose: 'server',
    notBefore: Date.now() - 60_000,
    notAfter: Date.now() + 86_400_000,
    dnsNames: names,
  });
  const ports = new Map<string, number>();
  const server: Server = createServer(
    { key: key.export({ type: 'pkcs8', format: 'pem' }), cert },
    (request, response) => {
      const { method, url, headers } = request;
      const port = ports.get((headers.host ?? '').split(':', 1)[0] ?? '');
      const onward = plainRequest(
        // As proxies do it: the name that was asked stays.
        {
          host: '127.0.0.1',
          port,
          method,
          path: url,
          headers: { ...headers, connection: 'close' },
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    certificate: cert,
    origin: (name) => `https://${name}:${own}`,
    to: (name, place) => void ports.set(name, Number(new URL(place).port)),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
