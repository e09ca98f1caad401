import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { explainPartsOf, recordOf } from '../../test/fakes/explained-call.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';
import { seeded } from '../../test/fakes/seeded.ts';
import { judgeCall } from './judge-call.ts';
import { recordedCall } from './recorded-call.ts';
import { verdictOf } from './verdict.ts';

/** So many in CI; `soak` brings ten thousand. */
const decisions = Number(process.env['BAILIWICK_DECISIONS'] ?? 1_000);
const schema: JsonObject = {
  type: 'object',
  properties: { amount: { type: 'integer' }, to: { type: 'string' } },
};

describe('decisions on record', () => {
  it('are answered again as they were, by the policies that decided them [POL-04]', async () => {
    const world = await createGatewayWorld({
      definitions: [definition('pay', schema), definition('look', schema)],
      agent: { rate: { perMinute: 600_000, burst: 100_000 } },
      server: {
        tools: { pay: { effect: 'write' }, look: { effect: 'read' } },
        results: { labels: [] },
      },
      policies: [
        `@id("reads") permit(principal, action == Action::"fake/look", resource);
         @id("small") permit(principal, action == Action::"fake/pay", resource) when { context.input has amount && context.input.amount < 500 };
         @id("asked") @approval("write") permit(principal, action == Action::"fake/pay", resource) when { context.input has amount && context.input.amount >= 500 };
         @id("never") forbid(principal, action in [Action::"fake/pay", Action::"fake/look"], resource) when { context.input has to && context.input.to like "*@evil.example" };`,
      ],
    });
    const worker = await world.enrol();
    const draw = seeded(20_261_128);
    const asked: JsonObject[] = [];
    const seen: Record<string, number> = {};
    const { judges, policy } = explainPartsOf(world);
    for (let at = 0; at < decisions; at += 1) {
      const held = draw() < 0.2;
      // At most so many may wait of one agent; who asks again about the same is held again.
      const amount = held ? 500 + Math.floor(draw() * 40) : at % 500;
      const to = draw() < 0.2 ? `x${at}@evil.example` : `ann${held ? '' : at}@example.com`;
      const args: JsonObject = { amount, to };
      world.identity.clock.advance(500);
      world.confirm();
      const before = world.records.length;
      const outcome = await world.ask(worker, draw() < 0.3 ? 'look' : 'pay', args);
      asked.push(args);
      const { configuration } = world.parts.state;
      const draft = world.records
        .slice(before)
        .findLast(
          ({ type, target }) =>
            decided.has(type) && target !== undefined && target.target !== 'server:fake',
        );
      const call = draft && recordedCall(recordOf(draft, world.parts.clock.now()), () => []);
      const agent = configuration?.snapshot.tenants['main']?.agents['worker'];
      if (configuration === undefined || call === undefined || agent === undefined) {
        throw new Error(`call ${at} (${outcome.kind}) left no decision on record`);
      }
      const judge = judges.find(({ kinds }) => kinds.includes(call.target.kind));
      if (judge === undefined) throw new Error('nobody judges it');
      const again = verdictOf(
        await judgeCall(policy, { ...call, configuration, agent, judge, args }),
      );
      expect(again).toEqual(call.verdict);
      seen[again.kind] = (seen[again.kind] ?? 0) + 1;
    }
    expect(Object.keys(seen).toSorted()).toEqual(['allowed', 'held', 'refused']);
    expect(Object.values(seen).every((times) => times > decisions / 20)).toBe(true);
  }, 300_000);
});

const decided: ReadonlySet<string> = new Set(['policy.intent', 'gateway.held', 'gateway.refused']);
