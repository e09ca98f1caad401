import { connect, type Socket } from 'node:net';
import type { Call, Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { ManualClock } from '#kernel/time.ts';
import { createHttpHandler } from '#gateway/http/handler.ts';
import { listen, type ReceiveBounds } from '#gateway/http/listener.ts';
import type { Protocol } from '#gateway/http/protocol.ts';
import type { Release } from '#gateway/release.ts';

export interface HttpFront {
  readonly host: string;
  /** Every call that walked the path, in order. */
  readonly calls: Call[];
  /** Bytes that never became a request. */
  readonly bad: Refusal[];
  /** What the path answers; set it before the request. */
  run: (call: Call, release: Release | undefined) => Promise<Outcome>;
  open(): Promise<Socket>;
  /** Sends these bytes as they are; answers all that came back until one answer was there. */
  raw(text: string | Buffer): Promise<string>;
  close(): Promise<void>;
}

export interface HttpFrontOptions {
  readonly answerTakenMs?: number;
  readonly keepAliveMs?: number;
  readonly alsoAskedMs?: number;
  readonly receive?: ReceiveBounds;
}

/** Everything of a listener that is real, before a path without any of its gates. */
export async function startHttpFront(
  protocols: readonly Protocol[],
  options: HttpFrontOptions = {},
): Promise<HttpFront> {
  const clock = new ManualClock();
  const publicHosts = new Set(['agents.example']);
  const hosts = new Set<string>(publicHosts);
  const calls: Call[] = [];
  const bad: Refusal[] = [];
  const handler = createHttpHandler({
    pipeline: {
      run(call, release) {
        calls.push(call);
        return front.run(call, release);
      },
    },
    identity: {
      hasCredential: ({ authorization }) => authorization !== undefined,
      nonce: () => 'n',
    },
    stranger: ({ authorization }) =>
      authorization === 'Bearer stranger' ? refusal('identity/invalid-token') : undefined,
    clock,
    tenant: 'main',
    protocols,
    hosts: () => hosts,
    publicHosts,
    origins: new Set(['https://good.example']),
    ...(options.answerTakenMs === undefined ? {} : { answerTakenMs: options.answerTakenMs }),
    ...(options.keepAliveMs === undefined ? {} : { keepAliveMs: options.keepAliveMs }),
    ...(options.alsoAskedMs === undefined ? {} : { alsoAskedMs: options.alsoAskedMs }),
  });
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    handler,
    onBadConnection: (_source, reason) => void bad.push(reason),
    now: () => clock.now(),
    ...(options.receive === undefined ? {} : { receive: options.receive }),
  });
  const host = `127.0.0.1:${listener.port}`;
  hosts.add(host);
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true }, () =>
        resolve(socket),
      );
      // After it is open: to be reset is one of the ways to be refused.
      socket.on('error', reject);
      socket.on('end', () => socket.end());
    });
  const front: HttpFront = {
    host,
    calls,
    bad,
    run: (call) => Promise.resolve(refusedAsIs(call)),
    open,
    raw: async (text) => answerOn(await open(), text),
    close: () => listener.close(0),
  };
  return front;
}

/** What the path says of a call that a front could not read, when no gate says something else. */
export function refusedAsIs({ action }: Call): Outcome {
  if (action.kind !== 'refused') throw new TypeError(`nobody answers ${action.kind}`);
  return { kind: 'refused', recordId: 'r', refusal: action.reason, effect: 'none' };
}

/** Every answer here is one chunk of a few hundred bytes: its head says that it is there. */
function answerOn(socket: Socket, text: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}
