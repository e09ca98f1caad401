import { beforeEach, describe, expect, it } from 'vitest';
import { errorCodes } from '#kernel/error-codes.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import { explainLast, recordOf } from '../../../test/fakes/explained-call.ts';
import { definition, type WorldDocuments } from '../../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { knownWays, wayOut } from './ways-out.ts';

const input = { type: 'object', properties: { amount: { type: 'integer' } } };
const within: WorldDocuments = {
  definitions: [definition('pay', input), definition('hidden', input)],
  policies: ['@id("yes") permit(principal, action, resource);'],
  manifest: { tools: [{ tool: 'fake/pay', arguments: { amount: { max: 5 } } }] },
};
const yes = '@id("yes") permit(principal, action, resource);';
const big = `@id("big")
forbid(principal, action == Action::"fake/pay", resource) when { context.input has amount && context.input.amount > 2 };`;
const never = '@id("never") forbid(principal, action == Action::"fake/pay", resource);';

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(within);
  worker = await world.enrol();
});

async function refused(
  documents: WorldDocuments,
  args: JsonObject,
  labels: Labels = [],
  tool = 'pay',
) {
  await world.publish(documents);
  if (labels.length > 0) {
    await world.ask(worker, 'pay', { amount: 1 });
    await world.raise(labels);
  }
  const outcome = await world.ask(worker, tool, args);
  const told = await explainLast(world, args);
  return { outcome, told, sets: told.nearest?.sets.map((set) => set.map(({ kind }) => kind)) };
}

