import { createConnection, type Socket } from 'node:net';
import type { OverlayListener } from '#contracts/overlay-feed.ts';
import type { SnapshotListener } from '#contracts/snapshot-feed.ts';
import type { StatePort } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Overlay } from '#kernel/overlay.ts';
import type { Roster, Snapshot } from '#kernel/snapshot.ts';
import { portOver } from './port.ts';
import { onMessages, problemFromWire, sendMessage, toWire } from './wire.ts';

export interface ConnectedStatePort extends StatePort {
  readonly connected: boolean;
  gateways(): number;
  onGateways(listener: (count: number) => void): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: Json) => void;
  readonly reject: (fault: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const graceMs = 250;
const firstRetryMs = 100;
const lastRetryMs = 1_000;
const mostInFlight = 10_000;

/** The gateway's end. While control is away, questions fail at once; nothing queues without bound. */
export function connectStatePort(options: {
  readonly path: string;
  readonly name: string;
  /** What this gateway says of itself with every ping; shown in status. */
  readonly health?: () => JsonObject;
}): ConnectedStatePort {
  const client = new StatePortClient(options.path, options.name, options.health ?? (() => ({})));
  client.open();
  const port = portOver({
    ask: (method, args) => client.ask(method, args),
    subscribeSnapshots: (listener) => client.subscribeSnapshots(listener),
    subscribeOverlay: (listener) => client.subscribeOverlay(listener),
  });
  return {
    ...port,
    get connected() {
      return client.connected;
    },
    gateways: () => client.gateways,
    onGateways: (listener) => client.onGateways(listener),
    close: () => client.close(),
  };
}

class StatePortClient {
  readonly #path: string;
  readonly #name: string;
  readonly #health: () => JsonObject;
  readonly #waiting = new Map<number, Waiting>();
  readonly #snapshotListeners = new Set<SnapshotListener>();
  readonly #overlayListeners = new Set<OverlayListener>();
  readonly #gatewayListeners = new Set<(count: number) => void>();
  #socket: Socket | undefined;
  #welcome: { promise: Promise<void>; done: () => void } = deferred();
  #nextId = 1;
  #closed = false;
  #retryMs = firstRetryMs;
  #retry: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;
  #overlay: Overlay | undefined;
  #snapshot: Snapshot | undefined;
  #roster: Roster | undefined;
  connected = false;
  gateways = 0;

  constructor(path: string, name: string, health: () => JsonObject) {
    this.#path = path;
    this.#name = name;
    this.#health = health;
  }

  open(): void {
    const socket = createConnection(this.#path);
    this.#socket = socket;
    socket.on('connect', () => sendMessage(socket, { method: 'hello', name: this.#name }));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#lost(socket));
    onMessages(socket, (message) => this.#take(message));
  }

  async ask(method: string, args: readonly unknown[]): Promise<Json> {
    if (!this.connected) await this.#soon();
    return this.#send({ method, args: toWire(args) });
  }

  #send(message: JsonObject): Promise<Json> {
    const socket = this.#socket;
    if (socket === undefined || this.#waiting.size >= mostInFlight) {
      return Promise.reject(new BailiwickError('store/unavailable'));
    }
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new BailiwickError('store/unavailable', { message: 'control does not answer' }));
      }, limits.statePortTimeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      sendMessage(socket, { ...message, id });
    });
  }

  /** A short grace for a restart of control; after it the caller is told no. */
  async #soon(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new BailiwickError('store/unavailable')), graceMs);
    });
    try {
      await Promise.race([this.#welcome.promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  subscribeSnapshots(listener: SnapshotListener): () => void {
    this.#snapshotListeners.add(listener);
    if (this.#snapshot !== undefined) listener.snapshot(this.#snapshot);
    if (this.#roster !== undefined) listener.roster(this.#roster);
    return () => void this.#snapshotListeners.delete(listener);
  }

  subscribeOverlay(listener: OverlayListener): () => void {
    this.#overlayListeners.add(listener);
    if (this.#overlay !== undefined) listener.overlay(this.#overlay, Number.NEGATIVE_INFINITY);
    if (this.connected) void this.#ping();
    return () => void this.#overlayListeners.delete(listener);
  }

  onGateways(listener: (count: number) => void): void {
    this.#gatewayListeners.add(listener);
    listener(this.gateways);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#beat);
    this.#socket?.destroy();
  }

  #take(message: JsonObject): void {
    const { push, id } = message;
    if (typeof push === 'string') return this.#takePush(push, message);
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined || typeof id !== 'number') return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (message['error'] === undefined) waiting.resolve(message['result'] ?? null);
    else waiting.reject(problemFromWire(message['error'] as JsonObject));
  }

  #takePush(push: string, message: JsonObject): void {
    const value = message['value'];
    switch (push) {
      case 'welcome':
        this.#takeGateways(Number(message['gateways']));
        this.connected = true;
        this.#retryMs = firstRetryMs;
        this.#welcome.done();
        void this.#ping();
        this.#beat = setInterval(() => void this.#ping(), limits.heartbeatMs);
        return;
      case 'gateways':
        this.#takeGateways(Number(message['gateways']));
        void this.#ping();
        return;
      case 'snapshot':
        this.#snapshot = value as unknown as Snapshot;
        for (const listener of this.#snapshotListeners) listener.snapshot(this.#snapshot);
        return;
      case 'roster':
        this.#roster = value as unknown as Roster;
        for (const listener of this.#snapshotListeners) listener.roster(this.#roster);
        return;
      case 'overlay':
        // In force at once; it confirms nothing by itself, only an answered ping does.
        this.#takeOverlay(value as unknown as Overlay, Number.NEGATIVE_INFINITY);
    }
  }

  /** INVARIANT: confirmed as of the moment of asking; the answer may be older, the question is not. */
  async #ping(): Promise<void> {
    const asked = performance.now();
    try {
      const answer = (await this.#send({
        method: 'ping',
        gateways: this.gateways,
        health: this.#health(),
      })) as JsonObject;
      this.#takeOverlay(answer['overlay'] as unknown as Overlay, asked);
      this.#takeGateways(Number(answer['gateways']));
    } catch {
      // Nothing is confirmed; the stop lease runs.
    }
  }

  #takeOverlay(overlay: Overlay, confirmedAt: number): void {
    this.#overlay = overlay;
    for (const listener of this.#overlayListeners) listener.overlay(overlay, confirmedAt);
  }

  #takeGateways(count: number): void {
    if (count === this.gateways) return;
    this.gateways = count;
    for (const listener of this.#gatewayListeners) listener(count);
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    clearInterval(this.#beat);
    if (this.connected) this.#welcome = deferred();
    this.connected = false;
    // Alone or not cannot be known now: whoever must know reads through, and is refused.
    this.#takeGateways(0);
    for (const [id, waiting] of this.#waiting) {
      this.#waiting.delete(id);
      clearTimeout(waiting.timer);
      waiting.reject(new BailiwickError('store/unavailable'));
    }
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2);
  }
}

function deferred(): { promise: Promise<void>; done: () => void } {
  let done: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (done = resolve));
  return { promise, done };
}
