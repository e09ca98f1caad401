import { beforeEach, describe, expect, it } from 'vitest';
import type { AgentReview } from '#contracts/oversight-book.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { agentKind } from './agent-kind.ts';
import { createAgentChecks } from './agent-checks.ts';
import { reviewBound, reviewState } from './review-dates.ts';
import { createReviewDesk } from './review-desk.ts';
import { createReviewKeeper } from './review-keeper.ts';

const day = 86_400_000;
let clock: ManualClock;
let reviews: Map<string, AgentReview>;
let owed: OutboxDraft[];
let records: RecordDraft[];
let waits: number[];
let spec: JsonObject;
let reviewRequired: boolean;

beforeEach(() => {
  clock = new ManualClock(Date.parse('2026-11-01'));
  reviews = new Map();
  owed = [];
  records = [];
  waits = [];
  spec = { review: { every: '90d' } };
  reviewRequired = false;
});

const oversight = {
  reviews: async () => [...reviews.values()],
  putReview: async ({ also = [], ...one }: AgentReview & { also?: readonly OutboxDraft[] }) => {
    reviews.set(one.agent, one);
    owed.push(...also);
  },
};

function snapshot(): Snapshot {
  const agents = ['bot', 'other'].map((name) => {
    const own = name === 'bot' ? spec : {};
    const parsed = agentKind.parse(name, { owner: 'ann', purpose: 'p', manifest: 'm', ...own });
    if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
    const facts = { suspended: new Set<string>(), reviewed: reviews, now: clock.now() };
    return [name, agentKind.compile?.(parsed.entry, facts) ?? parsed.entry] as const;
  });
  const staff = { name: 'staff', ownerGraceMs: day, reviewRequired, reviewGraceMs: 2 * day };
  const directories = { staff };
  const tenant = { tenant: 'main', agents: Object.fromEntries(agents), manifests: {}, directories };
  return { tenants: { main: tenant } } as unknown as Snapshot;
}

/** Made anew each time, as after a restart. */
const look = () =>
  createReviewKeeper({
    oversight,
    clock,
    snapshot: async () => snapshot(),
    later: (ms) => void waits.push(ms),
  }).look();

const stateNow = () => {
  const tenant = snapshot().tenants['main'];
  const due = tenant?.agents['bot']?.reviewDue;
  return tenant === undefined || due === undefined
    ? undefined
    : reviewState(tenant, due, clock.now());
};
const overdue = () =>
  owed.map(({ body }) => body).filter(({ type }) => type === 'lifecycle.agent-review-overdue');

function desk() {
  return createReviewDesk({
    oversight,
    clock,
    snapshot,
    instances: { list: async () => [], unbound: async () => [] },
    recorder: { record: async (draft) => void records.push(draft), owe: async () => undefined },
    recompile: async () => undefined,
  });
}
const by = (name: string, ...roles: ('operator' | 'owner' | 'auditor')[]) => ({
  tenant: 'main',
  name,
  roles,
});

describe('an agent that is reviewed every 90 days', () => {
  it('is due from when it was first seen, overdue at the day, suspended after the grace, each told once [LIF-05, IDN-07]', async () => {
    await look();
    clock.advance(90 * day - 1);
    await look();
    expect([stateNow(), overdue()]).toEqual(['due', []]);
    expect(waits.at(-1)).toBe(1);
    clock.advance(1);
    await look();
    await look();
    expect(stateNow()).toBe('reads');
    expect(overdue()).toMatchObject([{ details: { agent: 'bot', state: 'reads' } }]);
    clock.advance(2 * day - 1);
    expect(stateNow()).toBe('reads');
    clock.advance(1);
    await look();
    await look();
    expect(stateNow()).toBe('suspended');
    expect(overdue()).toMatchObject([{}, { details: { state: 'suspended' } }]);
  });

  it('begins anew when its owner has looked at it, on record with what they saw [LIF-05]', async () => {
    await look();
    clock.advance(200 * day);
    expect(stateNow()).toBe('suspended');
    const done = await desk().review({ by: by('ann', 'owner'), agent: 'bot', reason: 'needed' });
    expect(done).toEqual({ agent: 'bot', due: clock.now() + 90 * day });
    expect(stateNow()).toBe('due');
    expect(records).toMatchObject([
      {
        type: 'lifecycle.agent-reviewed',
        actors: [{ kind: 'human', name: 'ann' }],
        details: { agent: 'bot', owner: 'ann', manifest: 'm', instances: 0, reason: 'needed' },
      },
    ]);
  });

  it('is reviewed by its owner, an operator or an admin, with a reason, and by nobody else', async () => {
    const act = { agent: 'bot', reason: 'x' };
    const refused = (code: string) => ({ code });
    await expect(
      desk().review({ ...act, by: by('eve', 'owner', 'auditor') }),
    ).rejects.toMatchObject(refused('api/forbidden'));
    await expect(
      desk().review({ ...act, by: by('ann', 'owner'), reason: ' ' }),
    ).rejects.toMatchObject(refused('api/reason-required'));
    await expect(
      desk().review({ ...act, by: by('eve', 'operator'), agent: 'nobody' }),
    ).rejects.toMatchObject(refused('api/not-found'));
    await expect(
      desk().review({ ...act, by: by('eve', 'operator'), agent: 'other' }),
    ).rejects.toMatchObject(refused('api/invalid'));
    expect([records, [...reviews]]).toEqual([[], []]);
    await desk().review({ ...act, by: by('eve', 'operator') });
    expect(records).toHaveLength(1);
  });
});

