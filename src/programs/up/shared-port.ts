import { createServer, type ListenOptions } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Address } from './options.ts';

const pollMs = 50;
/** An earlier start whose supervisor was killed may still be ending. */
const patienceMs = 4 * limits.orphanGraceMs;

/** Not every kernel lets several processes listen on one port. */
export async function checkPortsCanBeShared(
  tryIt: (options: ListenOptions) => Promise<void> = listensAlone,
): Promise<void> {
  try {
    await tryIt({ host: '127.0.0.1', port: 0, reusePort: true });
  } catch {
    throw new BailiwickError('cli/usage', {
      message: 'this system does not let several gateways listen on one port',
      suggestedAction: 'start it with `--gateways 1`, or on Linux',
    });
  }
}

/**
 * INVARIANT: a port that is shared can be shared by mistake, with gateways of another data folder: so
 * it is tried alone first. One that is free to choose is nobody else's.
 */
export async function checkPortIsFree(
  { host, port }: Address,
  tryIt: (options: ListenOptions) => Promise<void> = listensAlone,
): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await tryIt({ host, port, exclusive: true });
    } catch (fault) {
      const message = fault instanceof Error ? fault.message : 'it cannot be listened on';
      if (performance.now() > until) throw new BailiwickError('up/port-taken', { message });
      await pause(pollMs);
    }
  }
}

function listensAlone(options: ListenOptions): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => server.close(() => resolve()));
  });
}
