import { chmodSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { StatePort } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { portMethods } from './methods.ts';
import { onMessages, problemToWire, sendMessage, toWire } from './wire.ts';

export interface StatePortServer {
  gateways(): number;
  /** What each gateway said of itself last. */
  health(): readonly JsonObject[];
  close(): Promise<void>;
}

interface Client {
  readonly socket: Socket;
  name: string;
  welcomed: boolean;
  /** The membership count that this gateway has answered for. */
  knows: number;
  /** The count that it was told last; said again only when it changes. */
  told: number;
  lastHeard: number;
  health: JsonObject;
}

/** The state port of `control`: only processes that can open the socket file, which is its owner's. */
export async function serveStatePort(options: {
  readonly path: string;
  readonly store: StatePort;
  readonly now?: () => number;
}): Promise<StatePortServer> {
  const { path, store } = options;
  const now = options.now ?? (() => performance.now());
  const clients = new Set<Client>();
  const members = (): number => [...clients].filter(({ name }) => name !== '').length;
  const server = createServer((socket) => {
    const client: Client = {
      socket,
      name: '',
      welcomed: false,
      knows: 0,
      told: 0,
      lastHeard: now(),
      health: {},
    };
    clients.add(client);
    const stopFeeds = { now: () => undefined as void };
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clients.delete(client);
      stopFeeds.now();
      admit();
    });
    onMessages(socket, (message) => {
      client.lastHeard = now();
      void answer(message);
    });
    const answer = async (message: JsonObject): Promise<void> => {
      const { id, method } = message;
      if (method === 'hello') {
        client.name = String(message['name']);
        admit();
        return;
      }
      if (method === 'ping') {
        client.knows = Number(message['gateways']);
        if (isJsonObject(message['health'])) client.health = message['health'];
        await answerPing(client, id as number);
        admit();
        return;
      }
      sendMessage(socket, await call(store, message));
    };
    const answerPing = async (to: Client, id: number): Promise<void> => {
      try {
        const overlay = await store.overlay.current();
        sendMessage(to.socket, { id, result: { overlay: toWire(overlay), gateways: members() } });
      } catch (fault) {
        sendMessage(to.socket, { id, error: problemToWire(fault) });
      }
    };
    const welcome = (to: Client): void => {
      to.welcomed = true;
      to.told = members();
      stopFeeds.now = pushFeeds(store, to.socket);
      sendMessage(to.socket, { push: 'welcome', gateways: members() });
    };
    /**
     * INVARIANT: a joining gateway is served only when every other one knows that it is not alone
     * any more, or has been silent for so long that it denies everything by itself.
     */
    const admit = (): void => {
      const count = members();
      for (const one of clients) {
        if (!one.welcomed || one.told === count) continue;
        one.told = count;
        sendMessage(one.socket, { push: 'gateways', gateways: count });
      }
      const others = [...clients].filter((one) => one.welcomed && one !== client);
      const ready = others.every(
        (one) => one.knows >= count || now() - one.lastHeard > limits.stopLeaseMs,
      );
      if (client.name !== '' && !client.welcomed && ready && !socket.destroyed) welcome(client);
      else if (client.name !== '' && !client.welcomed && !socket.destroyed) setTimeout(admit, 50);
    };
  });
  await listenOn(server, path);
  return {
    gateways: members,
    health: () =>
      [...clients]
        .filter(({ name }) => name !== '')
        .map(({ name, health }) => ({ ...health, name })),
    close: () =>
      new Promise((resolve) => {
        for (const { socket } of clients) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function listenOn(server: ReturnType<typeof createServer>, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // The folder lock says that nobody else serves here: what lies there is a dead process's socket.
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
  } finally {
    process.umask(before);
  }
}

async function call(store: StatePort, message: JsonObject): Promise<JsonObject> {
  const { id, method, args } = message;
  const known = typeof method === 'string' && Object.hasOwn(portMethods, method);
  if (typeof id !== 'number' || !known || !Array.isArray(args)) {
    return { id: id ?? null, error: problemToWire(new BailiwickError('api/forbidden')) };
  }
  try {
    const result = await portMethods[method]?.(store, args as unknown as readonly never[]);
    return { id, result: toWire(result) };
  } catch (fault) {
    return { id, error: problemToWire(fault) };
  }
}

function pushFeeds(store: StatePort, socket: Socket): () => void {
  const stopSnapshots = store.snapshots.subscribe({
    snapshot: (snapshot) => sendMessage(socket, { push: 'snapshot', value: toWire(snapshot) }),
    roster: (roster) => sendMessage(socket, { push: 'roster', value: toWire(roster) }),
  });
  // Pushed the moment it changes; the time of it is the gateway's own, taken by its pings.
  const stopOverlay = store.overlay.subscribe({
    overlay: (overlay) => sendMessage(socket, { push: 'overlay', value: toWire(overlay) }),
  });
  return () => {
    stopSnapshots();
    stopOverlay();
  };
}
