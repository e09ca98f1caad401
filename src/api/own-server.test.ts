import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Role } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';

let world: ControlWorld;

beforeEach(async () => {
  world = await createControlWorld();
});

afterEach(() => world.close());

const digest = 'a'.repeat(64);

const ask = (who: Role, method: string, path: string, body?: JsonObject) =>
  world.ask(method, path, { as: world.credential(who), ...(body === undefined ? {} : { body }) });

const server = (port: number, tool: string, effect: string) => ({
  kind: 'ToolServer',
  name: 'notes',
  spec: { connect: { url: `http://127.0.0.1:${port}/mcp` }, tools: { [tool]: { effect } } },
});

const shows = (tool: string, more: JsonObject = {}) =>
  world.store.catalogue.report({
    tenant: 'main',
    server: 'notes',
    look: 'a',
    shown: [tool],
    now: 0,
    tools: [
      {
        tenant: 'main',
        server: 'notes',
        tool,
        digest,
        definition: { name: tool, inputSchema: { type: 'object' }, ...more },
        observedAt: 0,
      },
    ],
  });

async function approved(who: Role, tool: string): Promise<unknown> {
  const yes = { digest, reason: 'looked at it' };
  const { body } = await ask(who, 'POST', `/v1/tools/notes/${tool}/approve`, yes);
  return body['code'] ?? body['state'];
}

describe('a tool of a server that somebody wrote', () => {
  it('is shut to whoever asked for the change and open to whoever agreed, though each look at the clock tells another time [TOL-07]', async () => {
    const reach = [
      server(1, 'add_note', 'write'),
      { kind: 'Manifest', name: 'desk', spec: { tools: [{ tool: 'notes/add_note' }] } },
      { kind: 'Agent', name: 'support', spec: { owner: 'ann', purpose: 'p', manifest: 'desk' } },
    ];
    for (const one of reach) await ask('admin', 'POST', '/v1/documents', one);
    const now = world.clock.now.bind(world.clock);
    let looks = 0;
    world.clock.now = () => now() + looks++;
    const wanted = { documents: [server(2, 'add_note', 'write')], reason: 'mine' };
    const waits = await ask('operator', 'POST', '/v1/changes', wanted);
    const path = `/v1/changes/${textAt(waits.body['review'] as JsonObject, 'id')}`;
    const shown = await ask('auditor', 'GET', path);
    const yes = { plan: textAt(shown.body['plan'] as JsonObject, 'id'), reason: 'fine' };
    expect((await ask('admin', 'POST', `${path}/approve`, yes)).status).toBe(200);
    await shows('add_note');
    expect(await approved('operator', 'add_note')).toBe('tools/own-server');
    expect(await approved('admin', 'add_note')).toBe('pinned');
  });

  it.each([
    ['wipe_notes', {}],
    ['notes', { annotations: { destructiveHint: true } }],
    ['notes', { annotations: { readOnlyHint: false } }],
  ] as const)(
    'writes where it shows so (%s %j), though its author says that it reads [TOL-07]',
    async (tool, more) => {
      await ask('operator', 'POST', '/v1/documents', server(1, tool, 'read'));
      await shows(tool, more);
      expect(await approved('operator', tool)).toBe('tools/own-server');
      expect(await approved('admin', tool)).toBe('pinned');
    },
  );
});
