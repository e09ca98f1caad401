import { beforeEach, describe, expect, it } from 'vitest';
import type { Presence } from '#contracts/directory-book.ts';
import type { Orphan } from '#contracts/oversight-book.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeOverlayFeed } from '../../../test/fakes/fake-overlay-feed.ts';
import { agentKind } from './agent-kind.ts';
import { createAgentChecks } from './agent-checks.ts';
import { createStandingDesk } from './desk.ts';
import { createOwnerKeeper } from './owner-keeper.ts';

const day = 86_400_000;
let clock: ManualClock;
let overlay: FakeOverlayFeed;
let people: Map<string, Presence>;
let isConnected: boolean;
let orphans: Map<string, Orphan>;
let owed: OutboxDraft[];
let owners: Record<string, string>;
let waits: number[];
let ownerGraceMs: number | undefined;

beforeEach(() => {
  clock = new ManualClock();
  overlay = new FakeOverlayFeed();
  people = new Map([['ann', 'present']]);
  isConnected = true;
  orphans = new Map();
  owed = [];
  owners = { bot: 'ann' };
  waits = [];
  ownerGraceMs = undefined;
});

const directory = {
  isConnected: async () => isConnected,
  presence: async (_tenant: string, names: readonly string[]) =>
    new Map(names.map((name) => [name, people.get(name) ?? 'unknown'] as const)),
};

function snapshot(): Snapshot {
  const agents = Object.entries(owners).map(([name, owner]) => {
    const parsed = agentKind.parse(name, { owner, purpose: 'p', manifest: 'm' });
    if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
    return [name, parsed.entry] as const;
  });
  const rules = { name: 'staff', ownerGraceMs, reviewRequired: false, reviewGraceMs: 0 };
  const directories = ownerGraceMs === undefined ? {} : { directories: { staff: rules } };
  const tenant = { tenant: 'main', agents: Object.fromEntries(agents), ...directories };
  return { tenants: { main: tenant } } as unknown as Snapshot;
}

/** Made anew, as after a restart: everything is in the books. */
function keeper() {
  return createOwnerKeeper({
    directory,
    overlay,
    clock,
    snapshot: async () => snapshot(),
    later: (ms) => void waits.push(ms),
    oversight: {
      orphans: async () => [...orphans.values()],
      putOrphan: async ({ also = [], ...orphan }) => {
        orphans.set(orphan.agent, {
          ...orphan,
          since: orphans.get(orphan.agent)?.since ?? orphan.since,
        });
        owed.push(...also);
      },
      removeOrphan: async ({ agent, also = [] }) => {
        orphans.delete(agent);
        owed.push(...also);
      },
    },
  });
}

const types = () => owed.map(({ body }) => body['type']);
const suspended = async () =>
  (await overlay.current()).entries.filter(
    ({ why, by }) => why === 'suspend' && by === 'system/owners',
  );

describe('an agent whose owner leaves the directory', () => {
  it('is an orphan at once, on record and in status, and suspended after the grace [IDN-07]', async () => {
    await keeper().look();
    expect([...orphans]).toEqual([]);
    people.set('ann', 'inactive');
    const looking = keeper();
    await looking.look();
    const left = clock.now();
    expect(types()).toEqual(['lifecycle.agent-orphaned']);
    expect(looking.seen('main').orphans).toMatchObject([
      { agent: 'bot', owner: 'ann', suspendsAt: left + 7 * day },
    ]);
    expect(waits.at(-1)).toBeLessThanOrEqual(7 * day);
    clock.advance(7 * day - 1);
    await keeper().look();
    expect(await suspended()).toEqual([]);
    clock.advance(1);
    // Also by a keeper of a later life: since when stands in the book.
    await keeper().look();
    await keeper().look();
    expect(await suspended()).toMatchObject([{ target: { kind: 'agent', agent: 'bot' } }]);
    expect(overlay.owed.map(({ body }) => body['type'])).toEqual(['lifecycle.agent-suspended']);
  });

  it('is suspended at once where its grace is nothing [IDN-07]', async () => {
    ownerGraceMs = 0;
    people.delete('ann');
    await keeper().look();
    expect(await suspended()).toHaveLength(1);
  });

  it('goes on from where it was when the next owner is not there either', async () => {
    people.delete('ann');
    await keeper().look();
    clock.advance(5 * day);
    owners = { bot: 'bob' };
    await keeper().look();
    clock.advance(2 * day);
    await keeper().look();
    expect(await suspended()).toHaveLength(1);
  });

  it('has an owner again when its document names one who is there, and stays suspended [IDN-07]', async () => {
    ownerGraceMs = 0;
    people.set('ann', 'inactive');
    await keeper().look();
    owners = { bot: 'bob' };
    people.set('bob', 'present');
    await keeper().look();
    expect([...orphans]).toEqual([]);
    expect(types()).toEqual(['lifecycle.agent-orphaned', 'lifecycle.agent-owned']);
    expect(await suspended()).toHaveLength(1);
  });

  it('is left alone where no directory is connected, which is told', async () => {
    isConnected = false;
    people.clear();
    const looking = keeper();
    await looking.look();
    expect(looking.seen('main')).toEqual({ isConnected: false, orphans: [] });
    expect(await suspended()).toEqual([]);
    expect(await looking.presenceOf('main', 'ann')).toBeUndefined();
  });

  it('is resumed by nobody before somebody who is there owns it [IDN-07]', async () => {
    ownerGraceMs = 0;
    people.set('ann', 'inactive');
    const looking = keeper();
    await looking.look();
    const desk = createStandingDesk({
      overlay,
      clock,
      instances: { list: async () => [], unbound: async () => [] },
      catalogue: { get: async () => undefined, list: async () => [] },
      snapshot,
      kinds: [],
      recorder: { record: async () => undefined, owe: async () => undefined },
      systemTenant: 'main',
      presenceOf: (...of) => looking.presenceOf(...of),
    });
    const by = { tenant: 'main', name: 'eve', roles: ['admin'] as const };
    const act = { by, agent: 'bot', reason: 'we need it' };
    await expect(desk.resume(act)).rejects.toMatchObject({ code: 'standing/owner-gone' });
    people.set('ann', 'present');
    expect(await desk.resume(act)).toMatchObject({ state: 'active' });
    expect(await suspended()).toEqual([]);
  });
});

describe('the document of an agent', () => {
  it('names an owner who is there, where a directory says who is [IDN-07]', async () => {
    const check = createAgentChecks({ directory, snapshot });
    const agent = (owner: string) => ({ kind: 'Agent', name: 'bot', spec: { owner } });
    people.set('bob', 'inactive');
    expect(await check('main', agent('ann'))).toEqual([]);
    expect(await check('main', agent('bob'))).toEqual([
      expect.stringContaining('not there any more'),
    ]);
    expect(await check('main', agent('eve'))).toEqual([expect.stringContaining('is nobody')]);
    expect(await check('main', { ...agent('eve'), kind: 'Manifest' })).toEqual([]);
    isConnected = false;
    expect(await check('main', agent('eve'))).toEqual([]);
  });
});
