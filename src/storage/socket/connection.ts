import type { Socket } from 'node:net';
import type { GatewayLife } from '#contracts/effect-book.ts';
import type { ServerReport } from '#contracts/server-report.ts';
import type { StatePort } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { Broadcast, FeedName } from './broadcast.ts';
import type { GatewayMembership, Member, Membership } from './membership.ts';
import { callMethod } from './methods.ts';
import { Outgoing } from './outgoing.ts';
import { hello, ping, question, servers } from './shapes.ts';
import { frame, onMessages, problemToWire, toWire } from './wire.ts';

/** Told of each life of a gateway that comes, and of each that is gone, however it went. */
export type OnGateway = (what: 'came' | 'gone', gateway: GatewayLife) => void;

export interface ConnectionParts {
  readonly socket: Socket;
  readonly store: StatePort;
  readonly clock: Clock;
  readonly membership: GatewayMembership;
  readonly broadcast: Pick<Broadcast, 'latest' | 'urgentRevision'>;
  readonly onGateway: OnGateway;
}

const mostInFlight = 1_024;
const helloMs = 5_000;
const mostServers = 4_096;

/** One gateway's connection, as control sees it. */
export class Connection implements Member {
  readonly #parts: ConnectionParts;
  readonly #outgoing: Outgoing;
  readonly #helloTimer: NodeJS.Timeout;
  #inFlight = 0;
  name = '';
  life = '';
  health: JsonObject = {};
  /** What it said last of each tool server. */
  readonly servers = new Map<string, ServerReport>();

  constructor(parts: ConnectionParts) {
    const { socket } = parts;
    this.#parts = parts;
    this.#outgoing = new Outgoing(socket);
    this.#helloTimer = setTimeout(() => socket.destroy(), helloMs);
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => this.#resume());
    socket.on('close', () => {
      clearTimeout(this.#helloTimer);
      parts.membership.lose(this);
      if (this.name !== '') parts.onGateway('gone', { writer: this.name, life: this.life });
    });
    onMessages(socket, (message) => this.#take(message));
  }

  tell(membership: Membership): void {
    this.#outgoing.send(frame({ push: 'gateways', ...membership }));
  }

  welcome(membership: Membership): void {
    for (const [feed, text] of this.#parts.broadcast.latest())
      this.#outgoing.sendNewest(feed, text);
    this.#outgoing.send(frame({ push: 'welcome', ...membership }));
  }

  push(feed: FeedName, text: string): void {
    if (this.#parts.membership.isWelcome(this)) this.#outgoing.sendNewest(feed, text);
  }

  /** What was said of a server that is gone says nothing of the next one of its name. */
  forgetGone({ tenants }: Snapshot): void {
    for (const [key, { tenant, server, digest }] of this.servers) {
      if (tenants[tenant]?.servers[server]?.digest !== digest) this.servers.delete(key);
    }
  }

  close(): void {
    this.#parts.socket.destroy();
  }

  #take(message: JsonObject): void {
    const { membership, socket } = this.#parts;
    membership.heard(this);
    if (this.name === '') {
      const read = hello.safeParse(message);
      if (!read.success) return void socket.destroy();
      clearTimeout(this.#helloTimer);
      this.name = read.data.name;
      this.life = read.data.life;
      this.#parts.onGateway('came', { writer: this.name, life: this.life });
      return membership.join(this);
    }
    if (message['method'] === 'bye') {
      membership.leave(this);
      return void socket.end();
    }
    this.#inFlight += 1;
    void this.#answer(message).finally(() => {
      this.#inFlight -= 1;
      this.#resume();
    });
    if (this.#inFlight >= mostInFlight || this.#outgoing.full) socket.pause();
  }

  #resume(): void {
    const { socket } = this.#parts;
    if (socket.isPaused() && this.#inFlight < mostInFlight / 2 && !this.#outgoing.full) {
      socket.resume();
    }
  }

  async #answer(message: JsonObject): Promise<void> {
    const id = typeof message['id'] === 'number' ? message['id'] : null;
    let text: string;
    try {
      text = frame({ id, result: toWire(await this.#result(message)) });
    } catch (fault) {
      text = frame({ id, error: problemToWire(fault) });
    }
    this.#outgoing.send(text);
  }

  async #result(message: JsonObject): Promise<unknown> {
    const { membership, store, clock } = this.#parts;
    // INVARIANT: whoever is not welcome yet is told nothing and changes nothing.
    if (!membership.isWelcome(this)) throw new BailiwickError('store/unavailable');
    if (message['method'] === 'ping') return this.#pong(message);
    if (message['method'] === 'servers') return this.#takeServers(message);
    const read = question.safeParse(message);
    if (!read.success) throw new BailiwickError('api/forbidden');
    return callMethod({ store, clock }, read.data.method, read.data.args);
  }

  #takeServers(message: JsonObject): null {
    const read = servers.safeParse(message);
    if (!read.success) throw new BailiwickError('api/invalid');
    for (const report of read.data.reports) {
      const key = `${report.tenant}\n${report.server}`;
      this.servers.delete(key);
      this.servers.set(key, report);
    }
    // Servers come and go, and a gateway names none that went: the oldest words go first.
    for (const key of this.servers.keys()) {
      if (this.servers.size <= mostServers) break;
      this.servers.delete(key);
    }
    return null;
  }

  async #pong(message: JsonObject): Promise<unknown> {
    const read = ping.safeParse(message);
    if (!read.success) throw new BailiwickError('api/invalid');
    const { clock } = this.#parts;
    const { term, overlay: held, health } = read.data;
    // The answer waits for nothing between: what differs by more than a moment is its clock.
    const { now } = health;
    const skew = typeof now === 'number' ? { skewMs: Math.round(now - clock.now()) } : {};
    this.health = { ...health, ...skew };
    this.#parts.membership.actsOn(this, term);
    // Read after the question came: what was current then, or newer.
    const overlay = await this.#parts.store.overlay.current();
    return {
      ...this.#parts.membership.current,
      number: overlay.number,
      urgent: this.#parts.broadcast.urgentRevision(),
      ...(overlay.number === held ? {} : { overlay }),
    };
  }
}
