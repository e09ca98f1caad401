import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '#contracts/store.ts';
import { createState, createUnreconciled, type SoFar, type Unreconciled } from '#gateway/index.ts';
import { ManualClock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { connectStatePort, serveStatePort, type StatePortServer } from '#storage/socket/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { fenceGateways } from '#wiring/index.ts';

const clock = new ManualClock();
let folder = '';
let store: Store;
let server: StatePortServer;
let expiry: NodeJS.Timeout;
const open: (() => Promise<void>)[] = [];

/** Control with its fences over a true store, as `main.ts` puts them together. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-fences-'));
  store = await openSqliteStore({ folder, clock });
  const fences = fenceGateways({ effects: store.effects, clock, onFault: () => undefined });
  await fences.start();
  server = await serveStatePort({
    path: join(folder, 'state.sock'),
    store,
    onGateway: (what, gateway) => fences[what](gateway),
  });
  expiry = setInterval(() => void store.effects.expire(clock.now()), 20);
});

afterEach(async () => {
  clearInterval(expiry);
  for (const close of open.splice(0)) await close();
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface TestGateway {
  readonly unreconciled: Unreconciled;
  readonly code: (text: string, effect?: 'read' | 'write') => Promise<string | undefined>;
  /** Ends as a killed process does: nothing is said of what it left open. */
  readonly die: () => Promise<void>;
}

async function start(writer: string): Promise<TestGateway> {
  const port = connectStatePort({ path: join(folder, 'state.sock'), name: writer });
  const control = createState({ standing: createStanding(), stopLeaseMs: 5_000, writer });
  port.overlay.subscribe({ overlay: (overlay, at) => control.takeOverlay(overlay, at) });
  const { effects, gateway } = port;
  const unreconciled = createUnreconciled({
    effects,
    state: control.state,
    gateway,
    clock,
    keyed: (_, digest) => digest,
  });
  let isClosed = false;
  const die = async (): Promise<void> => {
    if (!isClosed) await port.close();
    isClosed = true;
  };
  open.push(die);
  await expect.poll(() => port.connected).toBe(true);
  return {
    unreconciled,
    die,
    code: async (text, effect = 'write') => (await unreconciled.judge(walkOf(text, effect)))?.code,
  };
}

function walkOf(digest: string, effect: 'read' | 'write'): SoFar {
  return {
    call: { id: `call ${digest}` },
    intent: `intent ${digest}`,
    principal: { tenant: 'main', task: 't' },
    subject: {
      target: { kind: 'tool', owner: 'fake', name: 'note' },
      digest: 'pinned',
      subjectClass: { effect },
    },
    argumentsDigest: digest,
  } as unknown as SoFar;
}

const poll = { timeout: 10_000, interval: 10 };

describe('two gateways and control', () => {
  it('repeat on neither what one of them does not know, until a person has looked [AUD-05]', async () => {
    const one = await start('gateway-1');
    const two = await start('gateway-2');
    await one.unreconciled.add(walkOf('x', 'write'));
    await expect.poll(() => two.code('x'), poll).toBe('audit/unreconciled');
    expect(await one.code('x')).toBe('audit/unreconciled');
    expect(await two.code('y')).toBeUndefined();
    const [entry] = (await store.overlay.current()).entries;
    await store.effects.reconcile('main', entry?.id ?? '', clock.now());
    await expect.poll(() => two.code('x'), poll).toBeUndefined();
    await expect.poll(() => one.code('x'), poll).toBeUndefined();
  });

  it('fence the tasks of one that is gone until its successor has told what it left [AUD-05]', async () => {
    const one = await start('gateway-1');
    const two = await start('gateway-2');
    expect(await one.code('open write')).toBeUndefined();
    await one.die();
    await expect.poll(() => two.code('open write'), poll).toBe('audit/fenced');
    expect(await two.code('any other write')).toBe('audit/fenced');
    expect(await two.code('a read', 'read')).toBeUndefined();
    const next = await start('gateway-1');
    expect(await two.code('any other write')).toBe('audit/fenced');
    expect(await next.code('any other write')).toBeUndefined();
    const call = { tenant: 'main', task: 't', target: 'tool:fake/note', by: 'gateway-1', at: 0 };
    next.unreconciled.addFound([
      { ...call, argumentsDigest: 'open write', effect: 'unknown', ref: 'intent-1' },
      { ...call, argumentsDigest: 'done write', effect: 'done', ref: 'outcome-1' },
    ]);
    expect(await next.unreconciled.tell()).toBe(true);
    await expect.poll(() => two.code('any other write'), poll).toBeUndefined();
    for (const gateway of [two, next]) {
      expect(await gateway.code('open write')).toBe('audit/unreconciled');
      expect(await gateway.code('done write')).toBe('audit/already-done');
    }
  });

  it('fence nothing of one that said goodbye with nothing left open', async () => {
    const one = await start('gateway-1');
    const two = await start('gateway-2');
    expect(await one.code('a write')).toBeUndefined();
    await one.unreconciled.leave();
    await one.die();
    const { number } = await store.overlay.current();
    expect(await two.code('a write')).toBeUndefined();
    await store.effects.expire(clock.now());
    expect((await store.overlay.current()).number).toBe(number);
    expect((await store.overlay.current()).entries).toEqual([]);
  });
});
