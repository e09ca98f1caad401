import { beforeEach, describe, expect, it } from 'vitest';
import type { Override } from '#contracts/override-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { modelJudge } from '#planes/models/index.ts';
import { promptJudge, resourceJudge, toolJudge } from '#planes/tools/index.ts';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { gates, gatesAsked, gatesOf } from './gates.ts';
import type { ControlParts } from './parts.ts';

const open = { type: 'object', properties: { to: { type: 'string' } } };
const names = ['see', 'pay', 'wipe', 'shut'];
const base: WorldDocuments = {
  definitions: [...names, 'unlisted'].map((one) => definition(one, open)),
  // Shown by its server, and nobody said yes to it.
  pinned: [...names.filter((one) => one !== 'shut'), 'unlisted'].map((one) =>
    definition(one, open),
  ),
  manifest: { tools: names.map((tool) => ({ tool: `fake/${tool}` })) },
  server: {
    tools: {
      see: { effect: 'read', results: { labels: [] } },
      pay: { effect: 'write', results: { labels: [] } },
      wipe: { effect: 'delete', results: { labels: [] } },
    },
  },
};
const asksForPay = `@id("see") permit(principal, action == Action::"fake/see", resource);
@id("acts") permit(principal, action in [Action::"fake/pay", Action::"fake/wipe"], resource);
@id("two") @approval("payments") forbid(principal, action == Action::"fake/pay", resource);
@id("never") forbid(principal, action == Action::"fake/wipe", resource);`;

let world: GatewayWorld;
let worker: TestInstance;
let overrides: readonly Override[] = [];
beforeEach(async () => {
  world = await createGatewayWorld({ ...base, policies: [asksForPay] });
  worker = await world.enrol();
});

async function matrix(query: JsonObject = {}) {
  const { tools, policy, state, clock } = world.parts;
  const judges = [toolJudge(tools), resourceJudge, promptJudge, modelJudge];
  const parts = {
    planes: { tools, policy, judges },
    clock,
    configuration: () => state.configuration,
    desks: {
      overrides: { list: () => overrides },
      tools: {
        show: async (_tenant: string, _server: string, tool: string) =>
          tool === 'wipe' ? { state: 'quarantined' } : undefined,
      },
    } as unknown as ControlParts['desks'],
  };
  const answer = await gatesOf(parts, 'main', gatesAsked.parse(query));
  return gates.parse(answer);
}

const short = ({ rows }: Awaited<ReturnType<typeof matrix>>) =>
  rows.map(({ target, effect, verdict, finding }) =>
    [target.replace('tool:fake/', ''), effect, verdict, finding ?? '-'].join(' '),
  );

describe('what each agent reaches, and what stands between', () => {
  it('says of each tool how it stands, so that nobody asks for all of them beside it [OBS-06]', async () => {
    const { rows } = await matrix();
    const told = rows.map(({ target, tool }) => [target.replace('tool:fake/', ''), tool] as const);
    expect(told).toContainEqual(['wipe', 'quarantined']);
    expect(told).toContainEqual(['pay', null]);
  });

  it('is what is said to it when it tries each of them, and no tool is missing [TOL-08]', async () => {
    const told = await matrix();
    expect(told.rows.map(({ target }) => target)).toEqual(
      [...names].sort().map((one) => `tool:fake/${one}`),
    );
    for (const { target, verdict, code, class: asks } of told.rows) {
      const tool = target.replace('tool:fake/', '');
      const outcome = await world.ask(worker, tool, {});
      const said =
        outcome.kind === 'refused' ? 'refused' : outcome.kind === 'held' ? 'held' : 'allowed';
      expect([tool, verdict]).toEqual([tool, said]);
      if (outcome.kind === 'refused') expect(code).toBe(outcome.refusal.code);
      if (outcome.kind === 'held') expect(asks).toBe('payments');
    }
    // Whatever is not in it is refused.
    expect((await world.ask(worker, 'unlisted', {})).kind).toBe('refused');
  });

  it('names the rule and the class that gate each writer, and shows the hole when a rule goes [TOL-09]', async () => {
    expect(short(await matrix())).toEqual([
      'pay write held -',
      'see read allowed -',
      'shut write refused -',
      'wipe delete refused -',
    ]);
    const [pay] = (await matrix()).rows;
    expect(pay).toMatchObject({ class: 'payments', rules: ['two'], phase: 'enforce' });
    expect((await matrix({ findings: 'true' })).rows).toEqual([]);
    const without = asksForPay.replace(/@id\("two"\).*;\n/, '');
    expect(without).not.toContain('payments');
    await world.publish({ ...base, policies: [without] });
    expect(short(await matrix({ findings: 'true' }))).toEqual(['pay write allowed ungated']);
    const observed = { ...base.server, phase: 'observe' };
    await world.publish({ ...base, policies: [asksForPay], server: observed });
    expect(short(await matrix({ findings: 'true' }))).toContain('wipe delete allowed not-enforced');
  });

  it('is told with the override that sets it aside, for as long as it is open [TOL-08, POL-08]', async () => {
    const now = world.parts.clock.now();
    const one: Override = {
      id: 'o1',
      tenant: 'main',
      agent: 'worker',
      target: 'tool:fake/pay',
      by: 'bob',
      reason: 'an incident',
      at: now,
      until: now + 60_000,
    };
    overrides = [one];
    expect(short(await matrix({ findings: 'true' }))).toEqual(['pay write held overridden']);
    expect((await matrix()).rows[0]?.override).toMatchObject({ id: 'o1', by: 'bob' });
    overrides = [
      { ...one, agent: 'other' },
      { ...one, until: now },
    ];
    expect((await matrix({ findings: 'true' })).rows).toEqual([]);
    overrides = [];
  });

  it('is told page by page, each once, and of one agent where it is asked so', async () => {
    const seen: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const page = await matrix({ limit: 1, ...(after === '' ? {} : { after }) });
      seen.push(...page.rows.map(({ target }) => target));
      after = page.next;
    }
    expect(seen).toEqual((await matrix()).rows.map(({ target }) => target));
    expect((await matrix({ agent: 'worker' })).rows).toHaveLength(4);
    await expect(matrix({ agent: 'nobody' })).rejects.toMatchObject({ code: 'api/not-found' });
  });
});
