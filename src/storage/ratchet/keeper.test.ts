import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import {
  isAnswered,
  keepRatchet,
  keptStore,
  openLogRatchetFile,
  openTombstones,
  type RatchetKeeper,
  readLogBreaks,
} from './index.ts';
import { openStoreRatchetFile } from './store-ratchet.ts';

let root = '';
const opened: Store[] = [];
const clock = new ManualClock();
const at = (...parts: string[]) => join(root, ...parts);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ratchet-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<{ store: Store; keeper: RatchetKeeper }> {
  for (const store of opened.splice(0)) await store.close();
  const plain = await openSqliteStore({ folder: at('store'), clock });
  opened.push(plain);
  const keeper = await keepRatchet({ store: plain, folder: at('keys'), tenant: 'main', clock });
  return { store: keptStore(plain, keeper), keeper };
}

/** What is on disk now, as a backup takes it. */
async function backUp(): Promise<void> {
  for (const store of opened.splice(0)) await store.close();
  cpSync(at('store'), at('older'), { recursive: true });
}

async function restore(): Promise<void> {
  for (const store of opened.splice(0)) await store.close();
  rmSync(at('store'), { recursive: true });
  cpSync(at('older'), at('store'), { recursive: true });
}

async function approved(store: Store) {
  const { id, callDigest } = await store.grants.request(
    approvalRequest({ tenant: 'main', now: clock.now() }),
  );
  const verdict = { verdict: 'approve', by: 'ann', reason: 'yes', now: clock.now() } as const;
  await store.grants.decide({ ...verdict, tenant: 'main', id, grantExpiresAt: clock.now() + 9e5 });
  return { tenant: 'main', id, callDigest, by: 'gateway-1', now: clock.now() };
}

const stopOf = (agent: string) =>
  ({
    id: `stop-${agent}`,
    target: { kind: 'agent', tenant: 'main', agent },
    why: 'stop',
    by: 'ann',
    reason: 'odd',
    at: 0,
  }) as const;

const stopsEverything = async (store: Store) =>
  (await store.overlay.current()).entries.find(({ by }) => by === 'system/ratchet');

describe('a store that goes on from what was kept of it', () => {
  it('is left alone, over restarts and whatever happened meanwhile', async () => {
    const first = await start();
    await first.store.overlay.add(stopOf('a'));
    await first.store.grants.consume(await approved(first.store));
    await first.store.overlay.release(['stop-a']);
    const { store, keeper } = await start();
    expect(keeper.open()).toEqual([]);
    expect((await store.overlay.current()).entries).toEqual([]);
    expect((await store.marks.current()).epoch).toBe(1);
  });

  it('is left alone when it is older than the ratchet itself', async () => {
    const plain = await openSqliteStore({ folder: at('store'), clock });
    await plain.overlay.add(stopOf('a'));
    await plain.close();
    const { store, keeper } = await start();
    expect(keeper.open()).toEqual([]);
    expect(await stopsEverything(store)).toBeUndefined();
  });
});

describe('a store that was put back', () => {
  it('spends no grant twice [APR-02]', async () => {
    const first = await start();
    const spend = await approved(first.store);
    await backUp();
    const second = await start();
    expect(await second.store.grants.consume(spend)).toMatchObject({ kind: 'consumed' });
    await restore();
    const { store, keeper } = await start();
    expect(await store.grants.consume(spend)).toMatchObject({ kind: 'refused', why: 'void' });
    expect(keeper.open()).toMatchObject([{ of: 'store', why: 'store-behind' }]);
  });

  it('is stopped as a whole, above every number that was handed out, until a person releases it', async () => {
    await start();
    await backUp();
    const second = await start();
    for (const agent of ['a', 'b', 'c']) await second.store.overlay.add(stopOf(agent));
    const { number } = await second.store.overlay.current();
    await restore();
    const { store, keeper } = await start();
    const stop = await stopsEverything(store);
    expect(stop).toMatchObject({ target: { kind: 'all' }, why: 'stop', by: 'system/ratchet' });
    expect((await store.overlay.current()).number).toBeGreaterThan(number);
    expect((await store.marks.current()).epoch).toBe(2);
    expect((await start()).keeper.open()).toHaveLength(1);
    const again = await start();
    expect((await again.store.marks.current()).epoch).toBe(2);
    await again.store.overlay.release([stop?.id ?? '']);
    expect(again.keeper.open()).toEqual([]);
    expect(keeper.open()).toHaveLength(1);
  });

  it('owes a record of the stop, which says why', async () => {
    await start();
    await backUp();
    await (await start()).store.overlay.add(stopOf('a'));
    await restore();
    const { store } = await start();
    expect(await store.outbox.due(10)).toMatchObject([
      {
        kind: 'record',
        tenant: 'main',
        body: { type: 'stop.set', details: { why: 'store-behind', of: 'store' } },
      },
    ]);
  });

  it.each([
    ['the store is gone', 'store-lost', () => rmSync(at('store'), { recursive: true })],
    ['the ratchet is gone', 'ratchet-lost', () => rmSync(at('keys'), { recursive: true })],
  ])('is what it counts as when %s', async (_, why, damage) => {
    await start();
    for (const store of opened.splice(0)) await store.close();
    damage();
    const { store, keeper } = await start();
    expect(keeper.open()).toMatchObject([{ why }]);
    expect(await stopsEverything(store)).toBeDefined();
    expect((await start()).keeper.open()).toHaveLength(1);
  });

  it('is not guessed at when the ratchet is damaged', async () => {
    await start();
    writeFileSync(at('keys', 'store.ratchet'), 'x');
    await expect(start()).rejects.toMatchObject({ code: 'store/keys-unreadable' });
  });
});

