import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import { quarantine } from '#contracts/overlay-feed.suite.ts';
import { someSnapshot } from '#contracts/snapshot-feed.suite.ts';
import type { OverlayListener } from '#contracts/overlay-feed.ts';
import { eventually } from '#contracts/store-under-test.suite.ts';
import { serverLines, type ServerReport } from '#contracts/server-report.ts';
import type { Store } from '#contracts/store.ts';
import { labelCeiling } from '#kernel/label.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '../sqlite/index.ts';
import { type ConnectedStatePort, connectStatePort, serveStatePort } from './index.ts';
import { frame, onMessages } from './wire.ts';

const controlChild = fileURLToPath(new URL('./control-child.ts', import.meta.url));
const unavailable = { code: 'store/unavailable' };
const forbidden = { code: 'api/forbidden' };

let folder = '';
let path = '';
let store: Store;
const clock = new ManualClock();
const closers: (() => Promise<unknown> | void)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-socket-'));
  path = join(folder, 'run', 'state.sock');
  store = await openSqliteStore({ folder, clock });
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(over: Partial<Store> = {}) {
  const server = await serveStatePort({ path, store: { ...store, ...over }, clock });
  closers.push(() => server.close());
  return server;
}

function connect(name = 'gateway-1', at = path): ConnectedStatePort {
  const port = connectStatePort({ path: at, name });
  closers.push(() => port.close());
  return port;
}

/** A gateway that says what it likes. */
async function rawGateway(
  first: JsonObject = { method: 'hello', name: 'raw', life: 'l', protocol: 3 },
) {
  const socket: Socket = createConnection(path);
  socket.on('error', () => undefined);
  const heard: JsonObject[] = [];
  onMessages(socket, (message) => heard.push(message));
  await once(socket, 'connect');
  socket.write(frame(first));
  closers.push(() => void socket.destroy());
  let id = 0;
  const ask = async (method: string, args: JsonObject | readonly unknown[]) => {
    id += 1;
    const mine = id;
    socket.write(frame({ id: mine, method, args } as JsonObject));
    await eventually(() => heard.some((one) => one['id'] === mine));
    return heard.find((one) => one['id'] === mine) as JsonObject;
  };
  const welcome = () => eventually(() => heard.some((one) => one['push'] === 'welcome'));
  return { socket, heard, ask, welcome };
}

async function startControl(): Promise<ChildProcess> {
  await store.close();
  const child = fork(controlChild, [folder]);
  closers.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  await once(child, 'message');
  return child;
}

describe('how tool servers do, as gateways say', () => {
  const report: ServerReport = {
    tenant: 'main',
    server: 'files',
    digest: 'd',
    state: 'failed',
    since: 1,
    connections: 0,
    pid: null,
    era: null,
    revision: null,
    ended: { at: 1, why: 'it ended', exitCode: 1, signal: null },
    fault: null,
    tools: null,
    lookedAt: null,
    nextTryAt: 2,
    signed: { at: 2, by: 'registry key k', wants: 'w' },
    printed: 1,
    places: [],
    lines: ['x'.repeat(serverLines.longest)],
  };

  it('is kept by gateway, the newest of each server, and goes with the connection', async () => {
    const server = await serve();
    const [one, two] = [connect('one'), connect('two')];
    await eventually(() => one.connected && two.connected);
    await one.tellServers([report, { ...report, server: 'web' }]);
    await two.tellServers([{ ...report, state: 'up' }]);
    await one.tellServers([{ ...report, state: 'starting' }]);
    const told = () =>
      server
        .servers()
        .map(({ gateway, report: { server: of, state } }) => [gateway, of, state].join(' '))
        .sort();
    expect(told()).toEqual(['one files starting', 'one web failed', 'two files up']);
    await one.close();
    await eventually(() => server.servers().length === 1);
    expect(told()).toEqual(['two files up']);
  });

  it('of a server that went is not said of the next one of its name', async () => {
    const server = await serve();
    const gateway = connect();
    await eventually(() => gateway.connected);
    await gateway.tellServers([report]);
    await store.snapshots.publish(someSnapshot(1));
    await eventually(() => server.servers().length === 0);
    await gateway.tellServers([{ ...report, state: 'off' }]);
    expect(server.servers().map(({ report: { state } }) => state)).toEqual(['off']);
  });

  it('is bounded in servers, and refused where it is not of the shape', async () => {
    const server = await serve();
    const gateway = connect();
    await eventually(() => gateway.connected);
    const many = Array.from({ length: 5_000 }, (_, at) => ({ ...report, server: `s${at}` }));
    await gateway.tellServers(many);
    expect(server.servers()).toHaveLength(4_096);
    expect(server.servers().at(-1)?.report.server).toBe('s4999');
    const wrong = { ...report, lines: ['x'.repeat(serverLines.longest + 1)] };
    await expect(gateway.tellServers([wrong])).rejects.toMatchObject({ code: 'api/invalid' });
  });
});

