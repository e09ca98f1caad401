import { describe, expect, it } from 'vitest';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';
import { shadowReportOf } from '#planes/policy/index.ts';

const input = { type: 'object', properties: { amount: { type: 'integer' } } };
const yes = '@id("yes") permit(principal, action, resource);';
const big =
  '@id("big") forbid(principal, action == Action::"fake/pay", resource) when { context.input has amount && context.input.amount > 2 };';
const documents: WorldDocuments = {
  definitions: [definition('pay', input)],
  policies: [yes],
  server: { default: { effect: 'write', results: { labels: [] } } },
};

async function worldOf(over: Partial<WorldDocuments>) {
  const world = await createGatewayWorld({ ...documents, ...over });
  const worker = await world.enrol();
  const pay = (amount: number) => world.ask(worker, 'pay', { amount });
  const report = async () => {
    await world.parts.shadows.settled();
    const view = world.parts.state.configuration?.of(world.parts.policy);
    return shadowReportOf('main', [world.parts.shadows.told(view)], view?.shadowDigest('main'));
  };
  return { world, pay, report };
}

describe('a policy in shadow', () => {
  it('decides nothing, and what it would change is counted by agent and target [POL-06]', async () => {
    const { world, pay, report } = await worldOf({ shadows: [big] });
    for (const amount of [1, 2, 3, 4]) expect((await pay(amount)).kind).toBe('result');
    expect(await report()).toMatchObject({
      compared: 4,
      differing: 2,
      faults: 0,
      lines: [
        {
          agent: 'worker',
          target: 'tool:fake/pay',
          from: 'allow',
          to: 'deny',
          calls: 2,
          rules: { from: ['yes'], to: ['big'] },
        },
      ],
    });
    const decided = world.records.filter(({ type }) => type === 'policy.intent');
    expect(decided.map(({ decision }) => decision?.rules)).toEqual([
      ['yes'],
      ['yes'],
      ['yes'],
      ['yes'],
    ]);
  });

  it('takes the place of the one that it replaces, and leaves that one in force', async () => {
    const { pay, report } = await worldOf({ policies: [yes, big], shadows: [`replaces p1 `] });
    expect((await pay(3)).kind).toBe('refused');
    expect((await report()).lines).toMatchObject([{ from: 'deny', to: 'allow', calls: 1 }]);
  });

  it('that cannot be read keeps nothing from coming into force, and is told', async () => {
    const { world, pay, report } = await worldOf({ shadows: ['permit(principal);'] });
    expect((await pay(3)).kind).toBe('result');
    expect(await report()).toMatchObject({ compared: 0, lines: [] });
    const { warnings = [] } = world.parts.state.configuration ?? {};
    expect(warnings.map(({ message }) => message).join()).toContain('in shadow, and not compared');
  });

  it('that throws, or does not come, changes nothing and is counted as no answer', async () => {
    const { world, pay, report } = await worldOf({ shadows: [big] });
    const { configuration } = world.parts.state;
    const view = configuration?.of(world.parts.policy);
    if (view === undefined) throw new Error('nothing is in force');
    Object.assign(view, {
      shadow: () => {
        throw new Error('a shadow');
      },
    });
    expect((await pay(3)).kind).toBe('result');
    Object.assign(view, { shadow: () => Promise.reject(new Error('a shadow')) });
    expect((await pay(3)).kind).toBe('result');
    expect(await report()).toMatchObject({ compared: 2, differing: 0, faults: 2 });
  });

  it('costs nothing where there is none', async () => {
    const { world, pay } = await worldOf({});
    await pay(1);
    await world.parts.shadows.settled();
    const view = world.parts.state.configuration?.of(world.parts.policy);
    expect(view?.shadowDigest('main')).toBeUndefined();
    expect(world.parts.shadows.told(view)).toEqual({});
  });
});
