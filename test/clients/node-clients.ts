import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type Attached, type ForeignClient, saidOf, thrownBy } from './client.ts';
import { inspector } from './inspector.ts';
import { stranger, strangerFile } from './strangers.ts';

/** The same names since the first of them. */
interface FirstClient {
  readonly Client: typeof Client;
}

interface FirstHttp {
  readonly StreamableHTTPClientTransport: new (
    url: URL,
    options: { readonly requestInit: RequestInit },
  ) => Transport;
}

interface FirstStdio {
  readonly StdioClientTransport: new (options: {
    readonly command: string;
    readonly args: string[];
    readonly stderr: 'ignore';
  }) => Transport;
}

const info = { name: 'stranger', version: '1' };
const authorized = (bearer: string) => ({ headers: { authorization: `Bearer ${bearer}` } });

/** The first generation of the TypeScript SDK: they differ in version only. */
function firstGeneration(version: string, name: string): ForeignClient {
  return {
    name: `typescript sdk ${version}`,
    runtime: 'node',
    async attach(url, bearer) {
      const at = (file: string) => import(stranger(`${name}/client/${file}.js`));
      const http = (await at('streamableHttp')) as FirstHttp;
      const options = { requestInit: authorized(bearer) };
      return await first(name, new http.StreamableHTTPClientTransport(new URL(url), options));
    },
  };
}

async function first(name: string, transport: Transport): Promise<Attached> {
  const module = (await import(stranger(`${name}/client/index.js`))) as FirstClient;
  const client = new module.Client(info);
  await client.connect(transport);
  return {
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    async call(tool, args) {
      let progress = 0;
      const onprogress = () => void (progress += 1);
      const asked = client.callTool({ name: tool, arguments: args }, undefined, { onprogress });
      return asked.then((result) => saidOf(result, progress), thrownBy);
    },
    close: () => client.close(),
  };
}

function secondGeneration(mode: 'legacy' | 'auto'): ForeignClient {
  return {
    name: `typescript sdk 2.4.0, ${mode}`,
    runtime: 'node',
    async attach(url, bearer) {
      const client = new SecondClient(info, { versionNegotiation: { mode } });
      const options = { requestInit: authorized(bearer) };
      await client.connect(new SecondTransport(new URL(url), options));
      return {
        list: async () => (await client.listTools()).tools.map((tool) => tool.name),
        async call(tool, args) {
          let progress = 0;
          const onprogress = () => void (progress += 1);
          const asked = client.callTool({ name: tool, arguments: args }, { onprogress });
          return asked.then((result) => saidOf(result, progress), thrownBy);
        },
        close: () => client.close(),
      };
    },
  };
}

interface AiTool {
  execute(args: unknown, options: unknown): Promise<unknown>;
}

interface AiModule {
  createMCPClient(options: unknown): Promise<{
    tools(): Promise<Record<string, AiTool>>;
    close(): Promise<void>;
  }>;
}

const aiSdk: ForeignClient = {
  name: 'ai with @ai-sdk/mcp 2.0.99',
  runtime: 'node',
  async attach(url, bearer) {
    const module = (await import(stranger('@ai-sdk/mcp'))) as AiModule;
    const client = await module.createMCPClient({
      transport: { type: 'http', url, ...authorized(bearer) },
    });
    const tools = await client.tools();
    return {
      list: () => Promise.resolve(Object.keys(tools)),
      async call(name, args) {
        // It knows only what was listed: what is asked under another name, no model can ask.
        const tool = tools[name];
        if (tool === undefined)
          return { as: 'protocol error', text: 'unknown to the client itself' };
        const options = { toolCallId: name, messages: [] };
        return tool.execute(args, options).then((result) => saidOf(result), thrownBy);
      },
      close: () => client.close(),
    };
  },
};

const mcpRemote: ForeignClient = {
  name: 'mcp-remote 0.15.1',
  runtime: 'node',
  async attach(url, bearer) {
    const path = stranger('sdk-1.23/client/stdio.js');
    const { StdioClientTransport } = (await import(path)) as FirstStdio;
    const args = [url, '--header', `Authorization:Bearer ${bearer}`, '--allow-http', '--transport'];
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [strangerFile('mcp-remote', 'dist/proxy.js'), ...args, 'http-only'],
      stderr: 'ignore',
    });
    return await first('sdk-1.23', transport);
  },
};

export const nodeClients: readonly ForeignClient[] = [
  firstGeneration('1.17.5', 'sdk-1.17'),
  firstGeneration('1.20.2', 'sdk-1.20'),
  firstGeneration('1.23.1', 'sdk-1.23'),
  firstGeneration('1.32.2', '@modelcontextprotocol/sdk'),
  secondGeneration('legacy'),
  secondGeneration('auto'),
  aiSdk,
  mcpRemote,
  inspector,
];