describe('what a gateway may do over the state port', () => {
  it('is nothing that is for people, whatever it sends [APR-02]', async () => {
    await serve();
    const gateway = await rawGateway();
    await gateway.welcome();
    const methods = [
      'grants.decide',
      'grants.expire',
      'grants.raiseEpoch',
      'reservations.settleExpired',
      'snapshots.publish',
      'snapshots.publishRoster',
      'overlay.release',
      'grants.list',
      'grants.byId',
      'leases.listOpen',
      'reservations.used',
      'catalogue.list',
      'catalogue.get',
      'documents.list',
      'documents.get',
      'documents.byDigest',
      'documents.put',
      'documents.remove',
      'documents.replaceAll',
      'catalogue.approve',
      'secrets.list',
      'outbox.put',
      'outbox.due',
      'outbox.done',
      'people.addPerson',
      'instances.enrol',
      'close',
      '__proto__',
      'constructor',
      'toString',
      'grants',
      'grants.__proto__',
      'hasOwnProperty',
      '',
    ];
    for (const method of methods) {
      expect((await gateway.ask(method, [{}]))['error'], method).toMatchObject(forbidden);
    }
    expect((await gateway.ask('hello', []))['error']).toMatchObject(forbidden);
  });

  it('has no name on its own side of the wire either, beyond the closed list [APR-02]', async () => {
    await serve();
    const port = connect();
    const { gateway: _, ...own } = port;
    const books = Object.entries(own).filter(([, book]) => typeof book === 'object');
    expect(
      books.flatMap(([book, methods]) => Object.keys(methods as object).map((m) => `${book}.${m}`)),
    ).toEqual([
      'grants.request',
      'grants.byHandle',
      'grants.openFor',
      'grants.userSaid',
      'grants.valueYeses',
      'grants.overrideFor',
      'grants.consume',
      'grants.noteUse',
      'leases.open',
      'leases.end',
      'labels.read',
      'labels.raise',
      'objects.carried',
      'objects.mark',
      'objects.settle',
      'objects.clean',
      'outflow.count',
      'outflow.giveBack',
      'reservations.reserve',
      'reservations.commit',
      'reservations.release',
      'snapshots.current',
      'snapshots.subscribe',
      'overlay.current',
      'overlay.add',
      'overlay.subscribe',
      'effects.serving',
      'effects.report',
      'effects.recovered',
      'effects.left',
      'catalogue.report',
      'tasks.words',
      'tasks.say',
      'told.of',
      'payloadKeys.of',
      'payloadKeys.byHandle',
      'payloadKeys.keep',
      'payloadKeys.destroyed',
      'payloadKeys.destroyedSince',
    ]);
  });

  it('adds a quarantine of a tool to the overlay, and nothing else', async () => {
    await serve();
    const port = connect();
    const good = quarantine('main', 'pay');
    const others = [
      { ...good, why: 'stop' as const },
      { ...good, why: 'suspend' as const },
      { ...good, target: { kind: 'all' as const } },
      { ...good, target: { kind: 'agent' as const, tenant: 'main', agent: 'bot' } },
    ];
    for (const other of others) {
      await expect(port.overlay.add(other as typeof good)).rejects.toMatchObject(forbidden);
    }
    expect((await port.overlay.add(good)).entries).toEqual([good]);
  });

  it('has every field checked, and a wrong one changes nothing', async () => {
    await serve();
    const gateway = await rawGateway();
    await gateway.welcome();
    const good = approvalRequest({ tenant: 'main', now: clock.now() }) as unknown as JsonObject;
    const binding = good['binding'] as JsonObject;
    const { user: _, ...known } = binding;
    const wrong: readonly (readonly unknown[])[] = [
      [],
      [{}],
      [{ ...good, binding: { ...known, agent: 7 } }],
      [{ ...good, binding: { ...known, extra: 'x' } }],
      [{ ...good, binding: { ...known, agent: 'a\u0000b' } }],
      [{ ...good, binding: known, state: 'approved' }],
      [{ ...good, binding: known, callDigest: 'x'.repeat(10_000) }],
      [{ ...good, binding: known }, 'more'],
    ];
    for (const args of wrong) {
      const answer = await gateway.ask('grants.request', args);
      expect(answer['error']).toMatchObject({ code: 'api/invalid' });
    }
    expect(await store.grants.list({ tenant: 'main', limit: 10 })).toEqual([]);
    const right = await gateway.ask('grants.request', [{ ...good, binding: known }]);
    expect(right['result']).toMatchObject({ state: 'pending' });
  });

  it('is judged by the clock of control, not by what it says the time is [APR-06]', async () => {
    await serve();
    const port = connect();
    const asked = approvalRequest({ tenant: 'main', now: clock.now() - 1e9 });
    const approval = await port.grants.request({ ...asked, expiresAt: asked.now + 1e12 });
    expect(approval.requestedAt).toBe(clock.now());
    expect(approval.expiresAt).toBe(clock.now() + 3_600_000);
    await store.grants.decide({
      tenant: 'main',
      id: approval.id,
      verdict: 'approve',
      by: 'ann',
      reason: 'yes',
      now: clock.now(),
      grantExpiresAt: clock.now() + 1_000,
    });
    clock.advance(1_000);
    const { id, callDigest } = approval;
    const spent = await port.grants.consume({ tenant: 'main', id, callDigest, by: 'g', now: 1 });
    expect(spent).toMatchObject({ kind: 'refused', why: 'expired' });
  });
});

