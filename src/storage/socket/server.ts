import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { StatePort } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import { startBroadcast } from './broadcast.ts';
import { Connection } from './connection.ts';
import { GatewayMembership } from './membership.ts';
import { checkPath } from './wire.ts';

export interface StatePortServer {
  gateways(): number;
  /** Names of the gateways that are connected. */
  connected(): readonly string[];
  /** What each gateway said of itself last. */
  health(): readonly JsonObject[];
  close(): Promise<void>;
}

export interface StatePortOptions {
  readonly path: string;
  readonly store: StatePort;
  readonly clock?: Clock;
  /** Called with the names of all, whenever one comes or goes. */
  readonly onGateways?: (names: readonly string[]) => void;
}

const mostConnections = 256;
const settleMs = 50;

/** The state port of `control`: only processes that can open the socket file, which is its owner's. */
export async function serveStatePort(options: StatePortOptions): Promise<StatePortServer> {
  const { path, store } = options;
  const clock = options.clock ?? systemClock;
  const connections = new Set<Connection>();
  const membership = new GatewayMembership({
    now: () => clock.monotonic(),
    stopLeaseMs: limits.stopLeaseMs,
    onChange: (names) => options.onGateways?.(names),
  });
  const broadcast = startBroadcast(store, (feed, text) => {
    for (const connection of connections) connection.push(feed, text);
  });
  const server = createServer((socket) => {
    const latest = () => broadcast.latest();
    const connection = new Connection({ socket, store, clock, membership, latest });
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  });
  server.maxConnections = mostConnections;
  // Only silence needs the timer: everything else settles when it happens.
  const settling = setInterval(() => {
    if (membership.waiting) membership.settle();
  }, settleMs);
  try {
    await listenOn(server, path);
  } catch (fault) {
    clearInterval(settling);
    broadcast.stop();
    throw fault;
  }
  return {
    gateways: () => membership.current.gateways,
    connected: () => membership.names,
    health: () =>
      [...connections]
        .filter(({ name }) => name !== '')
        .map(({ name, health }) => ({ ...health, name })),
    close: () => {
      clearInterval(settling);
      broadcast.stop();
      for (const connection of connections) connection.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function listenOn(server: Server, path: string): Promise<void> {
  checkPath(path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await removeStale(path);
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
