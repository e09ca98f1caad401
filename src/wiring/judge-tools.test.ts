import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '#contracts/store.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import {
  afterToolPinned,
  createOwedRecorder,
  createWiring,
  judgeTools,
  recordOwed,
  recompileAfter,
  type Wiring,
} from './index.ts';

const tenant = 'main';
let folder = '';
let store: Store;
let wiring: Wiring | undefined;
const clock = new ManualClock();

/** What stands in the log, whichever life wrote it. */
let log: RecordDraft[] = [];
let compiled = 0;
/** Called before each step that can be cut off. */
let cut: (step: string) => void = () => undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-judge-'));
  log = [];
  compiled = 0;
  cut = () => undefined;
  store = await openSqliteStore({ folder, clock });
});

afterEach(async () => {
  await wiring?.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A life of control: what it remembers ends with it, the store and the log stay. */
async function live(): Promise<Wiring> {
  await wiring?.stop();
  clock.advance(60_000);
  const keep = async (drafts: readonly RecordDraft[]) => {
    cut('record');
    log.push(...drafts);
    cut('recorded');
    return [];
  };
  const records = createOwedRecorder({
    recorder: {
      record: async (draft) => {
        await keep([draft]);
        return { id: '', position: { segment: 0, offset: 0 } };
      },
      recordAll: keep,
    },
    written: async (of, type, since) => {
      expect(since).toBeLessThanOrEqual(clock.now());
      const found = log.filter((one) => one.tenant === of && one.type === type);
      const names = found.map((one) => one.details?.['owed']);
      return new Set(names.filter((name) => typeof name === 'string'));
    },
    startedAt: clock.now(),
  });
  const recompile = async () => void (compiled += 1);
  const catalogue = {
    ...store.catalogue,
    judged: (...args: Parameters<typeof store.catalogue.judged>) => {
      cut('judged');
      return store.catalogue.judged(...args);
    },
  };
  const snapshot = () => undefined;
  wiring = createWiring({
    outbox: store.outbox,
    clock,
    onFault: () => undefined,
    reactions: [
      recordOwed(records),
      recompileAfter(recompile, () => undefined),
      judgeTools({ ...store, catalogue, records, clock, snapshot }),
      afterToolPinned({ ...store, records, recompile }),
    ],
  });
  clock.advance(1);
  await wiring.start();
  return wiring;
}

async function see(tools: Readonly<Record<string, string>>, server = 'billing'): Promise<void> {
  const now = clock.now();
  const all = Object.entries(tools).map(([tool, digest]) => ({
    tenant,
    server,
    tool,
    digest,
    definition: { name: tool, description: digest },
    observedAt: now,
  }));
  const look = { tenant, server, look: newId(now), now };
  await store.catalogue.report({ ...look, tools: all, shown: Object.keys(tools) });
}

const many = (count: number, digest: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`tool-${at}`, digest]));

async function approveAll(server = 'billing'): Promise<void> {
  for (const { tool, observed } of await store.catalogue.list(tenant, server)) {
    if (observed === undefined) continue;
    const yes = { tenant, server, tool, digest: observed.digest, by: 'ann', now: clock.now() };
    await store.catalogue.approve(yes);
  }
}

const quarantines = async () =>
  (await store.overlay.current()).entries
    .filter(({ why }) => why === 'quarantine')
    .map(({ target }) => (target.kind === 'target' ? (target.target.name ?? '*') : ''));
const recorded = (type: string) => log.filter((one) => one.type === type);