describe('an agent whose document says the day', () => {
  it('is due on it, and then when its reviewer said, within a year (reviewMs), until the document says another day [LIF-05]', async () => {
    spec = { nextReview: '2026-11-02' };
    const next = Date.parse('2027-02-01');
    expect(stateNow()).toBe('due');
    clock.advance(day);
    expect(stateNow()).toBe('reads');
    const act = { by: by('ann', 'owner'), agent: 'bot', reason: 'x' };
    const most = clock.now() + limits.reviewMs;
    for (const when of [undefined, clock.now(), most + 1]) {
      const asked = desk().review({ ...act, ...(when === undefined ? {} : { next: when }) });
      await expect(asked).rejects.toMatchObject({ code: 'api/invalid' });
    }
    expect(await desk().review({ ...act, next: most })).toMatchObject({ due: most });
    expect(await desk().review({ ...act, next })).toMatchObject({ due: next });
    expect(stateNow()).toBe('due');
    spec = { nextReview: '2026-10-01' };
    expect(stateNow()).toBe('suspended');
  });

  it('says a period or a day, not both, and none longer than a year', () => {
    const problems = (given: JsonObject) =>
      agentKind.parse('bot', { owner: 'a', purpose: 'p', manifest: 'm', ...given }).kind;
    expect(problems({ review: { every: '366d' } })).toBe('parsed');
    for (const wrong of [
      { review: { every: '367d' } },
      { review: { every: '0' } },
      { nextReview: 'soon' },
      { review: { every: '1d' }, nextReview: '2027-01-01' },
    ]) {
      expect(problems(wrong)).toBe('problems');
    }
  });

  it('is not taken without either where a document asks for reviews [IDN-07]', async () => {
    const directory = { isConnected: async () => false, presence: async () => new Map() };
    const check = createAgentChecks({ directory, snapshot });
    const agent = (more: JsonObject) => ({
      kind: 'Agent',
      name: 'bot',
      spec: { owner: 'ann', ...more },
    });
    expect(await check('main', agent({}))).toEqual([]);
    reviewRequired = true;
    expect(await check('main', agent({}))).toEqual([
      expect.stringContaining('`review` is missing'),
    ]);
    expect(await check('main', agent({ nextReview: '2027-01-01' }))).toEqual([]);
  });
});

it('bounds whoever acts through an agent that is overdue [LIF-05]', async () => {
  const through = (agent: string, ...hops: string[]) =>
    reviewBound(
      snapshot().tenants['main'],
      { agent, hops: hops.map((name) => ({ agent: name, instance: 'i' })) },
      clock.now(),
    );
  await look();
  expect(through('other', 'bot')).toBeUndefined();
  clock.advance(90 * day);
  expect([through('bot'), through('other', 'bot'), through('other')]).toEqual([
    'reads',
    'reads',
    undefined,
  ]);
  clock.advance(2 * day);
  expect([through('other', 'bot'), through('bot', 'other')]).toEqual(['suspended', 'suspended']);
});