describe('the state port and bad company', () => {
  it('talks to nobody who does not say hello first', async () => {
    const server = await serve();
    const firsts: JsonObject[] = [
      { id: 1, method: 'snapshots.current', args: [] },
      { method: 'hello', name: '', life: 'l', protocol: 3 },
      { method: 'hello', name: 'g', life: 'l', protocol: 1 },
      { method: 'hello', name: 'g', protocol: 3 },
    ];
    for (const first of firsts) {
      const gateway = await rawGateway(first);
      await once(gateway.socket, 'close');
      expect(gateway.heard).toEqual([]);
    }
    expect(server.gateways()).toBe(0);
  });

  it('ends the connection of whoever sends garbage, and serves the others on', async () => {
    await serve();
    const port = connect();
    await eventually(() => port.connected);
    for (const bytes of ['not json\n', '[1]\n', '{"a":1,"a":2}\n', '\xff\n', '\n']) {
      const gateway = await rawGateway();
      gateway.socket.write(Buffer.from(bytes, 'latin1'));
      await once(gateway.socket, 'close');
    }
    expect((await port.labels.read('main', 's')).labels).toEqual(labelCeiling);
  });

  it('reads no more questions while the answers are not taken', async () => {
    let reads = 0;
    await store.snapshots.publish(someSnapshot(1, 'x'.repeat(20_000)));
    const snapshots = {
      ...store.snapshots,
      current: () => {
        reads += 1;
        return store.snapshots.current();
      },
    };
    await serve({ snapshots });
    const gateway = await rawGateway();
    await gateway.welcome();
    gateway.socket.pause();
    const asked = 3_000;
    for (let id = 1; id <= asked; id += 1) {
      gateway.socket.write(frame({ id, method: 'snapshots.current', args: [] }));
    }
    // The store serves others many times over; of these questions it hears no more.
    await eventually(() => reads > 0);
    for (let i = 0; i < 200; i += 1) await store.snapshots.current();
    expect(reads).toBeLessThan(1_100);
    gateway.socket.resume();
    await eventually(() => gateway.heard.length > asked);
    expect(reads).toBe(asked);
  });

  it('has a socket that only its owner can open', async () => {
    await serve();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'run')).mode & 0o077).toBe(0);
  });

  it('takes the place of a socket that a killed process left, but of nothing else', async () => {
    const child = await startControl();
    await expect(serve()).rejects.toMatchObject({ code: 'store/locked' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    store = await openSqliteStore({ folder, clock });
    const server = await serve();
    await server.close();
    mkdirSync(join(folder, 'run'), { recursive: true });
    writeFileSync(path, 'mine');
    await expect(serve()).rejects.toMatchObject(unavailable);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    const long = join(folder, 'x'.repeat(100), 'state.sock');
    await expect(serveStatePort({ path: long, store })).rejects.toMatchObject(unavailable);
    expect(() => connectStatePort({ path: long, name: 'g' })).toThrow(
      expect.objectContaining(unavailable),
    );
  });
});

