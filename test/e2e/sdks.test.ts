import { execFile, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAgent } from '../../sdk/index.ts';
import { listTools } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = process.env['PYTHON'] ?? 'python3';
const hasPython = spawnSync(python, ['-c', 'import venv, ensurepip']).status === 0;

let world: RunningWorld;
let folder: string;

beforeAll(async () => {
  world = await startWorld();
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-sdks-'));
});

afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function joinToken(): Promise<string> {
  const path = '/v1/agents/worker/join-token';
  const issued: Record<string, unknown> = await world.instance.admin.request('POST', path);
  return issued['joinToken'] as string;
}

const runFile = promisify(execFile);

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env = {},
): Promise<string> {
  const { PATH = '' } = process.env;
  const given = { cwd, env: { PATH, HOME: folder, ...env }, timeout: 240_000 };
  return (await runFile(command, args, given)).stdout;
}

const nodeProgram = `
import { openAgent } from '@bailiwick/sdk';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const { FILE, CONTROL, GATEWAY, TOKEN } = process.env;
const agent = await openAgent({ file: FILE, control: CONTROL, gateway: GATEWAY, joinToken: TOKEN });
const client = new Client({ name: 'stranger', version: '1' });
await client.connect(new StreamableHTTPClientTransport(new URL(GATEWAY), { fetch: agent.fetch }));
const { tools } = await client.listTools();
const answer = await client.callTool({ name: 'fake__echo', arguments: { text: 'from npm' } });
console.log(JSON.stringify({ instance: agent.identity.instance, tools: tools.length, answer }));
await client.close();
`;

describe('the package for Node', () => {
  it('is built, packed, installed into an empty folder, and works with the official MCP SDK', async () => {
    const packed = join(folder, 'packed');
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    cpSync(join(root, 'sdk', 'package.json'), join(packed, 'package.json'));
    cpSync(join(root, 'sdk', 'README.md'), join(packed, 'README.md'));
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    await run(tsc, ['-p', 'sdk/tsconfig.build.json', '--outDir', join(packed, 'dist')], root);
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], packed);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    writeFileSync(join(empty, 'package.json'), '{"type":"module"}');
    await run(
      'npm',
      ['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)],
      empty,
    );
    const installed = join(empty, 'node_modules');
    expect(readdirSync(installed).filter((name) => !name.startsWith('.'))).toEqual(['@bailiwick']);
    expect(readFileSync(join(installed, '@bailiwick/sdk/dist/index.d.ts'), 'utf8')).toContain(
      'openAgent',
    );
    symlinkSync(
      join(root, 'node_modules/@modelcontextprotocol'),
      join(installed, '@modelcontextprotocol'),
    );
    writeFileSync(join(empty, 'agent.js'), nodeProgram);
    const { console: control, gateway } = world.instance;
    const file = join(empty, 'identity.json');
    const env = { FILE: file, CONTROL: control, GATEWAY: gateway };
    const told = async (more = {}) =>
      JSON.parse(await run(process.execPath, ['agent.js'], empty, { ...env, ...more })) as Record<
        string,
        unknown
      >;
    const first = await told({ TOKEN: await joinToken() });
    expect(first['tools']).toBeGreaterThan(5);
    expect(JSON.stringify(first['answer'])).toContain('from npm');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // Without a token: it is the same instance as before.
    expect((await told())['instance']).toBe(first['instance']);
    const help = await run(
      process.execPath,
      [
        join(installed, '@bailiwick/sdk/dist/connect/bin.js'),
        '--print',
        'cursor',
        '--agent',
        'worker',
      ],
      empty,
    );
    expect(help).toContain('"@bailiwick/sdk"');
  }, 300_000);

  it('proves its key by the channel where it knows the certificate of the gateway', async () => {
    const file = join(folder, 'channel.json');
    const place = readFileSync(join(world.instance.data, 'run', 'instance.json'), 'utf8');
    const { gatewayCertificate: ca } = JSON.parse(place) as { gatewayCertificate: string };
    const { console: control, gatewayTls: gateway } = world.instance;
    const agent = await openAgent({ file, control, gateway, ca, joinToken });
    const list = await listTools(agent.fetch, gateway);
    expect(list.body.result?.tools?.length).toBeGreaterThan(5);
    await expect(agent.fetch('https://127.0.0.1:1/mcp')).rejects.toThrow('only');
    const stranger = await openAgent({ file, control, gateway, ca: '' }).then(({ fetch: own }) =>
      own(gateway).then(
        () => 'believed',
        () => 'not believed',
      ),
    );
    expect(stranger).toBe('not believed');
  });
});

