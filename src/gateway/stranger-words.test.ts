import { beforeAll, describe, expect, it } from 'vitest';
import type { ToolAnswer } from '#contracts/tool-server.ts';
import { refusal } from '#kernel/errors.ts';
import { digestDefinition } from '#planes/tools/index.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';

const words = 'no invoice of ann@corp.example, born 1970-02-03';
const definition = { name: 'plain', inputSchema: { type: 'object', properties: {} } } as const;
let world: GatewayWorld;
let agent: TestInstance;

beforeAll(async () => {
  world = await createGatewayWorld({
    definitions: [{ name: 'plain', definition, digest: digestDefinition(definition) }],
    server: { tools: { plain: { effect: 'read', results: { labels: [] } } } },
  });
  agent = await world.enrol();
});

function failing(said: string | undefined): ToolAnswer {
  const no = refusal('tools/upstream-error', { message: 'the tool server answered with an error' });
  return { kind: 'failed', refusal: no, effect: 'none', ...(said === undefined ? {} : { said }) };
}

async function ended(answer: ToolAnswer) {
  world.onCall = () => answer;
  const before = world.records.length;
  const outcome = await world.ask(agent, 'plain', {});
  const record = world.records.slice(before).find(({ type }) => type === 'policy.outcome');
  return { outcome, record, body: record && world.bodies.get(record) };
}

describe('what a tool server says in an error', () => {
  it('is told to the agent, and sealed with its record under the key of whose call it is [AUD-10] [D-16]', async () => {
    const { outcome, record, body } = await ended(failing(words));
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { message: words } });
    expect(record).toMatchObject({
      refusal: { code: 'tools/upstream-error', message: 'the tool server answered with an error' },
      heard: { bytes: words.length },
    });
    expect(JSON.stringify(record)).not.toContain('ann@corp');
    expect(Buffer.from(body ?? []).toString('utf8')).toBe(words);
    expect(record && world.subjects.get(record)).toBe('worker');
  });

  it('is nothing that is sealed where it said nothing', async () => {
    const { record, body } = await ended(failing(undefined));
    expect([record?.heard, body]).toEqual([undefined, undefined]);
    expect(record?.refusal?.message).toBe('the tool server answered with an error');
  });
});
