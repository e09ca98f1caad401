import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Era, startFixture } from './fixture/fixture.ts';
import { type GatewayBefore, startGatewayBefore } from './gateway.ts';
import { askServer, type Checks } from './suite.ts';

export interface ServerSet {
  readonly name: string;
  readonly revision: string;
  /** What the server behind the gateway speaks; directly one that speaks all is asked. */
  readonly upstream: Era;
}

/** Both revisions, and each over a server that speaks only the other one. */
export const serverSets: readonly ServerSet[] = [
  { name: 'server-2026-07-28', revision: '2026-07-28', upstream: 'both' },
  { name: 'server-2025-11-25', revision: '2025-11-25', upstream: 'both' },
  { name: 'server-2026-07-28-over-legacy', revision: '2026-07-28', upstream: 'legacy' },
  { name: 'server-2025-11-25-over-modern', revision: '2025-11-25', upstream: 'modern' },
  { name: 'server-2025-11-25-over-legacy', revision: '2025-11-25', upstream: 'legacy' },
];

const targets = [
  'test://static-text',
  'test://static-binary',
  'test://watched-resource',
  'test://example-resource',
  'test://template/*',
].map((uri) => `resource:fixture/${uri}`);
const prompts = [
  'test_simple_prompt',
  'test_prompt_with_arguments',
  'test_prompt_with_embedded_resource',
  'test_prompt_with_image',
  'test_input_required_result_prompt',
].map((name) => `prompt:fixture/${name}`);

/** Directly at a server that speaks all revisions. */
export async function askDirectly(revision: string): Promise<Checks> {
  const fixture = await startFixture('both');
  try {
    return await askServer(fixture.url, revision);
  } finally {
    await fixture.close();
  }
}

/** The same through the gateway. */
export async function askThrough(set: Pick<ServerSet, 'revision' | 'upstream'>): Promise<Checks> {
  const before = await gatewayBefore(set.upstream);
  try {
    return await askServer(before.url, set.revision);
  } finally {
    await before.close();
  }
}

/** The gateway with nothing but the fixture behind it. */
export async function gatewayBefore(era: Era): Promise<Pick<GatewayBefore, 'url' | 'close'>> {
  const fixture = await startFixture(era);
  try {
    const gateway = await startGatewayBefore({
      connect: { url: fixture.url },
      tools: await toolsOf(fixture.url, era),
      targets: [...targets, ...prompts],
    });
    return {
      url: gateway.url,
      async close() {
        await gateway.close();
        await fixture.close();
      },
    };
  } catch (fault) {
    await fixture.close();
    throw fault;
  }
}

async function toolsOf(url: string, era: Era): Promise<string[]> {
  const mode = era === 'legacy' ? 'legacy' : 'auto';
  const client = new Client({ name: 'who lists', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}