const pythonProgram = `
import asyncio, json, os
from bailiwick import BailiwickAuth, open_identity
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

async def main():
    gateway = os.environ["GATEWAY"]
    identity = open_identity(os.environ["FILE"], control=os.environ["CONTROL"], gateway=gateway,
                             join_token=os.environ.get("TOKEN"))
    async with streamablehttp_client(gateway, auth=BailiwickAuth(identity)) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            answer = await session.call_tool("fake__echo", {"text": "from python"})
            print(json.dumps({"instance": identity.instance, "tools": len(tools),
                              "answer": [part.model_dump(mode="json") for part in answer.content]}))

asyncio.run(main())
`;

const secondPythonProgram = `
import asyncio, json, os
import httpx2
from bailiwick import BailiwickAuth, open_identity
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

async def main():
    gateway = os.environ["GATEWAY"]
    identity = open_identity(os.environ["FILE"], control=os.environ["CONTROL"], gateway=gateway)
    async with httpx2.AsyncClient(auth=BailiwickAuth(identity), timeout=30) as http:
        async with Client(streamable_http_client(gateway, http_client=http)) as client:
            tools = (await client.list_tools()).tools
            answer = await client.call_tool("fake__echo", {"text": "from python 2"})
            print(json.dumps({"instance": identity.instance, "tools": len(tools),
                              "answer": [part.model_dump(mode="json") for part in answer.content]}))

asyncio.run(main())
`;

describe.skipIf(!hasPython && process.env['CI'] === undefined)('the package for Python', () => {
  it('is installed into a fresh environment, passes its own tests, and works with both generations of the official MCP SDK', async () => {
    const source = join(folder, 'python');
    cpSync(join(root, 'sdk', 'python'), source, { recursive: true });
    await run(python, ['-m', 'venv', join(folder, 'venv')], folder);
    const inside = join(folder, 'venv', 'bin', 'python');
    const network = Object.fromEntries(
      Object.entries(process.env).filter(([name]) =>
        /^(?:PIP_|https?_proxy|HTTPS?_PROXY|SSL_CERT)/.test(name),
      ),
    );
    await run(inside, ['-m', 'pip', 'install', '-q', '.[test]', 'mcp<2'], source, network);
    await run(inside, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], source);
    writeFileSync(join(folder, 'agent.py'), pythonProgram);
    const { console: control, gateway } = world.instance;
    const file = join(folder, 'python.json');
    const env = { FILE: file, CONTROL: control, GATEWAY: gateway };
    const told = async (more = {}) =>
      JSON.parse(await run(inside, ['agent.py'], folder, { ...env, ...more })) as Record<
        string,
        unknown
      >;
    const first = await told({ TOKEN: await joinToken() });
    expect(first['tools']).toBeGreaterThan(5);
    expect(JSON.stringify(first['answer'])).toContain('from python');
    expect((await told())['instance']).toBe(first['instance']);
    // The second generation of the official SDK has an HTTP library of its own.
    await run(inside, ['-m', 'pip', 'install', '-q', 'mcp==2.3.0'], source, network);
    writeFileSync(join(folder, 'agent.py'), secondPythonProgram);
    const second = await told();
    expect(second['tools']).toBe(first['tools']);
    expect(second['instance']).toBe(first['instance']);
    expect(JSON.stringify(second['answer'])).toContain('from python 2');
    // One file for both: what Python enrolled, Node can load.
    const again = await openAgent({ file, control, gateway });
    expect(again.identity.instance).toBe(first['instance']);
  }, 300_000);
});
