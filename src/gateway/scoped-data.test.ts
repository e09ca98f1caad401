import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';

const open = { type: 'object', properties: { to: { type: 'string' }, path: { type: 'string' } } };
const results = { labels: [] };
let world: GatewayWorld;
let worker: TestInstance;

async function begin(outside: string): Promise<void> {
  world = await createGatewayWorld({
    definitions: [definition('send', open), definition('read', open), definition('write', open)],
    manifest: { data: { paths: ['/apollo/'], hosts: ['acme.example'], outside } },
    server: {
      tools: {
        send: { effect: 'write', results, flow: { sinks: { to: 'recipient' } } },
        write: { effect: 'write', results, flow: { sinks: { path: 'path' } } },
        read: { effect: 'read', results, flow: { sinks: { path: 'path' } } },
      },
    },
    policies: ['@id("yes") permit(principal, action, resource);'],
  });
  worker = await world.enrol();
  world.control.takeGateways(1, 0);
}
beforeEach(() => begin('signal'));

async function said(tool: string, args: JsonObject): Promise<string> {
  const outcome = await world.ask(worker, tool, args);
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}
const told = (type: string) =>
  world.records.findLast((one) => one.type === type)?.details?.['scope'];
const counted = () => JSON.stringify(world.parts.counts.told());

describe('data that moves outside of the scope of a project', () => {
  it('is on record with a severity and counted, and goes on where its document says no more [MON-02]', async () => {
    expect(await said('send', { to: 'ann@acme.example' })).toBe('result');
    expect(told('policy.intent')).toBeUndefined();
    expect(await said('send', { to: 'ann@evil.example' })).toBe('result');
    expect(told('policy.intent')).toEqual({
      severity: 'high',
      what: 'signal',
      outside: [{ argument: 'to', kind: 'recipient' }],
    });
    expect(await said('write', { path: '/zeus/plan' })).toBe('result');
    expect(told('policy.intent')).toMatchObject({ severity: 'medium' });
    expect(await said('read', { path: '/apollo/../zeus/plan' })).toBe('result');
    expect(told('policy.intent')).toMatchObject({ severity: 'low' });
    expect(counted()).toContain('"outside-scope":3');
    expect(JSON.stringify(world.records)).not.toContain('evil.example');
  });

  it('is stopped where its document says so, or waits for a person [MON-02]', async () => {
    await begin('refuse');
    expect(await said('write', { path: '/apollo/plan' })).toBe('result');
    expect(await said('write', { path: '/zeus/plan' })).toBe('policy/denied');
    expect(world.records.at(-1)?.decision?.rules).toContain('builtin/scope-no');
    expect(told('gateway.refused')).toMatchObject({ severity: 'medium', what: 'refuse' });
    await begin('ask');
    expect(await said('write', { path: '/zeus/plan' })).toBe('held');
    const asked = world.records.findLast(({ type }) => type === 'approval.requested');
    expect(asked?.decision?.rules).toEqual(['builtin/scope-asks']);
    expect(JSON.stringify(asked?.details)).toContain('outside of the scope of data');
  });
});
