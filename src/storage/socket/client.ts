import type { GatewayLife } from '#contracts/effect-book.ts';
import type { OverlayListener } from '#contracts/overlay-feed.ts';
import type { SnapshotListener } from '#contracts/snapshot-feed.ts';
import type { ServerReport } from '#contracts/server-report.ts';
import type { StatePort } from '#contracts/store.ts';
import { newCapability } from '#kernel/ids.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import type { Roster, Snapshot } from '#kernel/snapshot.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import { Line } from './line.ts';
import { portOver } from './port.ts';
import { serversPerMessage } from './shapes.ts';

export interface ConnectedStatePort extends StatePort {
  /** Who this process is to control: its name, and which life of it. */
  readonly gateway: GatewayLife;
  /** True while control has let this gateway in. */
  readonly connected: boolean;
  /** Called at once and with every change. */
  onConnection(listener: (connected: boolean) => void): void;
  /**
   * How many gateways serve; 0 while that cannot be known. While control is away it is as it was:
   * nobody else is let in before the stop lease of this one has ended.
   */
  gateways(): number;
  /** Called with every change of the membership, also when another one has the same count. */
  /** Says at once what `health` says; else the next ping does. */
  tellNow(): void;
  onGateways(listener: (count: number, term: number) => void): void;
  /** For people alone; a fault when control could not be told. */
  tellServers(reports: readonly ServerReport[]): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly path: string;
  readonly name: string;
  /** What this gateway says of itself with every ping; shown in status. */
  readonly health?: () => JsonObject;
  readonly clock?: Clock;
}

/** The gateway's end. While control is away, questions fail at once; nothing queues without bound. */
export function connectStatePort(options: ConnectOptions): ConnectedStatePort {
  const client = new StatePortClient(options);
  const port = portOver({
    ask: (method, args) => client.line.ask(method, args),
    subscribeSnapshots: (listener) => client.subscribeSnapshots(listener),
    subscribeOverlay: (listener) => client.subscribeOverlay(listener),
  });
  client.line.open();
  return {
    ...port,
    gateway: { writer: options.name, life: client.life },
    get connected() {
      return client.line.connected;
    },
    onConnection: (listener) => client.onConnection(listener),
    gateways: () => client.gateways,
    onGateways: (listener) => client.onGateways(listener),
    tellNow: () => client.tellNow(),
    tellServers: (reports) => client.tellServers(reports),
    close: () => client.close(),
  };
}

const unconfirmed = Number.NEGATIVE_INFINITY;

/** What control pushes, kept for whoever listens, and the pings that confirm the overlay. */
class StatePortClient {
  readonly line: Line;
  readonly life = newCapability();
  readonly #clock: Clock;
  readonly #health: () => JsonObject;
  readonly #snapshotListeners = new Set<SnapshotListener>();
  readonly #overlayListeners = new Set<OverlayListener>();
  readonly #gatewayListeners = new Set<(count: number, term: number) => void>();
  readonly #connectionListeners = new Set<(connected: boolean) => void>();
  #overlay: Overlay | undefined;
  #urgent: readonly OverlayEntry[] = [];
  /** Of this connection; the list itself outlives it. */
  #urgentRevision = 0;
  #snapshot: Snapshot | undefined;
  #roster: Roster | undefined;
  #term = 0;
  #beat: NodeJS.Timeout | undefined;
  gateways = 0;

  constructor({ path, name, health, clock }: ConnectOptions) {
    this.#health = health ?? (() => ({}));
    this.#clock = clock ?? systemClock;
    this.line = new Line({
      path,
      name,
      life: this.life,
      take: (push, message) => this.#take(push, message),
      lost: () => this.#lost(),
    });
  }

