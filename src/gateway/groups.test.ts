import { describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { methodOf } from './mcp/methods.ts';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { WorldAsk } from '../../test/fakes/gateway-asks.ts';

const permitting = '@id("yes") permit(principal, action, resource);';

/** What each persona is, and which environment of servers it may reach. */
const personas = {
  reader: ['knowledge'],
  clerk: ['ledger'],
  both: ['knowledge', 'ledger'],
  nobody: undefined,
};
const environments = ['knowledge', 'ledger', undefined] as const;

type Persona = keyof typeof personas;

function estate(persona: Persona, group: string | undefined, phase: string): WorldDocuments {
  const groups = personas[persona];
  return {
    definitions: [definition('post', { type: 'object', properties: {} })],
    manifest: {
      tools: [{ tool: 'fake/post' }],
      targets: ['resource:fake/file:///docs/*', 'prompt:fake/summary'],
    },
    policies: [permitting],
    agent: groups === undefined ? {} : { groups },
    server: { phase, ...(group === undefined ? {} : { group }) },
  };
}

function mcp(method: string, params: JsonObject): WorldAsk {
  const read = methodOf('2026-07-28', method)?.read(params);
  if (read === undefined || !('action' in read)) throw new Error('the front refuses it');
  return { kind: 'other', method, action: read.action };
}

const asks: Readonly<Record<string, WorldAsk>> = {
  call: { kind: 'invoke', tool: 'fake.post', args: {} },
  list: { kind: 'list' },
  read: mcp('resources/read', { uri: 'file:///docs/a' }),
  resources: mcp('resources/list', {}),
  prompt: mcp('prompts/get', { name: 'fake.summary', arguments: {} }),
};

function endOf(answer: Outcome): string {
  if (answer.kind === 'listed') return `${answer.page.items.length}`;
  return answer.kind === 'refused' ? answer.refusal.code : answer.kind;
}

async function endsOf(world: GatewayWorld): Promise<Readonly<Record<string, string>>> {
  const worker = await world.enrol();
  world.onExchange = ({ method }) => ({
    kind: 'answer',
    result:
      method === 'prompts/get'
        ? { messages: [] }
        : method === 'resources/read'
          ? { contents: [{ uri: 'file:///docs/a', text: 'a' }] }
          : { resources: [] },
    bytes: 2,
  });
  const ends: Record<string, string> = {};
  for (const [name, ask] of Object.entries(asks)) {
    ends[name] = endOf(await world.send(await world.present(worker), ask));
  }
  return ends;
}

const there = { call: 'result', list: '1', read: 'result', resources: 'result', prompt: 'result' };
const notThere = {
  call: 'tools/not-visible',
  list: '0',
  read: 'offers/not-visible',
  resources: '0',
  prompt: 'offers/not-visible',
};

const rows = (Object.keys(personas) as Persona[]).flatMap((persona) =>
  environments.flatMap((group) =>
    ['enforce', 'observe'].map((phase) => ({ persona, group, phase })),
  ),
);

describe('a persona in an environment', () => {
  it.each(rows)(
    '$persona reaches servers of $group, in phase $phase, only by its groups, and else they are not there [TOL-18, TOL-22]',
    async ({ persona, group, phase }) => {
      const world = await createGatewayWorld(estate(persona, group, phase));
      const isIn = group === undefined || personas[persona]?.includes(group) === true;
      expect(await endsOf(world)).toEqual(isIn ? there : notThere);
      if (!isIn) {
        expect([world.invocations, world.requests]).toEqual([[], []]);
        // Each try is on record, as of what is not there.
        const refused = world.records.filter(({ type }) => type === 'gateway.refused');
        expect(refused.map(({ refusal }) => refusal?.code)).toEqual([
          'tools/not-visible',
          'offers/not-visible',
          'offers/not-visible',
        ]);
      }
    },
  );

  it('is told the same of a server of another group as of one that does not exist [TOL-17, TOL-22]', async () => {
    const world = await createGatewayWorld(estate('reader', 'ledger', 'enforce'));
    const worker = await world.enrol();
    const answers: Outcome[] = [];
    for (const tool of ['fake.post', 'fake.nothing', 'nowhere.post']) {
      answers.push(
        await world.send(await world.present(worker), { kind: 'invoke', tool, args: {} }),
      );
    }
    const [hidden, ...others] = answers.map((one) => (one.kind === 'refused' ? one.refusal : one));
    expect(hidden).toMatchObject({ code: 'tools/not-visible' });
    for (const other of others) expect(other).toEqual(hidden);
  });
});