describe('a gateway whose control goes away', () => {
  it('is told no after a short grace, and is served again once control is back', async () => {
    const server = await serve();
    const port = connect();
    const states: boolean[] = [];
    port.onConnection((connected) => states.push(connected));
    const numbers: number[] = [];
    port.snapshots.subscribe({
      snapshot: ({ number }) => numbers.push(number),
      roster: () => undefined,
    });
    await store.snapshots.publish(someSnapshot(1));
    await eventually(() => numbers.includes(1));
    await server.close();
    await eventually(() => !port.connected);
    // As it was: nobody else is let in while this one may act on it.
    expect(port.gateways()).toBe(1);
    await expect(port.labels.read('main', 's')).rejects.toMatchObject(unavailable);
    await store.snapshots.publish(someSnapshot(2));
    await serve();
    await eventually(() => port.connected && numbers.includes(2));
    expect(numbers).toEqual([1, 2]);
    expect(states).toEqual([false, true, false, true]);
    expect(port.gateways()).toBe(1);
    expect((await port.labels.read('main', 's')).labels).toEqual(labelCeiling);
  });

  it('never asks a second time what was asked already [APR-06]', async () => {
    let asked = 0;
    const grants = {
      ...store.grants,
      consume: () => {
        asked += 1;
        return new Promise<never>(() => undefined);
      },
    };
    const server = await serve({ grants });
    const port = connect();
    const lost = port.grants.consume({
      tenant: 'main',
      id: 'x',
      callDigest: 'd',
      by: 'g',
      now: clock.now(),
    });
    const told = expect(lost).rejects.toMatchObject(unavailable);
    await eventually(() => asked === 1);
    await server.close();
    await told;
    await serve({ grants });
    await eventually(() => port.connected);
    await port.labels.read('main', 's');
    expect(asked).toBe(1);
  });

  it('confirms nothing while control stands still, though the socket is open [MON-17]', async () => {
    const child = await startControl();
    const port = connect();
    const confirmed: number[] = [];
    port.overlay.subscribe({ overlay: (_, at) => void confirmed.push(at) });
    await eventually(() => confirmed.some(Number.isFinite));
    child.kill('SIGSTOP');
    const frozen = performance.now();
    const answer = port.labels.read('main', 's');
    await expect(answer).rejects.toMatchObject({
      ...unavailable,
      message: 'control does not answer',
    });
    expect(port.connected).toBe(true);
    expect(Math.max(...confirmed)).toBeLessThan(frozen + 100);
    child.kill('SIGCONT');
    const resumed = performance.now();
    await eventually(() => Math.max(...confirmed) > resumed);
    expect((await port.labels.read('main', 's')).labels).toEqual(labelCeiling);
  });
});

