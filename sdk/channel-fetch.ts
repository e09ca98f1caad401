import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { clientCertificate } from './certificate.ts';
import type { InstanceKey } from './key.ts';

export interface ChannelFetchOptions {
  readonly gateway: string;
  readonly key: InstanceKey;
  /** PEM. Nobody else is believed to be the gateway. */
  readonly ca: string;
}

const certificateLivesMs = 7 * 86_400_000;

/** A fetch whose channel proves the key: no token, no proof, and every request is this instance's own. */
export function createChannelFetch({ gateway, key, ca }: ChannelFetchOptions): typeof fetch {
  const { origin } = new URL(gateway);
  let agent: Agent | undefined;
  let madeAt = 0;
  const current = (): Agent => {
    if (agent === undefined || Date.now() - madeAt > certificateLivesMs) {
      madeAt = Date.now();
      agent = new Agent({ ...clientCertificate(key), ca, keepAlive: true, minVersion: 'TLSv1.3' });
    }
    return agent;
  };
  return async (input, init) => {
    const asked = new Request(input, init);
    const url = new URL(asked.url);
    if (url.origin !== origin) throw new TypeError(`the key of this agent is for ${origin} only`);
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer());
    return send(asked, url, body, current());
  };
}

function send(
  { method, headers, signal }: Request,
  url: URL,
  body: Buffer | undefined,
  agent: Agent,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const options = { method, agent, signal, headers: { ...Object.fromEntries(headers), ...length } };
  const sent = request(url, options, (answer) => {
    const { statusCode: status = 500, rawHeaders } = answer;
    const told = new Headers();
    for (let at = 0; at < rawHeaders.length; at += 2) {
      told.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
    }
    const isEmpty = status === 204 || status === 304;
    const stream = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
    resolve(new Response(stream, { status, headers: told }));
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
