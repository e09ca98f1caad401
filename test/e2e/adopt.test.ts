import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClientFile } from '../../src/cli/adopt/client-file.ts';
import { runCli, until } from './cli.ts';
import { compiled, type Instance, startInstance } from './instance.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const packages = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol', import.meta.url),
);
const program = (name: string) => join(packages, name, 'dist/index.js');
const secrets = {
  argument: `ghp_${'a1B2c3D4e5F6'.repeat(3)}`,
  variable: 'correct-horse-battery',
  header: `fake-${crypto.randomUUID()}`,
  short: 'hunter22',
  query: 'open-sesame',
};

let folder: string;
let file: string;
let original: string;
let instance: Instance;
let upstream: Upstream;

const cli = (...args: string[]) =>
  runCli({ home: join(folder, 'home'), data: instance.data }, args);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-adopt-'));
  mkdirSync(join(folder, 'files'));
  mkdirSync(join(folder, 'home'));
  mkdirSync(join(folder, '.cursor'));
  writeFileSync(join(folder, 'files', 'note.txt'), 'the harbour opens at six\n');
  upstream = await startUpstream();
  instance = await startInstance({ folder: join(folder, 'instance') });
  const known = JSON.stringify({ [instance.data]: instance.credential });
  writeFileSync(join(folder, 'home', 'credentials.json'), known, { mode: 0o600 });
  file = join(folder, '.cursor', 'mcp.json');
  original = `{
  // what I use every day
  "mcpServers": {
    "Files": {
      "command": ${JSON.stringify(process.execPath)},
      "args": [${JSON.stringify(program('server-filesystem'))}, ${JSON.stringify(join(folder, 'files'))}],
    },
    "everything": {
      "command": ${JSON.stringify(process.execPath)},
      "args": [${JSON.stringify(program('server-everything'))}, "stdio", "--token=${secrets.argument}", "-p", "${secrets.short}"],
      "env": { "DB_PASSWORD": "${secrets.variable}", "LOG_LEVEL": "debug" },
    },
    "far": {
      "url": "${upstream.url}?team=blue&api_key=${secrets.query}",
      "headers": { "Authorization": "Bearer ${secrets.header}", "X-Team": "blue" },
    },
    "old": { "type": "sse", "url": "https://example.com/sse" },
  },
}
`;
  writeFileSync(file, original, { mode: 0o640 });
}, 120_000);