describe('what gateways saw of a tool server', () => {
  it('quarantines what changed since it was approved, and puts everything on record [TOL-10]', async () => {
    const running = await live();
    await see({ pay: 'd1', refund: 'd1' });
    await running.settle('tools-seen');
    expect(recorded('tool.observed').map(({ details }) => details)).toMatchObject([
      { server: 'billing', tool: 'pay', state: 'waiting', severity: 'critical' },
      { server: 'billing', tool: 'refund', state: 'waiting', severity: 'critical' },
    ]);
    await approveAll();
    await see({ pay: 'd2', refund: 'd1' });
    await running.settle('tools-seen');
    expect(await quarantines()).toEqual(['pay']);
    expect(recorded('tool.quarantined').map(({ details }) => details)).toMatchObject([
      { tool: 'pay', seen: 'd2', pinned: 'd1' },
    ]);
    expect(await store.catalogue.changes(tenant, 'billing', 10)).toEqual([]);
  });

  it.each(['record', 'recorded', 'judged'])(
    'does all of it once, whatever comes before `%s` is cut off by a crash [TOL-10]',
    async (step) => {
      await live();
      await see({ pay: 'd1' });
      await wiring?.settle('tools-seen');
      await approveAll();
      await wiring?.settle('tool-pinned');
      // The process dies in the middle: nothing that comes after this step happens in this life.
      let dead = false;
      cut = (at) => {
        dead ||= at === step;
        if (dead) throw new Error('the process is gone');
      };
      await see({ pay: 'd2' });
      await expect(wiring?.settle('tools-seen')).rejects.toThrow('gone');
      await wiring?.stop();
      await store.close();
      cut = () => undefined;
      store = await openSqliteStore({ folder, clock });
      await live();
      expect(await quarantines()).toEqual(['pay']);
      expect(recorded('tool.quarantined')).toHaveLength(1);
      expect(await store.catalogue.changes(tenant, 'billing', 10)).toEqual([]);
      expect((await store.outbox.due(10)).filter(({ kind }) => kind === 'tools-seen')).toEqual([]);
    },
  );

  it('brings back no quarantine that a person ended while the judgement was owed', async () => {
    await see({ pay: 'd1' });
    await approveAll();
    await see({ pay: 'd2' });
    await approveAll();
    await live();
    expect(await quarantines()).toEqual([]);
  });

  it('names the worst few of a flood and counts the rest in one record', async () => {
    const running = await live();
    await see(many(2_000, 'd1'));
    await running.settle('tools-seen');
    const observed = recorded('tool.observed');
    expect(observed).toHaveLength(limits.toolsNamedPerLook + 1);
    expect(observed.at(-1)?.details).toMatchObject({
      server: 'billing',
      more: 2_000 - limits.toolsNamedPerLook,
      waiting: 2_000 - limits.toolsNamedPerLook,
      passedOver: 0,
    });
    await see({});
    await running.settle('tools-seen');
    expect(recorded('tool.observed')).toHaveLength(2 * (limits.toolsNamedPerLook + 1));
    expect(await store.catalogue.list(tenant)).toEqual([]);
  });

  it('names every one of as many as it may name', async () => {
    const running = await live();
    await see(many(limits.toolsNamedPerLook, 'd1'));
    await running.settle('tools-seen');
    const observed = recorded('tool.observed');
    expect(observed).toHaveLength(limits.toolsNamedPerLook);
    expect(observed.every(({ details }) => details?.['tool'] !== undefined)).toBe(true);
  });

  it('pins by `first-seen` only what is new, on record first, and compiles once it is', async () => {
    const spec = { pin: 'first-seen' };
    const document = { kind: 'ToolServer', name: 'billing', spec, digest: 'd' };
    await store.documents.put({ ...document, tenant, by: 'ann', now: clock.now() });
    const running = await live();
    await see({ pay: 'd1' });
    await running.settle('tools-seen');
    await running.settle('recompile');
    expect(await store.catalogue.get(tenant, 'billing', 'pay')).toMatchObject({
      state: 'pinned',
      pinned: { digest: 'd1', approvedBy: 'first-seen' },
    });
    expect(recorded('tool.approved').map(({ details }) => details)).toMatchObject([
      { server: 'billing', tool: 'pay', digest: 'd1' },
    ]);
    expect(compiled).toBeGreaterThan(0);
    await see({ pay: 'd2' });
    await running.settle('tools-seen');
    expect(await quarantines()).toEqual(['pay']);
  });

  it('pins nothing by `first-seen` that could not be recorded', async () => {
    const spec = { pin: 'first-seen' };
    const document = { kind: 'ToolServer', name: 'billing', spec, digest: 'd' };
    await store.documents.put({ ...document, tenant, by: 'ann', now: clock.now() });
    const running = await live();
    cut = (step) => {
      if (step === 'record') throw new Error('the log is full');
    };
    await see({ pay: 'd1' });
    await expect(running.settle('tools-seen')).rejects.toThrow('full');
    expect((await store.catalogue.get(tenant, 'billing', 'pay'))?.state).toBe('waiting');
  });

  it('lists many that `first-seen` pins in the sealed body of one record', async () => {
    const spec = { pin: 'first-seen' };
    const document = { kind: 'ToolServer', name: 'billing', spec, digest: 'd' };
    await store.documents.put({ ...document, tenant, by: 'ann', now: clock.now() });
    const running = await live();
    await see(many(limits.toolsNamedPerLook + 1, 'd1'));
    await running.settle('tools-seen');
    expect(recorded('tool.approved').map(({ details }) => details)).toMatchObject([
      { server: 'billing', tools: limits.toolsNamedPerLook + 1 },
    ]);
    expect(await store.catalogue.counts(tenant)).toMatchObject({
      pinned: limits.toolsNamedPerLook + 1,
    });
  });
});

describe('a server of which much changed at once', () => {
  const count = limits.quarantinesPerServer + 1;

  async function pinned(running: Wiring, tools: number): Promise<void> {
    await see(many(tools, 'd1'));
    await running.settle('tools-seen');
    await approveAll();
    await running.settle('tool-pinned');
  }

  it('has a quarantine for each tool, up to as many as it may have', async () => {
    const running = await live();
    await pinned(running, limits.quarantinesPerServer);
    await see(many(limits.quarantinesPerServer, 'd2'));
    await running.settle('tools-seen');
    expect(await quarantines()).toHaveLength(limits.quarantinesPerServer);
    expect(await quarantines()).not.toContain('*');
  });

  it('is quarantined whole, until people have said yes to every change [TOL-10]', async () => {
    const running = await live();
    await pinned(running, count);
    await see(many(count, 'd2'));
    await running.settle('tools-seen');
    expect(await quarantines()).toEqual(['*']);
    const [first, ...others] = await store.catalogue.list(tenant, 'billing');
    const yes = { tenant, server: 'billing', by: 'ann', now: clock.now() };
    for (const { tool } of others) await store.catalogue.approve({ ...yes, tool, digest: 'd2' });
    await running.settle('tool-pinned');
    expect(await quarantines()).toEqual(['*']);
    await store.catalogue.approve({ ...yes, tool: first?.tool ?? '', digest: 'd2' });
    await running.settle('tool-pinned');
    expect(await quarantines()).toEqual([]);
    expect(recorded('stop.released')).toHaveLength(1);
  });

  it('stays quarantined when it shows again what was approved, until a person says yes', async () => {
    const running = await live();
    await pinned(running, count);
    await see(many(count, 'd2'));
    await running.settle('tools-seen');
    await see(many(count, 'd1'));
    await running.settle('tools-seen');
    expect(await quarantines()).toEqual(['*']);
    const yes = { tenant, server: 'billing', tool: 'tool-0', digest: 'd1', by: 'ann' };
    await store.catalogue.approve({ ...yes, now: clock.now() });
    await running.settle('tool-pinned');
    expect(await quarantines()).toEqual([]);
  });
});
