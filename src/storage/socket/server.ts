import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { ServerReport } from '#contracts/server-report.ts';
import type { StatePort } from '#contracts/store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import { startBroadcast } from './broadcast.ts';
import { keepAlone, readAlone } from './alone.ts';
import { Connection, type OnGateway } from './connection.ts';
import { keepListening } from './listening.ts';
import { GatewayMembership } from './membership.ts';

export interface StatePortServer {
  gateways(): number;
  /** Names of the gateways that are connected. */
  connected(): readonly string[];
  /** What each gateway said of itself last. */
  health(): readonly JsonObject[];
  /** What each gateway said last of each tool server. */
  servers(): readonly { readonly gateway: string; readonly report: ServerReport }[];
  close(): Promise<void>;
}

export interface StatePortOptions {
  readonly path: string;
  readonly store: StatePort;
  readonly clock?: Clock;
  /** Called with the names of all, whenever one comes or goes. */
  readonly onGateways?: (names: readonly string[]) => void;
  readonly onGateway?: OnGateway;
}

const settleMs = 50;

/** The state port of `control`: only processes that can open the socket file, which is its owner's. */
export async function serveStatePort(options: StatePortOptions): Promise<StatePortServer> {
  const { path, store } = options;
  const clock = options.clock ?? systemClock;
  const connections = new Set<Connection>();
  const onGateway: OnGateway = (what, gateway) => options.onGateway?.(what, gateway);
  const aloneFile = join(dirname(path), 'alone');
  const membership = new GatewayMembership({
    now: () => clock.monotonic(),
    stopLeaseMs: limits.stopLeaseMs,
    alone: readAlone(aloneFile),
    keepAlone: (names) => keepAlone(aloneFile, names),
    onChange: (names) => options.onGateways?.(names),
  });
  const broadcast = startBroadcast(store, (feed, text) => {
    for (const connection of connections) connection.push(feed, text);
  });
  const stopForgetting = store.snapshots.subscribe({
    snapshot(snapshot) {
      for (const connection of connections) connection.forgetGone(snapshot);
    },
    roster: () => undefined,
  });
  const take = (socket: Socket): void => {
    const connection = new Connection({ socket, store, clock, membership, broadcast, onGateway });
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  };
  // Only silence needs the timer: everything else settles when it happens.
  const settling = setInterval(() => {
    if (membership.waiting) membership.settle();
  }, settleMs);
  const listening = await keepListening(path, take).catch((fault: unknown) => {
    clearInterval(settling);
    broadcast.stop();
    stopForgetting();
    throw fault;
  });
  return {
    gateways: () => membership.current.gateways,
    connected: () => membership.names,
    health: () =>
      [...connections]
        .filter(({ name }) => name !== '')
        .map(({ name, health }) => ({ ...health, name })),
    servers: () =>
      [...connections].flatMap(({ name, servers }) =>
        [...servers.values()].map((report) => ({ gateway: name, report })),
      ),
    close: () => {
      clearInterval(settling);
      broadcast.stop();
      stopForgetting();
      for (const connection of connections) connection.close();
      return listening.close();
    },
  };
}