  subscribeSnapshots(listener: SnapshotListener): () => void {
    this.#snapshotListeners.add(listener);
    if (this.#snapshot !== undefined) listener.snapshot(this.#snapshot);
    if (this.#roster !== undefined) listener.roster(this.#roster);
    return () => void this.#snapshotListeners.delete(listener);
  }

  subscribeOverlay(listener: OverlayListener): () => void {
    this.#overlayListeners.add(listener);
    if (this.#overlay !== undefined) listener.overlay(this.#overlay, unconfirmed);
    listener.urgent?.(this.#urgent);
    if (this.line.connected) void this.#ping();
    return () => void this.#overlayListeners.delete(listener);
  }

  onGateways(listener: (count: number, term: number) => void): void {
    this.#gatewayListeners.add(listener);
    listener(this.gateways, this.#term);
  }

  onConnection(listener: (connected: boolean) => void): void {
    this.#connectionListeners.add(listener);
    listener(this.line.connected);
  }

  tellNow(): void {
    if (this.line.connected) void this.#ping();
  }

  async tellServers(reports: readonly ServerReport[]): Promise<void> {
    for (let from = 0; from < reports.length; from += serversPerMessage) {
      const some = reports.slice(from, from + serversPerMessage);
      await this.line.send({ method: 'servers', reports: some.map((one) => ({ ...one })) });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    await this.line.close();
  }

  #take(push: string, message: JsonObject): void {
    const value = message['value'];
    switch (push) {
      case 'welcome':
        // Terms are of one control process, and of one time: what was before is another era.
        this.#takeGateways(0, 0);
        this.#takeMembership(message);
        this.line.welcome();
        this.#beat = setInterval(() => void this.#ping(), limits.heartbeatMs);
        for (const listener of this.#connectionListeners) listener(true);
        void this.#ping();
        return;
      case 'gateways':
        // The answer is the ping: it says that everybody here acts on it by now.
        this.#takeMembership(message);
        void this.#ping();
        return;
      case 'snapshot':
        return this.#takeSnapshot(value as unknown as Snapshot);
      case 'roster':
        return this.#takeRoster(value as unknown as Roster);
      case 'overlay':
        // In force at once; it confirms nothing by itself, only an answered ping does.
        return this.#takeOverlay(value as unknown as Overlay, unconfirmed);
      case 'urgent':
        this.#takeUrgent(value as unknown as { revision: number; stops: readonly OverlayEntry[] });
    }
  }

  #takeUrgent({ revision, stops }: { revision: number; stops: readonly OverlayEntry[] }): void {
    this.#urgentRevision = revision;
    this.#urgent = stops;
    for (const listener of this.#overlayListeners) listener.urgent?.(stops);
  }

  #takeSnapshot(snapshot: Snapshot): void {
    if (snapshot.number <= (this.#snapshot?.number ?? -1)) return;
    this.#snapshot = snapshot;
    for (const listener of this.#snapshotListeners) listener.snapshot(snapshot);
  }

  #takeRoster(roster: Roster): void {
    if (roster.number <= (this.#roster?.number ?? -1)) return;
    this.#roster = roster;
    for (const listener of this.#snapshotListeners) listener.roster(roster);
  }

  /**
   * INVARIANT: what is confirmed is the moment of asking. The answer may be older than its arrival,
   * the question is not; and a control that stands still confirms nothing.
   */
  async #ping(): Promise<void> {
    const asked = this.#clock.monotonic();
    try {
      const answer = await this.line.send({
        method: 'ping',
        term: this.#term,
        overlay: this.#overlay?.number ?? -1,
        health: this.#health(),
      });
      if (isJsonObject(answer)) this.#takePong(answer, asked);
    } catch {
      // Nothing is confirmed; the stop lease runs.
    }
  }

  #takePong(answer: JsonObject, asked: number): void {
    // Whether it is alone first: the confirmation below may end a time of denying everything.
    this.#takeMembership(answer);
    // An urgent stop that is still on its way: what is held now is not all that is in force.
    if (answer['urgent'] !== this.#urgentRevision) return;
    const sent = answer['overlay'];
    const overlay = isJsonObject(sent) ? (sent as unknown as Overlay) : this.#overlay;
    // A newer one that was pushed in the meantime holds all that the confirmed one does.
    const held = this.#overlay?.number ?? -1;
    if (overlay === undefined || Math.max(overlay.number, held) < Number(answer['number'])) return;
    this.#takeOverlay(overlay, asked);
  }

  #takeOverlay(overlay: Overlay, confirmedAt: number): void {
    // Numbers only grow: what is older came late and takes nothing back.
    if (this.#overlay === undefined || overlay.number >= this.#overlay.number) {
      this.#overlay = overlay;
    }
    for (const listener of this.#overlayListeners) listener.overlay(this.#overlay, confirmedAt);
  }

  #takeMembership(message: Json): void {
    if (!isJsonObject(message) || typeof message['term'] !== 'number') return;
    if (message['term'] < this.#term) return;
    this.#takeGateways(Number(message['gateways']), message['term']);
  }

  #takeGateways(count: number, term: number): void {
    if (count === this.gateways && term === this.#term) return;
    this.gateways = count;
    this.#term = term;
    for (const listener of this.#gatewayListeners) listener(count, term);
  }

  /** INVARIANT: what was known stays known, and is acted on for as long as the stop lease lasts. */
  #lost(): void {
    clearInterval(this.#beat);
    this.#urgentRevision = 0;
    for (const listener of this.#connectionListeners) listener(false);
  }
}