describe('a recorded decision that is explained', () => {
  it('says who, what, each gate in the order of the path, and the rule with its place [POL-04, POL-07]', async () => {
    const { told } = await refused({ ...within, policies: [yes, big] }, { amount: 3 });
    expect(told.verdict).toBe('refused');
    expect(told.summary).toContain('`worker` asked for `fake.pay`');
    expect(told.summary).toContain('`decide` refused it (policy/denied)');
    expect(told.who.join('\n')).toMatch(/proved its key[^]*for nobody but itself/);
    expect(told.what[0]).toContain('`fake/pay`');
    expect(told.gates.map(({ gate, answer }) => `${gate} ${answer}`)).toEqual([
      'admit passed',
      'identify passed',
      'standing passed',
      'resolve passed',
      'inspect-in passed',
      'decide refused',
      ...['approve', 'intend', 'lend', 'forward', 'inspect-out', 'settle'].map(
        (gate) => `${gate} not-reached`,
      ),
    ]);
    expect(told.rules).toMatchObject([{ id: 'big', policy: 'p1', line: 1, column: 1 }]);
    expect(told.ended).toBe('nothing was sent, and nothing was done');
  });

  it('names the one forbid that stands in the way, and not the rules that do not', async () => {
    const { told, sets } = await refused({ ...within, policies: [yes, big] }, { amount: 3 });
    expect(told.nearest).toMatchObject({ agrees: true, arguments: 'given', isWhole: true });
    expect(sets).toEqual([['rule']]);
    expect(told.nearest?.sets[0]?.[0]?.sentence).toContain('`big` (policy `p1`, line 1)');
  });

  it('names both where two forbid it: neither alone is enough', async () => {
    const { told } = await refused({ ...within, policies: [yes, big, never] }, { amount: 3 });
    const [set, ...more] = told.nearest?.sets ?? [];
    expect(set?.map(({ sentence }) => /`(\w+)`/.exec(sentence)?.[1])).toEqual(['big', 'never']);
    expect(more).toEqual([]);
  });

  it('of a write that nothing but the built-in rule permits: a yes, or one more permit', async () => {
    const { outcome, sets } = await refused({ ...within, policies: [] }, { amount: 1 });
    expect(outcome.kind).toBe('held');
    expect(sets).toEqual([['approval'], ['permit']]);
  });

  it('of a call that waits: a yes, or what makes it ask no more', async () => {
    const ask =
      '@id("ask") @approval("two") forbid(principal, action == Action::"fake/pay", resource);';
    const { outcome, told, sets } = await refused(
      { ...within, policies: [yes, ask] },
      { amount: 1 },
    );
    expect(outcome.kind).toBe('held');
    expect(told.verdict).toBe('held');
    expect(sets).toEqual([['approval'], ['rule']]);
    expect(told.wayOut.join()).toContain('bailiwick approval show');
  });

  it('says that a label is in the way, and where it came from', async () => {
    await world.publish(within);
    await world.ask(worker, 'pay', { amount: 1 });
    await world.raise(['integrity:untrusted']);
    await world.ask(worker, 'pay', { amount: 2 });
    const now = world.parts.clock.now();
    const raised = recordOf(
      {
        type: 'label.raised',
        tenant: 'main',
        actors: [{ kind: 'agent', name: 'worker' }],
        labels: { in: [], out: ['integrity:untrusted'] },
        details: { source: 'tool:web/fetch' },
      },
      now,
    );
    const told = await explainLast(world, { amount: 2 }, { raised: [raised] });
    expect(told.labels).toMatchObject([{ source: 'tool:web/fetch', record: raised.id }]);
    expect(told.nearest?.sets.map((set) => set.map(({ kind }) => kind))).toEqual([
      ['approval'],
      ['label'],
    ]);
  });

  it('of a tool that is not listed: the manifest, and with it what waits behind it', async () => {
    const { told, sets } = await refused(within, { amount: 1 }, [], 'hidden');
    expect(told.gates.find(({ answer }) => answer === 'refused')?.gate).toBe('resolve');
    expect(sets).toEqual([['manifest']]);
    const forbidden = '@id("no") forbid(principal, action == Action::"fake/hidden", resource);';
    const behind = await refused(
      { ...within, policies: [yes, forbidden] },
      { amount: 1 },
      [],
      'hidden',
    );
    expect(behind.sets).toEqual([['manifest', 'rule']]);
  });

  it('of arguments outside their bounds: the bounds', async () => {
    const { told, sets } = await refused(within, { amount: 9 });
    expect(sets).toEqual([['bounds']]);
    expect(told.wayOut.join()).toContain('outside the bounds of the manifest');
  });

  it('of what was stopped: the stop, and that nothing else is in the way', async () => {
    await world.publish(within);
    world.overlay({ kind: 'agent', tenant: 'main', agent: 'worker' }, 'stop');
    await world.ask(worker, 'pay', { amount: 1 });
    const told = await explainLast(world, { amount: 1 });
    expect(told.gates.find(({ answer }) => answer === 'refused')?.gate).toBe('standing');
    expect(told.wayOut.join()).toContain('bailiwick release');
    expect(told.nearest).toMatchObject({ again: 'allowed', agrees: false, sets: [] });
  });

  it('of what went through tells how it ended, and looks for no way round', async () => {
    await world.publish(within);
    await world.ask(worker, 'pay', { amount: 1 });
    const told = await explainLast(world, undefined);
    expect(told).toMatchObject({ verdict: 'allowed', nearest: undefined, notAgain: undefined });
    expect(told.gates.at(-1)?.gate).toBe('settle');
  });

  it('says what its arguments were taken to be where nobody gave them', async () => {
    await world.publish({ ...within, policies: [yes, big] });
    await world.ask(worker, 'pay', { amount: 3 });
    const told = await explainLast(world, undefined);
    expect(told.nearest).toMatchObject({ arguments: 'least', agrees: false });
  });

  it('touches nothing: no call is sent, no record written, no approval made', async () => {
    await refused({ ...within, policies: [yes, big, never] }, { amount: 3 });
    const before = [
      world.records.length,
      world.invocations.length,
      world.parts.state.configuration,
    ];
    await explainLast(world, { amount: 3 });
    expect([
      world.records.length,
      world.invocations.length,
      world.parts.state.configuration,
    ]).toEqual(before);
  });
});

const about = {
  agent: 'worker',
  instance: 'i',
  target: 'fake/pay',
  user: undefined,
  task: 't',
  approval: undefined,
};

describe('the way out of a refusal', () => {
  it('is known of each code that there is, and names nothing of a code that is gone', () => {
    expect(knownWays.filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
    const silent = Object.keys(errorCodes).filter((code) => wayOut(code, about).trim() === '');
    expect(silent).toEqual([]);
  });
});
