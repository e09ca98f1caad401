import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { BailiwickError } from '#kernel/errors.ts';
import { checkPath } from './wire.ts';

const mostConnections = 256;
const lookMs = 500;

/**
 * Listens on a socket file, and again when the file is gone or somebody put another socket in its
 * place: a gateway that starts later must find this control. Open connections are not touched.
 */
export async function keepListening(
  path: string,
  onSocket: (socket: Socket) => void,
): Promise<{ close(): Promise<void> }> {
  let server = await listenOn(path, onSocket);
  let mine = identityOf(path);
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    if (identityOf(path) === mine || !isSocketOrGone(path)) return;
    // Closing takes whatever lies at the path away; a socket of ours is not there any more.
    server.close();
    server = await listenOn(path, onSocket);
    mine = identityOf(path);
  };
  const timer = setInterval(() => {
    // What is in the way now may be gone the next time.
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = undefined));
  }, lookMs);
  return {
    async close() {
      clearInterval(timer);
      await looking;
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function identityOf(path: string): string | undefined {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there === undefined ? undefined : `${there.dev} ${there.ino}`;
}

function isSocketOrGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? true;
}

async function listenOn(path: string, onSocket: (socket: Socket) => void): Promise<Server> {
  checkPath(path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await removeStale(path);
  const server = createServer(onSocket);
  server.maxConnections = mostConnections;
  const bound = once(server, 'listening');
  // Bound before `listen` returns, so nothing else of this process sees the narrow mask. A worker
  // has no mask of its own; there the folder is what keeps others out.
  const before = isMainThread ? process.umask(0o177) : undefined;
  try {
    server.listen(path);
  } finally {
    if (before !== undefined) process.umask(before);
  }
  await bound;
  chmodSync(path, 0o600);
  return server;
}

/** A socket that nobody answers on was left by a process that died; anything else is not ours. */
async function removeStale(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket()) {
    throw new BailiwickError('store/unavailable', {
      message: `there is something else where the state socket belongs: \`${path}\``,
      suggestedAction: 'move it away, then start again',
    });
  }
  if (await isServed(path)) {
    throw new BailiwickError('store/locked', {
      message: `another process serves the state socket \`${path}\``,
    });
  }
  rmSync(path, { force: true });
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
