import type { Socket } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type {
  AskedOf,
  Fellow,
  FellowMethods,
  Fellows,
  FellowServices,
} from '#contracts/fellows.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import { answerFellow } from './fellow-desk.ts';
import { away, FellowLine } from './fellow-line.ts';
import { fellowShapes } from './fellow-shapes.ts';
import { keepListening } from './listening.ts';

export interface FellowsOptions {
  /** Where each of them has its socket. */
  readonly folder: string;
  readonly index: number;
  readonly count: number;
  /** Of this start of the listener: who names another one is not listened to. */
  readonly circle: string;
  readonly clock?: Clock;
}

export interface ConnectedFellows extends Fellows {
  /** From now on the others are answered, and asked. */
  meet(services: FellowServices): Promise<void>;
  close(): Promise<void>;
}

/** The other gateways of one listener, over a socket of each. */
export function connectFellows(options: FellowsOptions): ConnectedFellows {
  const { index, count, circle } = options;
  const clock = options.clock ?? systemClock;
  const others = Array.from({ length: count }, (_, at) => new Other(at)).filter(
    (other) => other.index !== index,
  );
  const met = new Set<Socket>();
  let listening: { close(): Promise<void> } | undefined;
  return {
    index,
    count,
    others,
    keeperOf(name) {
      const keeper = crc32(name) % count;
      return others.find((other) => other.index === keeper);
    },
    async meet(services) {
      const desk = { circle, services, current: new Map<number, Socket>() };
      listening = await keepListening(pathOf(options.folder, index), (socket) => {
        met.add(socket);
        socket.on('close', () => met.delete(socket));
        answerFellow(socket, desk);
      });
      for (const other of others) {
        const hello = () => ({
          method: 'fellow',
          of: index,
          circle,
          ...toHello(services, other.index),
        });
        const path = pathOf(options.folder, other.index);
        other.line = new FellowLine({ path, hello, now: () => clock.monotonic() });
      }
    },
    async close() {
      for (const { line } of others) line?.close();
      for (const socket of met) socket.destroy();
      await listening?.close();
    },
  };
}

function toHello(services: FellowServices, to: number) {
  const { generation, holds } = services.greeting(to);
  return { generation, holds: holds.map((one) => ({ ...one })) };
}

function pathOf(folder: string, index: number): string {
  return join(folder, `gateway-${index + 1}.sock`);
}

class Other implements Fellow {
  readonly index: number;
  line: FellowLine | undefined;
  readonly ask: AskedOf<FellowMethods>;

  constructor(index: number) {
    this.index = index;
    const asking = Object.keys(fellowShapes).map((method) => [
      method,
      (about: object) => this.line?.ask(method, about) ?? Promise.reject(away()),
    ]);
    // INVARIANT: the table has each method, by its type; the other one answers as typed.
    this.ask = Object.fromEntries(asking);
  }

  get connected(): boolean {
    return this.line?.connected === true;
  }

  get awaySince(): number | undefined {
    return this.line === undefined ? 0 : this.line.awaySince;
  }
}
