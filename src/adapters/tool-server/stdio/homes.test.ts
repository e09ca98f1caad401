import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { essence, invocation, noEvents, serverEntry } from '#contracts/tool-server.suite.ts';
import type { ToolServerConnection } from '#contracts/tool-server.ts';
import { testHomes } from '../../../../test/fakes/test-homes.ts';
import { homeOf, removeHomes } from './homes.ts';
import { createStdioTransport } from './index.ts';

const homes = testHomes();
const { signal } = new AbortController();

interface Started {
  readonly tenant?: string;
  readonly name?: string;
  readonly command: string;
  readonly args: readonly string[];
}

function start({ tenant = 'main', name = 'srv', command, args }: Started): ToolServerConnection {
  const entry = serverEntry({ kind: 'stdio', command, args, cwd: undefined, environment: {} });
  return createStdioTransport({ homes }).connect({ ...entry, name }, [], noEvents, tenant);
}

/** Counts in a file of its home how often it was started, and tells it as the name of its one tool. */
const counts = `
  const { existsSync, readFileSync, writeFileSync } = require('node:fs');
  const file = require('node:os').homedir() + '/starts';
  const starts = existsSync(file) ? Number(readFileSync(file)) + 1 : 1;
  writeFileSync(file, String(starts));
  let rest = '';
  process.stdin.on('data', (chunk) => {
    rest += chunk;
    const lines = rest.split('\\n');
    rest = lines.pop();
    for (const line of lines) {
      const { id, method } = JSON.parse(line);
      if (id === undefined) continue;
      const result = method === 'initialize'
        ? { protocolVersion: '2025-11-25', capabilities: {} }
        : { tools: [{ name: 'start-' + starts, inputSchema: { type: 'object' } }] };
      process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
    }
  });`;

async function shown(connection: ToolServerConnection): Promise<readonly string[]> {
  try {
    return (await connection.listTools({ lent: [], signal })).map(({ name }) => name);
  } finally {
    await connection.close();
  }
}

const counting = { command: process.execPath, args: ['-e', counts] };

describe('the home of a tool server that runs as a process', () => {
  it('is its own and its owner’s alone, apart by tenant and server, and outlives it [TOL-12]', async () => {
    expect(await shown(start({ ...counting, name: 'one' }))).toEqual(['start-1']);
    expect(await shown(start({ ...counting, name: 'one' }))).toEqual(['start-2']);
    expect(await shown(start({ ...counting, name: 'two' }))).toEqual(['start-1']);
    expect(await shown(start({ ...counting, name: 'one', tenant: 'other' }))).toEqual(['start-1']);
    expect(statSync(homeOf(homes, 'main', 'one')).mode & 0o777).toBe(0o700);
  });

  it('is refused when others can look in, or when it is a link', async () => {
    const open = homeOf(homes, 'main', 'open');
    mkdirSync(open, { recursive: true });
    chmodSync(open, 0o755);
    await expect(shown(start({ ...counting, name: 'open' }))).rejects.toThrow(/home folder/);
    symlinkSync(homeOf(homes, 'main', 'one'), homeOf(homes, 'main', 'link'));
    await expect(shown(start({ ...counting, name: 'link' }))).rejects.toThrow(/home folder/);
    writeFileSync(homeOf(homes, 'main', 'file'), '');
    await expect(shown(start({ ...counting, name: 'file' }))).rejects.toThrow(/home folder/);
  });

  it('is made again when somebody took it away while the server runs', async () => {
    const connection = start({ ...counting, name: 'again' });
    expect((await connection.listTools({ lent: [], signal })).map(({ name }) => name)).toEqual([
      'start-1',
    ]);
    rmSync(homeOf(homes, 'main', 'again'), { recursive: true });
    await connection.close();
    expect(await shown(start({ ...counting, name: 'again' }))).toEqual(['start-1']);
  });

  it('goes when no document names its server any more, and nothing behind a link with it', async () => {
    const kept = homeOf(homes, 'main', 'kept');
    const gone = homeOf(homes, 'main', 'gone');
    for (const home of [kept, gone]) mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(join(kept, 'file'), '');
    symlinkSync(kept, join(gone, 'link'));
    await removeHomes(homes, (tenant, server) => tenant === 'main' && server === 'kept');
    expect([existsSync(kept), existsSync(gone)]).toEqual([true, false]);
    expect(readdirSync(kept)).toEqual(['file']);
    await removeHomes(join(homes, 'nothing'), () => false);
  });
});

/** Said aloud, because a run without it proves less. */
function isThere(what: string, command: string, args: readonly string[]): boolean {
  const found = spawnSync(command, args, { timeout: 20_000, stdio: 'ignore' }).status === 0;
  if (!found) console.warn(`NOT PROVED HERE: ${what}; \`${command} ${args.join(' ')}\` failed`);
  return found;
}

describe('programs that need a home', () => {
  it('start: `npx -y` with a package of the registry [SYS-043]', { timeout: 180_000 }, async () => {
    const memory = '@modelcontextprotocol/server-memory';
    if (!isThere('a server started by npx', 'npm', ['view', memory, 'version'])) return;
    const connection = start({ name: 'npx', command: 'npx', args: ['-y', memory] });
    expect(await shown(connection)).toContain('create_entities');
    expect(readdirSync(homeOf(homes, 'main', 'npx'))).toContain('.npm');
  });

  it('start: a Python server that keeps files at home and in its temporary folder', async () => {
    if (!isThere('a Python server', 'python3', ['--version'])) return;
    const script = `
import json, os, pathlib, sys, tempfile
(pathlib.Path.home() / 'kept').write_text('x')
scratch = tempfile.mkdtemp()
for line in sys.stdin:
    asked = json.loads(line)
    if 'id' not in asked: continue
    if asked['method'] == 'initialize':
        result = {'protocolVersion': '2025-06-18', 'capabilities': {}, 'serverInfo': {'name': 'p', 'version': '1'}}
    else:
        result = {'content': [{'type': 'text', 'text': scratch}]}
    print(json.dumps({'jsonrpc': '2.0', 'id': asked['id'], 'result': result}), flush=True)
`;
    const connection = start({ name: 'python', command: 'python3', args: ['-c', script] });
    const answer = essence(await connection.exchange(invocation('scratch', {})));
    await connection.close();
    const home = homeOf(homes, 'main', 'python');
    expect(JSON.stringify(answer)).toContain(join(home, 'tmp'));
    expect(existsSync(join(home, 'kept'))).toBe(true);
  });
});
