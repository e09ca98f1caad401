import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';
import { newWorld } from '../../test/fakes/signing/index.ts';

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

describe('a tool server whose signers a registry names', () => {
  const integrity = `sha512-${'A'.repeat(86)}==`;
  const connect = { command: 'npx', args: ['-y', 'pkg@1.2.3'], package: { integrity } };
  const signed = { ...documents, server: { ...documents.server, connect } };
  const { trust } = newWorld(Date.parse('2026-03-01T10:00:00Z'));
  const [key = { keyid: '', key: '' }] = trust.registryKeys;
  const registry = (keyid: string): JsonObject => ({
    sources: ['npm:*'],
    signers: [{ for: 'npm:*', registry: 'signature' }],
    trust: { registryKeys: [{ keyid, key: key.key }] },
  });

  it('is opened with what they must be, and anew once that is something else [TOL-25]', async () => {
    const world = await createGatewayWorld({ ...signed, registry: registry('one') });
    const worker = await world.enrol();
    const keys = () =>
      world.connected.map(({ signers = [] }) => signers[0]?.trust.registryKeys[0]?.keyid);
    await world.ask(worker, 'pay', {});
    const { length } = keys();
    expect(keys().at(-1)).toBe('one');
    await world.ask(worker, 'pay', {});
    await world.publish({ ...signed, registry: registry('one') });
    await world.ask(worker, 'pay', {});
    expect(keys().length).toBe(length);
    await world.publish({ ...signed, registry: registry('two') });
    expect((await world.ask(worker, 'pay', {})).kind).toBe('result');
    expect(keys().slice(length)).toEqual(['two']);
    await world.publish(signed);
    await world.ask(worker, 'pay', {});
    expect(keys().at(-1)).toBe(undefined);
  });

  it('is refused, on record, where its content is not pinned [TOL-25]', async () => {
    const loose = { ...signed, server: { connect: { command: 'npx', args: ['-y', 'pkg@1.2.3'] } } };
    const world = await createGatewayWorld({ ...loose, registry: registry('one') });
    const outcome = await world.ask(await world.enrol(), 'pay', {});
    expect(outcome).toMatchObject({ refusal: { code: 'tools/server-unpinned' }, effect: 'none' });
    expect(world.records.at(-1)?.refusal).toMatchObject({ code: 'tools/server-unpinned' });
    expect(world.connected).toEqual([]);
  });
});