describe('labels of tasks', () => {
  const task = (id: string) =>
    ({ id, agent: id, owner: 'ann', kind: 'implicit-agent', instance: undefined }) as const;
  const label = 'integrity:untrusted';

  async function labelled(): Promise<void> {
    const { store, keeper } = await start();
    const tasks = ['t1', 't2'].map((id) => ({ ...task(id), labels: [] }));
    await store.tasks.begin({ tenant: 'main', tasks, sessions: [], now: 1 });
    await store.labels.raise('main', { task: 't1', session: 's' }, [label], 'x');
    await keeper.look();
  }

  async function edit(sql: string): Promise<void> {
    for (const store of opened.splice(0)) await store.close();
    const database = new DatabaseSync(at('store', 'tenants', 'main.sqlite'));
    expect(database.prepare(sql).run().changes).toBe(1);
    database.close();
  }

  it.each([
    ['moved to another task', `UPDATE task_labels SET task = 't2'`],
    ['moved to a task that there is not', `UPDATE task_labels SET task = 'x', session = 'x'`],
    ['made another label', `UPDATE task_labels SET label = 'confidentiality:personal'`],
    ['deleted', 'DELETE FROM task_labels'],
  ])('that were %s are data that was put back', async (_, sql) => {
    await labelled();
    await edit(sql);
    const { store, keeper } = await start();
    expect(keeper.open()).toMatchObject([{ of: 'store', why: 'store-behind' }]);
    expect(await stopsEverything(store)).toBeDefined();
    expect((await start()).keeper.open()).toHaveLength(1);
  });

  it('may rise, and go with a task that ends', async () => {
    await labelled();
    const second = await start();
    await second.store.labels.raise('main', { task: 't2', session: 's' }, [label], 'x');
    await second.keeper.look();
    const ending = { by: 'ann', reason: 'r', now: 2, labels: [label], sharedServers: [] } as const;
    await second.store.tasks.end({ tenant: 'main', id: 't1', ...ending });
    expect((await start()).keeper.open()).toEqual([]);
    await edit(`UPDATE task_labels SET task = 'x' WHERE task = 't2'`);
    expect((await start()).keeper.open()).toHaveLength(1);
  });

  it('of an earlier version are believed once', async () => {
    await labelled();
    const file = openStoreRatchetFile(at('keys'));
    const { labels: _, ...earlier } = file.read() ?? expect.fail('no ratchet');
    file.write(earlier);
    expect((await start()).keeper.open()).toEqual([]);
    expect(file.read()?.labels).toEqual({ main: { t1: [label] } });
  });
});

describe('logs of a writer that had to begin anew', () => {
  it('are answered once: everything is stopped, what was granted is void', async () => {
    const { store, keeper } = await start();
    const spend = await approved(store);
    expect(isAnswered(at('keys'), 'break-1')).toBe(false);
    openLogRatchetFile(at('keys'), 'gateway-1').write({
      schema: 1,
      writer: 'gateway-1',
      name: 'gateway-1.0a0b0c0d',
      opened: false,
      logs: [],
      broken: { id: 'break-1', at: 5, why: 'log-behind', before: [] },
    });
    await keeper.look();
    expect(isAnswered(at('keys'), 'break-1')).toBe(true);
    expect(await stopsEverything(store)).toMatchObject({ target: { kind: 'all' } });
    expect(await store.grants.consume(spend)).toMatchObject({ kind: 'refused', why: 'void' });
    await keeper.look();
    const again = await start();
    expect((await again.store.marks.current()).epoch).toBe(2);
    expect(again.keeper.open()).toMatchObject([{ id: 'break-1', of: 'gateway-1' }]);
  });
});

describe('what was erased, beside what was signed', () => {
  it('is the ratchet of no writer: the next start reads the others [DAT-10]', async () => {
    await start();
    openTombstones(at('keys')).add({ tenant: 'main', handle: 'h', record: 'r', at: 1 });
    expect(readLogBreaks(at('keys'))).toEqual([]);
    expect(openTombstones(at('keys')).all()).toHaveLength(1);
  });
});
