import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnBridge } from './bridge.ts';
import { runCli, until } from './cli.ts';
import { compiled } from './instance.ts';
import { childOf } from './processes.ts';
import { type RunningWorld, startWorld } from './world.ts';

const entry = fileURLToPath(new URL('../../src/programs/connect/main.ts', import.meta.url));

let world: RunningWorld;
let home: string;

beforeAll(async () => {
  world = await startWorld();
  home = mkdtempSync(join(tmpdir(), 'bailiwick-connect-'));
  const { credential, data } = world.instance;
  writeFileSync(join(home, 'credentials.json'), JSON.stringify({ [data]: credential }), {
    mode: 0o600,
  });
});

afterAll(async () => {
  await world?.close();
  rmSync(home, { recursive: true, force: true });
});

async function joinToken(agent: string): Promise<string> {
  const path = `/v1/agents/${agent}/join-token`;
  const issued: Record<string, unknown> = await world.instance.admin.request('POST', path);
  return issued['joinToken'] as string;
}

const words = (...more: string[]) => ['--agent', 'worker', '--data', world.instance.data, ...more];

function stdio(...more: string[]) {
  const args = ['--disable-warning=ExperimentalWarning', entry, ...words(...more)];
  const env = {
    PATH: process.env['PATH'] ?? '',
    BAILIWICK_HOME: home,
    NODE_COMPILE_CACHE: compiled,
  };
  return { command: process.execPath, args, env, stderr: 'pipe' as const };
}

async function legacyClient(...more: string[]) {
  const client = new Client({ name: 'stranger', version: '1' });
  const transport = new StdioClientTransport(stdio(...more));
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await client.connect(transport);
  return { client, transport, said: () => said };
}

const textOf = (result: unknown): string =>
  (result as { content: { text?: string }[] }).content.map((part) => part.text ?? '').join('\n');

describe('a client that starts a bridge', () => {
  it('of the first SDK generation enrols once, lists and calls, and its key is in a file of its own', async () => {
    const first = await legacyClient();
    const { tools } = await first.client.listTools();
    expect(tools.map(({ name }) => name)).toContain('fake__echo');
    const answer = await first.client.callTool({
      name: 'fake__echo',
      arguments: { text: 'hello' },
    });
    expect(textOf(answer)).toContain('hello');
    expect(first.said()).toContain('enrolled worker as instance');
    await first.client.close();
    const second = await legacyClient();
    await second.client.listTools();
    expect(second.said()).not.toContain('enrolled');
    await second.client.close();

    const [place = ''] = readdirSync(join(home, 'connect'));
    const file = join(home, 'connect', place, 'worker.default.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain('PRIVATE KEY');
  });

  it('of the second generation finds the modern revision through it', async () => {
    const client = new ModernClient(
      { name: 'stranger', version: '2' },
      { versionNegotiation: { mode: 'auto' } },
    );
    await client.connect(new ModernStdio(stdio('--client', 'modern')));
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    const answer = await client.callTool({ name: 'fake__echo', arguments: { text: 'modern' } });
    expect(textOf(answer)).toContain('modern');
    await client.close();
  });

  it('hears a clear error for a call that was open when the gateway was killed, and goes on afterwards', async () => {
    const { client } = await legacyClient();
    await client.listTools();
    const open = client.callTool({ name: 'fake__sleep', arguments: { ms: 4_000 } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    process.kill(childOf(world.instance.pid, 'programs/gateway/main.ts'), 'SIGKILL');
    const lost = await open;
    expect(lost['isError']).toBe(true);
    expect(JSON.parse(textOf(lost))).toMatchObject({
      code: 'connect/gateway-lost',
      effect: 'unknown',
    });
    // Asked while nobody listens: it waits until somebody does.
    const { tools } = await client.listTools();
    expect(tools.length).toBeGreaterThan(0);
    const answer = await client.callTool({ name: 'fake__echo', arguments: { text: 'again' } });
    expect(textOf(answer)).toContain('again');
    await client.close();
  });

  it('ends with its client, and with code 0', async () => {
    const bridge = spawnBridge(entry, words(), home);
    bridge.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    await bridge.next();
    bridge.end();
    expect(await bridge.code).toBe(0);
  });
});

describe('a bridge that cannot begin', () => {
  it('says what is missing in a sentence, on standard error alone', async () => {
    const nobody = mkdtempSync(join(tmpdir(), 'bailiwick-nobody-'));
    const bridge = spawnBridge(entry, words(), nobody);
    expect(await bridge.code).toBe(3);
    expect(bridge.stdout()).toBe('');
    expect(bridge.stderr()).toContain('`worker` is not enrolled here, and there is no join token');
    const usage = spawnBridge(entry, ['--agnet', 'x'], nobody);
    expect(await usage.code).toBe(4);
    const away = spawnBridge(entry, ['--agent', 'worker', '--data', nobody], nobody);
    expect(await away.code).toBe(5);
    rmSync(nobody, { recursive: true, force: true });
  });

  it('enrols with a join token of another, once, and never for another agent', async () => {
    const guest = mkdtempSync(join(tmpdir(), 'bailiwick-guest-'));
    const token = join(guest, 'token.txt');
    writeFileSync(token, `${await joinToken('reader')}\n`);
    const wrong = spawnBridge(entry, words('--join-token-file', token, '--enrol'), guest);
    expect(await wrong.code).toBe(3);
    expect(wrong.stderr()).toContain('the join token was for `reader`, not for `worker`');
    writeFileSync(token, await joinToken('reader'));
    const args = ['--agent', 'reader', '--data', world.instance.data, '--enrol'];
    const right = spawnBridge(entry, [...args, '--join-token-file', token], guest);
    expect(await right.code).toBe(0);
    rmSync(guest, { recursive: true, force: true });
  });

  it('does not bring back what was revoked', async () => {
    const bridge = spawnBridge(entry, words('--client', 'lost', '--enrol'), home);
    expect(await bridge.code).toBe(0);
    const instance = /as instance (\S+);/.exec(bridge.stderr())?.[1] ?? '';
    await world.instance.admin.request('POST', `/v1/instances/${instance}/revoke`, {
      reason: 'lost',
    });
    const asked = spawnBridge(entry, words('--client', 'lost'), home);
    asked.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const answer = await asked.next();
    expect(answer['error']).toBeDefined();
    asked.end();
    expect(await asked.code).toBe(0);
    const agents: Record<string, unknown> = await world.instance.admin.request('GET', '/v1/agents');
    const all = JSON.stringify(agents['agents']);
    expect(all.split(instance).length).toBe(2);
  });
});

describe('what a client is told to write down', () => {
  it('is printed by the command line, without a secret, and starts', async () => {
    const place = { home, data: world.instance.data };
    const args = ['connect', '--agent', 'worker', '--print', 'claude-code'];
    const answer = await until(
      () => runCli(place, [...args, '-o', 'json']),
      ({ code }) => code === 0,
    );
    const { text } = answer.json();
    const config = JSON.parse(String(text)) as { mcpServers: Record<string, { args: string[] }> };
    expect(config.mcpServers['bailiwick']?.args).toEqual([
      'connect',
      '--agent',
      'worker',
      '--client',
      'claude-code',
      '--home',
      home,
      '--data',
      world.instance.data,
    ]);
    const unknown = await runCli(place, ['connect', '--agent', 'worker', '--print', 'emacs']);
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toContain('claude-desktop, claude-code, cursor, vscode, codex, gemini');
  });
});
