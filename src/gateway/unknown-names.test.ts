import { beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '#kernel/call.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { namedOnWire } from './mcp/named.ts';
import { recordedMethod } from './mcp/recorded-method.ts';

const typed = 'ann-smith__diagnosed_with_canary';

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld({
    definitions: [],
    manifest: { tools: [{ tool: 'fake/read' }] },
    server: { tools: { read: { effect: 'read' }, hidden_one: { effect: 'read' } } },
  });
  worker = await world.enrol();
});

async function call(kind: 'tool-call' | 'prompt-get' | 'resource-read', name: string) {
  const args = kind === 'resource-read' ? { uri: name } : {};
  const about =
    kind === 'resource-read'
      ? { target: { kind: 'resource', owner: '*', name } as const, named: name }
      : namedOnWire(kind === 'tool-call' ? 'tool' : 'prompt', name, undefined);
  const action: Action = { kind, ...about, arguments: args, argumentBytes: canonicalBytes(args) };
  const presented = await world.present(worker);
  return world.send(presented, { kind: 'other', method: 'tools/call', action });
}

const last = () => world.records.at(-1);

describe('a name that names nothing here', () => {
  it.each([
    ['tool-call', typed],
    ['tool-call', 'no server at all, canary'],
    ['prompt-get', typed],
    ['resource-read', 'https://crm/ann-smith?ssn=canary'],
  ] as const)(
    'stands in no leaf, and is sealed with the refusal: %s %s [AUD-19]',
    async (kind, name) => {
      expect(await call(kind, name)).toMatchObject({ kind: 'refused' });
      expect(JSON.stringify(last())).not.toContain('canary');
      expect(last()).toMatchObject({
        type: 'gateway.refused',
        named: expect.stringMatching(/^unknown:[0-9a-f]{16}$/),
        heard: { bytes: name.length },
        questions: { asks: expect.stringMatching(/^tools\/call unknown:/) },
      });
      expect(last()?.['heard']).not.toHaveProperty('salt');
    },
  );

  it('is known again by its digest, and another one is another', async () => {
    for (const name of [typed, `${typed}2`]) await call('tool-call', name);
    const [one, other] = world.records.slice(-2).map(({ named }) => named);
    expect(one).not.toBe(other);
    await call('prompt-get', typed);
    expect(last()?.named).toBe(one);
  });

  it('is told apart from one that is hidden: that name is ours, and stands there in plain', async () => {
    expect(await call('tool-call', 'fake__hidden_one')).toMatchObject({ kind: 'refused' });
    expect(last()).toMatchObject({ type: 'gateway.refused', named: 'fake__hidden_one' });
    expect(last()).not.toHaveProperty('heard');
  });

  it('of somebody unknown is counted, and kept nowhere', async () => {
    const { target, named } = namedOnWire('tool', typed, undefined);
    const args = {};
    const action: Action = {
      kind: 'tool-call',
      target,
      named,
      arguments: args,
      argumentBytes: canonicalBytes(args),
    };
    const presented = await world.present(worker);
    await world.send(
      { ...presented, authorization: undefined },
      { kind: 'other', method: 'tools/call', action },
    );
    expect(JSON.stringify(world.records)).not.toContain('canary');
  });
});

describe('the method of a record', () => {
  it.each([
    ['tools/call', 'tools/call'],
    ['notifications/progress', 'notifications/progress'],
    ['notifications/ann-smith', 'notifications/unknown'],
    ['ann-smith/diagnosis', 'unknown'],
    ['__proto__', 'unknown'],
  ])('%s is written %s: what a caller made up is not [AUD-19]', (method, written) => {
    expect(recordedMethod(method)).toBe(written);
  });
});