describe('a control that comes back while a gateway serves on', () => {
  it('lets nobody become the second behind the back of one that believes to be alone', async () => {
    const before = await serve();
    const first = connect('a');
    await eventually(() => first.connected);
    await before.close();
    await eventually(() => !first.connected);
    // A gateway that is cut off and does not come back at once.
    const alone = readFileSync(join(folder, 'run', 'alone'), 'utf8');
    expect(alone).toBe('a');
    await first.close();
    await serve();
    const second = connect('b');
    await expect(second.labels.read('main', 's')).rejects.toMatchObject(unavailable);
    expect(second.connected).toBe(false);
    clock.advance(limits.stopLeaseMs + 500);
    await eventually(() => second.connected);
  });

  it('lets the one back in at once that was alone, and one that nobody was alone before', async () => {
    const server = await serve();
    const first = connect('a');
    await eventually(() => first.connected);
    await server.close();
    await serve();
    await eventually(() => first.connected);
    expect(first.gateways()).toBe(1);
    const second = connect('b');
    await eventually(() => second.connected && first.gateways() === 2);
  });

  it('tells nobody to be alone when the next control could not know of it', async () => {
    mkdirSync(join(folder, 'run', 'alone', 'in the way'), { recursive: true });
    await serve();
    const first = connect('a');
    clock.advance(limits.stopLeaseMs + 500);
    await eventually(() => first.connected);
    expect(first.gateways()).toBe(0);
  });

  it('does not wait for a gateway that said it would end', async () => {
    await serve();
    const first = connect('a');
    await eventually(() => first.connected);
    await first.close();
    const second = connect('b');
    await eventually(() => second.connected);
    expect(second.gateways()).toBe(1);
  });

  it('waits for one whose connection broke off, for as long as its stop lease lasts', async () => {
    await serve();
    const broken = await rawGateway({ method: 'hello', name: 'a', life: 'l', protocol: 3 });
    await broken.welcome();
    broken.socket.destroy();
    const second = connect('b');
    await expect(second.labels.read('main', 's')).rejects.toMatchObject(unavailable);
    const again = connect('a');
    await eventually(() => again.connected && second.connected);
  });
});

describe('the socket file', () => {
  it.each([
    ['is gone', () => rmSync(path)],
    [
      'is another',
      () => {
        const other = createServer((socket) => socket.destroy()).listen(`${path}.other`);
        closers.push(() => void other.close());
        renameSync(`${path}.other`, path);
      },
    ],
  ])('that %s is made again, and who is connected notices nothing', async (_, harm) => {
    await serve();
    const first = connect('a');
    await eventually(() => first.connected);
    const states: boolean[] = [];
    first.onConnection((connected) => states.push(connected));
    harm();
    const second = connect('b');
    await eventually(() => second.connected);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(states).toEqual([true]);
  });

  it('is not put over a file of somebody else, and is there once that is gone', async () => {
    await serve();
    rmSync(path);
    writeFileSync(path, 'mine');
    const port = connect('a');
    await expect(port.labels.read('main', 's')).rejects.toMatchObject(unavailable);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    rmSync(path);
    await eventually(() => port.connected);
  });
});

