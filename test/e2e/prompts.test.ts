import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OffersWorld, startOffersWorld } from './offers-world.ts';

let world: OffersWorld;

beforeAll(async () => {
  world = await startOffersWorld();
}, 60_000);

afterAll(async () => {
  await world?.close();
});

async function older(): Promise<Client> {
  const client = new Client({ name: 'stranger', version: '1' });
  const { agent, instance } = world;
  await client.connect(
    new StreamableHTTPClientTransport(new URL(instance.gateway), { fetch: agent.fetch }),
  );
  return client;
}

async function newer(): Promise<ModernClient> {
  const client = new ModernClient(
    { name: 'stranger', version: '2' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const { agent, instance } = world;
  await client.connect(new ModernTransport(new URL(instance.gateway), { fetch: agent.fetch }));
  return client;
}

describe.each([
  ['2025-11-25', older],
  ['2026-07-28', newer],
] as const)('an unmodified client in revision %s', (_revision, connect) => {
  it('gets prompts of a real server and of another, and none that its manifest does not name [GOV-16]', async () => {
    const client = await connect();
    expect(client.getServerCapabilities()).toMatchObject({ prompts: {} });
    const listed: string[] = [];
    // The second generation follows cursors by itself.
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: { prompts: { name: string }[]; nextCursor?: string | undefined } =
        await client.listPrompts(cursor === '' ? {} : { cursor });
      listed.push(...page.prompts.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(listed.sort()).toEqual(['everything__args-prompt', 'files__summary']);
    const real = await client.getPrompt({
      name: 'everything__args-prompt',
      arguments: { city: 'Oslo' },
    });
    expect(JSON.stringify(real.messages)).toContain('Oslo');
    const summary = await client.getPrompt({
      name: 'files.summary',
      arguments: { topic: 'refunds' },
    });
    expect(summary.messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'Sum up refunds.' } },
    ]);
    const fault = (name: string) =>
      client.getPrompt({ name }).then(
        () => undefined,
        (no: unknown) => no,
      );
    expect(await fault('files.hidden')).toMatchObject({ code: -32_602 });
    expect(String(await fault('files.hidden'))).toBe(String(await fault('files.nothing')));
    await client.close();
  });
});
