import { once } from 'node:events';
import { Bridge } from './bridge.ts';
import { bounds } from './bounds.ts';
import { createGateway } from './gateway.ts';
import { linesOf } from './lines.ts';
import type { ConnectOptions } from './options.ts';
import { ownIdentity } from './own-identity.ts';
import { findPlace } from './place.ts';

/** The process that a bridge runs in. */
export interface ConnectStreams {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Resolves when whoever started us wants us to end. */
  readonly asked: Promise<void>;
}

/** From the first line of the client to its last. INVARIANT: standard output carries the protocol alone. */
export async function runBridge(options: ConnectOptions, streams: ConnectStreams): Promise<void> {
  const say = sayer(streams.stderr);
  const { identity, key, home } = await ownIdentity(options, say);
  if (options.enrol) return;
  const gateway = createGateway({
    owner: { identity, key },
    where: () => findPlace(options, home),
    say,
  });
  const gone = Promise.withResolvers<void>();
  streams.stdout.on('error', () => gone.resolve());
  const bridge = new Bridge({ gateway, write: writer(streams.stdout, gone.promise), say });
  const isCut = Promise.race([streams.asked, gone.promise]).then(() => 'cut' as const);
  const ended = await Promise.race([read(bridge, streams.stdin), isCut]);
  await bridge.end(ended === 'cut' ? 0 : bounds.lingerMs, isCut);
}

async function read(bridge: Bridge, stdin: AsyncIterable<Uint8Array>): Promise<'ended'> {
  for await (const line of linesOf(stdin)) await bridge.take(line);
  return 'ended';
}

/** Waits for a client that is slower than its gateway, and for none that is gone. */
function writer(stdout: NodeJS.WritableStream, gone: Promise<void>) {
  // One for all who wait: they are as many as there are streams.
  let taken: Promise<unknown> | undefined;
  return async (line: Uint8Array): Promise<void> => {
    if (stdout.write(line)) return;
    taken ??= once(stdout, 'drain')
      .catch(() => undefined)
      .finally(() => (taken = undefined));
    await Promise.race([taken, gone]);
  };
}

const sameAgainMs = 10_000;

/** One sentence a line; the same one not again and again. */
function sayer(stderr: NodeJS.WritableStream): (sentence: string) => void {
  let last = '';
  let at = 0;
  return (sentence) => {
    const now = Date.now();
    if (sentence === last && now - at < sameAgainMs) return;
    last = sentence;
    at = now;
    stderr.write(`bailiwick connect: ${plain(sentence)}\n`);
  };
}

/** What a server may have written reaches a terminal without its control characters. */
function plain(sentence: string): string {
  return sentence.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�').slice(0, 2_000);
}