describe('the feeds over the state port', () => {
  it('bring a stop to every gateway within a second [MON-17]', async () => {
    await serve();
    const names = ['a', 'b', 'c'];
    const heard = names.map((name) => {
      const seen = new Set<number>();
      connect(name).overlay.subscribe({ overlay: ({ number }) => void seen.add(number) });
      return seen;
    });
    await eventually(() => heard.every((seen) => seen.size > 0));
    const asked = performance.now();
    const { number } = await store.overlay.add({
      id: 'stop',
      target: { kind: 'all' },
      why: 'stop',
      by: 'ann',
      reason: 'now',
      at: 1,
    });
    await eventually(() => heard.every((seen) => seen.has(number)));
    expect(performance.now() - asked).toBeLessThan(1_000);
  });

  it('bring a stop that no store could take, to who is there and to who comes later [MON-17]', async () => {
    const listeners: OverlayListener[] = [];
    const overlay: Store['overlay'] = {
      ...store.overlay,
      subscribe(listener) {
        listeners.push(listener);
        return store.overlay.subscribe(listener);
      },
    };
    const server = await serve({ overlay });
    const hearing = (name: string) => {
      const heard = { stops: [] as readonly string[], confirmed: 0 };
      connect(name).overlay.subscribe({
        overlay: (_, at) => void (heard.confirmed = Math.max(heard.confirmed, at)),
        urgent: (stops) => (heard.stops = stops.map(({ id }) => id)),
      });
      return heard;
    };
    const first = hearing('a');
    await eventually(() => first.confirmed > 0);
    const stop = { ...quarantine('main', 'pay'), id: 'urgent', why: 'stop' as const };
    for (const listener of listeners) listener.urgent?.([stop]);
    await eventually(() => first.stops.includes('urgent'));
    const later = performance.now();
    await eventually(() => first.confirmed > later);
    const second = hearing('b');
    await eventually(() => second.stops.includes('urgent'));
    // A control that comes back says itself what is urgent; until then it stays.
    await server.close();
    await serve();
    const back = performance.now();
    await eventually(() => first.confirmed > back);
    expect(first.stops).toEqual(['urgent']);
  });

  it('tell the first gateway of the second before the second is served', async () => {
    const server = await serve();
    const first = connect('a');
    const counts: number[] = [];
    first.onGateways((count) => counts.push(count));
    await eventually(() => first.connected);
    expect(first.gateways()).toBe(1);
    const second = connect('b');
    let knew: number | undefined;
    second.onConnection((connected) => {
      if (connected) knew = first.gateways();
    });
    await eventually(() => second.connected);
    expect(knew).toBe(2);
    expect(second.gateways()).toBe(2);
    expect(server.connected()).toEqual(['a', 'b']);
    await second.close();
    await eventually(() => first.gateways() === 1);
    expect(counts).toEqual([0, 1, 2, 1]);
  });

  it('serve no gateway that joins while another does not answer', async () => {
    await serve();
    const silent = await rawGateway();
    await silent.welcome();
    const second = connect('b');
    await expect(second.labels.read('main', 's')).rejects.toMatchObject(unavailable);
    await eventually(() => silent.heard.some((one) => one['push'] === 'gateways'));
    expect(second.connected).toBe(false);
    const term = silent.heard.at(-1)?.['term'];
    silent.socket.write(frame({ id: 1, method: 'ping', term: term ?? 0, overlay: -1, health: {} }));
    await eventually(() => second.connected);
    expect(second.gateways()).toBe(2);
  });

  it('show what each gateway says of itself', async () => {
    const server = await serve();
    const port = connectStatePort({ path, name: 'a', health: () => ({ rssBytes: 7 }) });
    closers.push(() => port.close());
    await eventually(() => server.health().some((one) => one['rssBytes'] === 7));
    expect(server.health()).toEqual([{ name: 'a', rssBytes: 7 }]);
  });

  it('show by how much the clocks of two gateways differ from that of control [D-15]', async () => {
    const server = await serve();
    for (const [name, byMs] of [
      ['a', 7_000],
      ['b', -9_000],
    ] as const) {
      const port = connectStatePort({ path, name, health: () => ({ now: clock.now() + byMs }) });
      closers.push(() => port.close());
    }
    const skews = () => server.health().map(({ name, skewMs }) => [name, skewMs]);
    await eventually(() => skews().filter(([, skewMs]) => skewMs !== undefined).length === 2);
    expect(skews()).toEqual(
      expect.arrayContaining([
        ['a', 7_000],
        ['b', -9_000],
      ]),
    );
  });
});
