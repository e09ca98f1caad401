import { describe, expect, it } from 'vitest';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';

const documents = {
  definitions: [definition('pay', { type: 'object' })],
  policies: ['@id("yes") permit(principal, action, resource);'],
  server: { connect: { url: 'https://mcp.example.com/a' }, default: { effect: 'read' } },
};

describe('a tool server that no registry lists', () => {
  it('is not asked, neither for a call nor for its list, from the moment that this is in force [TOL-25]', async () => {
    const world = await createGatewayWorld(documents);
    const worker = await world.enrol();
    expect((await world.ask(worker, 'pay', {})).kind).toBe('result');
    await world.publish({ ...documents, registry: { sources: ['https://other.example.com/*'] } });
    const { length } = world.invocations;
    const outcome = await world.ask(worker, 'pay', {});
    expect(outcome).toMatchObject({ refusal: { code: 'tools/server-unlisted' }, effect: 'none' });
    expect(world.records.at(-1)?.refusal).toMatchObject({ code: 'tools/server-unlisted' });
    const looks = world.looks;
    expect((await world.look('fake'))?.code).toBe('tools/server-unlisted');
    expect([world.invocations.length, world.looks]).toEqual([length, looks]);
    await world.publish({ ...documents, registry: { sources: ['https://mcp.example.com/*'] } });
    expect((await world.ask(worker, 'pay', {})).kind).toBe('result');
  });
});
