import { expect, it } from 'vitest';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';

const day = 86_400_000;
const documents = {
  definitions: ['look', 'pay'].map((name) => definition(name, { type: 'object' })),
  manifest: { tools: [{ tool: 'fake/look' }, { tool: 'fake/pay' }] },
  server: {
    tools: {
      look: { effect: 'read', results: { labels: [] } },
      pay: { effect: 'write', results: { labels: [] } },
    },
  },
  policies: ['@id("all") permit(principal, action, resource);'],
};

it.each([
  [1, 'result', 'result'],
  [-1, 'result', 'standing/review-overdue'],
  [-13, 'result', 'standing/review-overdue'],
  [-15, 'standing/review-overdue', 'standing/review-overdue'],
] as const)(
  'of an agent that is due in %d days leaves, by the clock alone: reading %s, writing %s [LIF-05]',
  async (days, looks, pays) => {
    const world = await createGatewayWorld(documents);
    const due = new Date(world.identity.clock.now() + days * day).toISOString().slice(0, 10);
    await world.publish({ ...documents, agent: { nextReview: due } });
    const worker = await world.enrol();
    const call = async (tool: string) => {
      const outcome = await world.ask(worker, tool, {});
      return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
    };
    expect([await call('look'), await call('pay')]).toEqual([looks, pays]);
  },
);
