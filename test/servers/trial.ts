import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { startGatewayBefore, type GatewayBefore } from '../conformance/gateway.ts';
import type { Call, ForeignServer } from './server.ts';

/** What a server showed and answered to one client. */
export interface Shown {
  readonly tools: readonly Tool[];
  readonly answers: readonly unknown[];
}

/** As its own documentation says: started by the client, spoken to over its pipes. */
export async function askDirectly(server: ForeignServer): Promise<Shown> {
  const { command, args, environment } = server.connect;
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment };
  const transport = new StdioClientTransport({ command, args: [...args], env, stderr: 'ignore' });
  return await ask(transport, server.calls);
}

/** The gateway with this server alone behind it, under its own names. */
export function gatewayFor(
  server: ForeignServer,
  tools: readonly string[],
): Promise<GatewayBefore> {
  const { connect, exceptions = [] } = server;
  return startGatewayBefore({ connect: { ...connect }, tools, exceptions });
}

export function askThrough(url: string, server: ForeignServer): Promise<Shown> {
  return ask(new StreamableHTTPClientTransport(new URL(url)), server.calls);
}

async function ask(transport: Transport, calls: readonly Call[]): Promise<Shown> {
  const client = new Client({ name: 'trial', version: '1' });
  await client.connect(transport);
  try {
    const tools: Tool[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor });
      tools.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    const answers: unknown[] = [];
    for (const call of calls) answers.push(await answered(client, call));
    return { tools: tools.toSorted(byName), answers };
  } finally {
    await client.close();
  }
}

async function answered(
  client: Client,
  { tool, arguments: given, differs, sameMedia }: Call,
): Promise<unknown> {
  try {
    const { _meta: _, ...answer } = await client.callTool({ name: tool, arguments: given });
    if (differs !== true) return answer;
    const media = sameMedia === true ? mediaOf(answer) : [];
    return [...Object.keys(answer).toSorted(), ...media];
  } catch (fault) {
    return String(fault);
  }
}

const byName = (a: Tool, b: Tool): number => (a.name < b.name ? -1 : 1);

/** Pictures, sounds and links, without the texts. */
function mediaOf(answer: object): readonly unknown[] {
  const { content } = answer as { content?: readonly { readonly type: string }[] };
  return (content ?? []).filter(({ type }) => type !== 'text');
}
