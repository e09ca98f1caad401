import type { IncomingMessage, RequestOptions } from 'node:http';
import { bounds, type Held } from './bounds.ts';
import { ConnectProblem } from './problem.ts';

// Not by an import: that would load more of HTTP than a bridge that waits for its client needs.
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

export interface Ask {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** A private key and its certificate, and whom to believe: for an address of https. */
export interface Channel {
  readonly key: string;
  readonly cert: string;
  readonly ca: string | undefined;
}

/** No answer came. INVARIANT: `wasSent` is false only when not one byte of the request left. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  readonly wasSent: boolean;

  constructor(wasSent: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : 'the connection was lost', { cause });
    this.wasSent = wasSent;
  }
}

/** Something went wrong after the head of an answer had come: by then the request may have been done. */
export class AfterHead extends Error {
  override readonly name = 'AfterHead';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : 'the answer was lost', { cause });
  }
}

export interface Wire {
  /** Resolves with the head of the answer; its body is read by whoever asked. */
  ask(one: Ask): Promise<IncomingMessage>;
  close(): void;
}

/** Connections to one gateway, kept open between requests. No redirect is followed. */
export function createWire(channel: Channel | undefined): Wire {
  const kept = { keepAlive: true, keepAliveMsecs: 5_000, maxFreeSockets: 4 };
  const agent =
    channel === undefined ? new http.Agent(kept) : new https.Agent({ ...kept, ...tls(channel) });
  return {
    ask: (one) => send(one, agent),
    close: () => agent.destroy(),
  };
}

function tls({ key, cert, ca }: Channel) {
  return { key, cert, minVersion: 'TLSv1.3' as const, ...(ca === undefined ? {} : { ca }) };
}

function send(one: Ask, agent: NonNullable<RequestOptions['agent']>): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { method, url, body, signal } = one;
  if (signal.aborted) return Promise.reject(new Unanswered(false, signal.reason));
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const headers = { ...one.headers, ...length };
  const module = url.protocol === 'https:' ? https : http;
  const request = module.request(url, { method, headers, agent, signal });
  let wasSent = false;
  request.on('socket', (socket) => {
    const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect';
    if (socket.connecting) socket.once(connected, () => (wasSent = true));
    else wasSent = true;
  });
  request.on('response', resolve);
  request.on('error', (cause) => reject(new Unanswered(wasSent, cause)));
  request.end(body);
  return promise;
}

/** All of a short answer. INVARIANT: bounded by itself and by what all answers hold together. */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  held: Held,
  most: number = bounds.messageBytes,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      const fits = held.take(chunk.length);
      chunks.push(chunk);
      if (!fits) size -= chunk.length;
      if (!fits || size > most) throw tooLarge();
    }
    return Buffer.concat(chunks);
  } finally {
    held.give(size);
  }
}

function tooLarge(): ConnectProblem {
  return new ConnectProblem(
    'connect/too-large',
    'the answer of the gateway is larger than a bridge holds',
    'ask for less at once',
  );
}

/** Reads an answer that nobody wants to its end, so that its connection can be used again. */
export function drop(response: IncomingMessage): void {
  response.on('error', () => undefined);
  response.resume();
}
