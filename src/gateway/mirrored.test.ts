import { describe, expect, it } from 'vitest';
import type { ArgumentHeaders, Outcome } from '#kernel/call.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { toolTarget } from '#kernel/tool.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';

const pay = definition('pay', {
  type: 'object',
  properties: {
    to: { type: 'string', 'x-mcp-header': 'To' },
    amount: { type: 'integer', 'x-mcp-header': 'Amount', default: 7 },
  },
  required: ['to', 'amount'],
});
const odd = definition('odd', {
  type: 'object',
  properties: { to: { anyOf: [{ type: 'string', 'x-mcp-header': 'To' }] } },
});

async function paying() {
  const world = await createGatewayWorld({
    definitions: [pay, odd],
    policies: ['@id("yes") permit(principal, action, resource);'],
  });
  const agent = await world.enrol();
  const call = async (
    tool: string,
    args: JsonObject,
    headers?: ArgumentHeaders,
  ): Promise<string> => {
    const action = {
      kind: 'tool-call',
      target: toolTarget({ server: 'fake', tool }),
      named: `fake.${tool}`,
      arguments: args,
      argumentBytes: canonicalBytes(args),
      headers,
    } as const;
    const presented = await world.present(agent);
    return codeOf(await world.send(presented, { kind: 'other', method: 'tools/call', action }));
  };
  return { world, call };
}

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

const must = (values: Record<string, string>): ArgumentHeaders => ({ values, must: true });

describe('headers that repeat arguments', () => {
  it('are compared with what was sent, and what was left out is repeated to the server alone [SYS-043]', async () => {
    const { world, call } = await paying();
    expect(await call('pay', { to: 'bob' }, must({ 'mcp-param-to': 'bob' }))).toBe('result');
    expect(world.invocations[0]?.mirrored).toEqual([
      { header: 'mcp-param-to', path: ['to'] },
      { header: 'mcp-param-amount', path: ['amount'] },
    ]);
    expect(String(world.invocations[0]?.argumentBytes)).toBe('{"amount":7,"to":"bob"}');
  });

  it.each<[JsonObject, Record<string, string>]>([
    [{ to: 'bob' }, { 'mcp-param-to': 'eve' }],
    [{ to: 'bob' }, {}],
    [{ to: 'bob' }, { 'mcp-param-to': 'bob', 'mcp-param-amount': '7' }],
    [
      { to: 'bob', amount: 8 },
      { 'mcp-param-to': 'bob', 'mcp-param-amount': '7' },
    ],
  ])(
    'that contradict them are refused before anything leaves: %j %j [SYS-043]',
    async (args, values) => {
      const { world, call } = await paying();
      expect(await call('pay', args, must(values))).toBe('admit/header-mismatch');
      expect(world.invocations).toEqual([]);
      expect(world.records.map(({ type }) => type)).toEqual(['gateway.refused']);
    },
  );

  it('need not be there in revisions that have none', async () => {
    const unsaid = await paying();
    expect(await unsaid.call('pay', { to: 'bob' })).toBe('result');
    const none = { values: {}, must: false };
    const { call } = await paying();
    expect(await call('pay', { to: 'bob', amount: 1 }, none)).toBe('result');
  });

  it('tell nothing of a tool that is not seen', async () => {
    const { call } = await paying();
    expect(await call('hidden', { to: 'bob' }, must({}))).toBe('tools/not-visible');
  });

  it('that are wanted where two readers could find two values keep the tool out of use', async () => {
    const { call } = await paying();
    expect(await call('odd', { to: 'bob' }, must({}))).toBe('tools/schema-unsupported');
  });
});