afterAll(async () => {
  await instance?.remove();
  await upstream?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  readonly servers: { server: string; secrets: { where: string; secret: string }[] }[];
  readonly left: { entry: string; why: string }[];
  readonly tools?: string[];
  readonly kept?: string;
}

/** What whoever lists processes sees of one. */
function commandOf(pid: string): readonly string[] {
  try {
    return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
  } catch {
    return [];
  }
}

const naming = (secret: string) => ({
  connect: { command: process.execPath },
  credential: { secret, environment: 'TOKEN' },
});

describe('a client that is adopted', () => {
  it('is told first what would be done, and nothing is done', async () => {
    const answer = await cli('adopt', file, '--dry-run', '-o', 'json');
    expect(answer.code).toBe(0);
    const shown = answer.json() as unknown as Shown;
    expect(shown.servers.map(({ server }) => server)).toEqual(['files', 'everything', 'far']);
    expect(shown.servers.flatMap((one) => one.secrets)).toEqual([
      { where: 'env DB_PASSWORD', secret: 'everything-db-password', sure: true },
      { where: 'argument 3', secret: 'everything-token', sure: true },
      { where: 'argument 5', secret: 'everything-p', sure: false },
      { where: 'header Authorization', secret: 'far-authorization', sure: true },
      { where: 'query api_key', secret: 'far-api-key', sure: true },
    ]);
    expect(shown.left).toMatchObject([{ entry: 'old' }]);
    for (const secret of Object.values(secrets)) expect(answer.stdout).not.toContain(secret);
    expect(readFileSync(file, 'utf8')).toBe(original);
  });

  it('has its servers behind the gateway, its secrets in the vault, and one bridge; a second look finds nothing [CRD-21]', async () => {
    const answer = await cli(
      'adopt',
      file,
      '--agent',
      'editor',
      '--owner',
      'ada@example.com',
      '-o',
      'json',
    );
    expect([answer.code, answer.stderr]).toEqual([0, expect.any(String)]);
    const shown = answer.json() as unknown as Shown;
    expect(shown.tools).toEqual(
      expect.arrayContaining(['files/read_text_file', 'everything/echo', 'far/echo']),
    );
    const written = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(written).toContain('// what I use every day');
    expect(written).toContain('https://example.com/sse');
    const documents = JSON.stringify(await instance.admin.request('GET', '/v1/documents'));
    for (const secret of Object.values(secrets)) {
      expect(written).not.toContain(secret);
      expect(documents).not.toContain(secret);
      expect(answer.stdout + answer.stderr).not.toContain(secret);
    }
    expect(statSync(join(String(shown.kept), 'original')).mode & 0o777).toBe(0o600);
    const tools: Record<string, unknown> = await instance.admin.request('GET', '/v1/tools');
    const states = (tools['tools'] as { state: string }[]).map(({ state }) => state);
    expect(states.filter((state) => state === 'pinned').length).toBe(shown.tools?.length);
    const again = (await cli('adopt', file, '--dry-run', '-o', 'json')).json() as unknown as Shown;
    expect([again.servers, again.left.map(({ entry }) => entry)]).toEqual([[], ['old']]);
  }, 300_000);

  it('goes on to work through what its file starts now, with the secrets lent', async () => {
    const { entries } = readClientFile(readFileSync(file));
    const bridge = entries.find(({ name }) => name === 'bailiwick')?.value;
    const args = bridge?.['args'] as string[];
    const entry = fileURLToPath(new URL('../../src/programs/connect/main.ts', import.meta.url));
    const client = new Client({ name: 'cursor', version: '1' });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', entry, ...args.slice(1)],
        env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compiled },
        stderr: 'ignore',
      }),
    );
    const read = {
      name: 'files__read_text_file',
      arguments: { path: join(folder, 'files', 'note.txt') },
    };
    expect(JSON.stringify(await client.callTool(read))).toContain('the harbour opens at six');
    const seen = JSON.stringify(
      await client.callTool({ name: 'everything__get-env', arguments: {} }),
    );
    expect(seen).toContain('DB_PASSWORD');
    expect(seen).not.toContain(secrets.variable);
    const write = { path: join(folder, 'files', 'fresh.txt'), content: 'the tide turns at nine' };
    const wrote = await client.callTool({ name: 'files__write_file', arguments: write });
    expect([wrote.isError, readFileSync(write.path, 'utf8')]).toEqual([undefined, write.content]);
    await client.callTool({ name: 'far__echo', arguments: { text: 'hello' } });
    const lent = JSON.stringify(upstream.calls().map(({ headers }) => headers));
    expect(lent).toContain(`Bearer ${secrets.header}`);
    const urls = upstream.calls().map(({ headers, url }) => [headers['x-team'], url]);
    expect(urls).toContainEqual(['blue', `/mcp?team=blue&api_key=${secrets.query}`]);
    const commands = readdirSync('/proc').flatMap((pid) => commandOf(pid));
    const holding = commands.filter((one) => one.includes(secrets.argument));
    expect(new Set(holding.map((one) => one.split('\0')[0]))).toEqual(new Set([process.execPath]));
    await client.close();
  }, 120_000);

  it('writes while it is observed, and the record says what enforcing would have done [TOL-24]', async () => {
    const ask = () => cli('audit', 'tail', '--agent', 'editor', '-o', 'json');
    const tail = await until(ask, ({ stdout }) => stdout.includes('tool:files/write_file'));
    const records = tail.json()['records'] as { record: Record<string, unknown> }[];
    const wrote = records.find(({ record }) => JSON.stringify(record).includes('write_file'));
    expect(wrote?.record['wouldHave']).toMatchObject({
      phase: 'observe',
      effect: 'hold',
      codes: ['approvals/pending'],
    });
  }, 120_000);

  it('has a manifest suggested for what it really called', async () => {
    const ask = () => cli('suggest', 'manifest', '--agent', 'editor', '--since', '1h');
    const answer = await until(ask, ({ stdout }) => stdout.includes('far/echo'));
    expect(answer.stdout).toMatch(/# Suggested from 4 calls of agent editor/);
    expect(answer.stdout).toContain('kind: Manifest\nname: editor\nspec:\n  tools:');
    expect(answer.stdout).toContain('"tool":"files/read_text_file"');
    expect(answer.stdout).not.toContain('edit_file');
    const yaml = await cli('suggest', 'manifest', '--agent', 'editor', '-o', 'yaml');
    expect(yaml.code).toBe(0);
    expect((await cli('suggest', 'manifest', '--agent', 'nobody')).code).toBe(3);
  }, 120_000);

  it('gets its file back byte for byte, and what was made is gone', async () => {
    const written = readFileSync(file);
    writeFileSync(file, `${written.toString()}\n`);
    const refused = await cli('adopt', file, '--undo');
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining('was changed since'),
    ]);
    writeFileSync(file, written);
    const note = { kind: 'ToolServer', name: 'note', spec: naming('everything-token') };
    await instance.admin.request('POST', '/v1/documents', note);
    const partly = await cli('adopt', file, '--undo');
    expect([partly.code, partly.stdout]).toEqual([
      1,
      expect.stringContaining('stays: secret everything-token: ToolServer note names the secret'),
    ]);
    expect(partly.stdout).toContain('it is not all undone');
    expect(readFileSync(file, 'utf8')).toBe(original);
    await instance.admin.request('POST', '/v1/documents/ToolServer/note/remove', {});
    const answer = await cli('adopt', file, '--undo', '-o', 'json');
    expect([answer.code, answer.json()]).toEqual([0, expect.objectContaining({ stays: [] })]);
    expect(await instance.admin.request('GET', '/v1/secrets')).toEqual({ secrets: [] });
    expect(readFileSync(file, 'utf8')).toBe(original);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(await instance.admin.request('GET', '/v1/documents')).toEqual({ documents: [] });
    expect((await cli('adopt', file, '--undo')).code).toBe(4);
  }, 120_000);

  it('is taken over again after that, as on the first day', async () => {
    const who = ['--agent', 'editor', '--owner', 'ada@example.com'];
    const again = await cli('adopt', file, ...who, '-o', 'json');
    expect([again.code, again.stderr]).toEqual([0, expect.any(String)]);
    const shown = again.json() as unknown as Shown;
    expect(shown.tools).toEqual(expect.arrayContaining(['files/read_text_file', 'far/echo']));
    const undone = await cli('adopt', file, '--undo', '-o', 'json');
    expect([undone.code, undone.json()]).toEqual([0, expect.objectContaining({ stays: [] })]);
  }, 120_000);

  it('that shows nothing keeps its file, and nothing is left behind', async () => {
    const lone = join(folder, 'lone.json');
    const text = '{"mcpServers":{"gone":{"command":"/nonexistent/server"}}}';
    writeFileSync(lone, text);
    const answer = await cli('adopt', lone, '--wait', '2');
    expect([answer.code, answer.stderr]).toEqual([
      4,
      expect.stringContaining('no server showed a tool: gone'),
    ]);
    expect(readFileSync(lone, 'utf8')).toBe(text);
    expect(await instance.admin.request('GET', '/v1/documents')).toEqual({ documents: [] });
  }, 120_000);
});
