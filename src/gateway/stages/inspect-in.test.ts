import { describe, expect, it } from 'vitest';
import { definition } from '../../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../../test/fakes/gateway-world.ts';

const properties = { text: { type: 'string' }, more: { type: 'object', properties: {} } };
const documents = {
  definitions: [definition('read', { type: 'object', properties })],
  server: { tools: { read: { effect: 'read', openArguments: true, results: { labels: [] } } } },
};
/** Made of parts, so that no key of any kind stands in the repository. */
const secret = `${['AK', 'IA'].join('')}${'Q7X2'.repeat(4)}`;

describe('what arguments carry', () => {
  it.each([
    ['a value', { text: `use ${secret} please` }],
    ['a nested value', { more: { a: [{ b: secret }] } }],
    ['a key', { more: { [secret]: 1 } }],
  ])('is refused before it leaves when it is a secret: %s', async (_, args) => {
    const world = await createGatewayWorld(documents);
    const agent = await world.enrol();
    const told = await world.ask(agent, 'read', args);
    expect(told).toMatchObject({
      kind: 'refused',
      effect: 'none',
      refusal: { code: 'semantic/secret-in-arguments' },
    });
    expect(world.invocations).toHaveLength(0);
    expect(world.records.at(-1)?.labels?.in).toEqual(['confidentiality:secret']);
    expect(JSON.stringify([told, world.records])).not.toContain(secret);
  });

  it('is judged together with what the task has seen', async () => {
    const world = await createGatewayWorld(documents);
    const agent = await world.enrol();
    expect((await world.ask(agent, 'read', { text: 'a' })).kind).toBe('result');
    expect(world.records.at(-1)?.labels?.in).toEqual([]);
    await world.raise(['integrity:untrusted']);
    await world.ask(agent, 'read', { text: 'b' });
    expect(world.records.at(-1)?.labels?.in).toEqual(['integrity:untrusted']);
  });
});
