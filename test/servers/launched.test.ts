import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStdioTransport } from '../../src/adapters/tool-server/stdio/index.ts';
import { invocation, serverEntry } from '../../src/contracts/tool-server.suite.ts';

/** A registry is asked, as at the first start of a server that people have: `./bailiwick soak` asks for it. */
const isAsked = process.env['BAILIWICK_STRANGERS'] === 'all';
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-launched-'));
const files = join(folder, 'files');
const python = join(folder, 'python', 'bin');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a document would say where packages come from behind a proxy or another registry. */
const ways = /^(?:https?_proxy|no_proxy|ssl_cert_file|node_extra_ca_certs|npm_config_.*|uv_.*)$/i;
const registries = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => ways.test(name)),
) as Record<string, string>;

function run(command: string, ...args: readonly string[]): void {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 200_000 });
  expect([command, done.status, done.stderr?.slice(-400)]).toEqual([command, 0, done.stderr]);
}

interface Launched {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly tool: string;
  readonly arguments: Record<string, string>;
}

/** Started in a home where nothing is yet; the time to download is its first look's. */
async function answerOf({ tool, arguments: args, ...program }: Launched): Promise<string> {
  const { environment = {} } = program;
  const connect = {
    kind: 'stdio',
    command: program.command,
    args: program.args,
    cwd: undefined,
    environment: { ...registries, ...environment },
  } as const;
  const connection = createStdioTransport({ homes: join(folder, 'homes') }).connect(
    { ...serverEntry(connect), name: program.command.replace(/^.*\//, ''), timeoutMs: 240_000 },
    [],
    { listChanged: () => undefined, lateAnswer: () => undefined },
    'main',
  );
  try {
    const { signal } = new AbortController();
    const tools = await connection.listTools({ lent: [], signal });
    expect(tools.map(({ name }) => name)).toContain(tool);
    return JSON.stringify(await connection.exchange(invocation(tool, args)));
  } finally {
    await connection.close();
  }
}

if (isAsked) {
  describe('a server that its launcher downloads', () => {
    beforeAll(() => {
      mkdirSync(files);
      writeFileSync(join(files, 'note.txt'), 'the harbour opens at six\n');
      run('python3', '-m', 'venv', join(folder, 'python'));
      run(join(python, 'pip'), 'install', '--quiet', '--disable-pip-version-check', 'uv==0.13.9');
    }, 300_000);

    it('starts by npx, in a home of its own, and answers', async () => {
      const answer = await answerOf({
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-filesystem', files],
        tool: 'read_text_file',
        arguments: { path: join(files, 'note.txt') },
      });
      expect(answer).toContain('the harbour opens at six');
    }, 300_000);

    it('starts by uvx, in a home of its own, and answers', async () => {
      const answer = await answerOf({
        command: join(python, 'uvx'),
        args: ['mcp-server-time', '--local-timezone', 'Europe/Paris'],
        // Else it downloads a Python too.
        environment: {
          UV_PYTHON: realpathSync(join(python, 'python')),
          PATH: [python, process.env['PATH'] ?? ''].join(delimiter),
        },
        tool: 'get_current_time',
        arguments: { timezone: 'Asia/Tokyo' },
      });
      expect(answer).toContain('Asia/Tokyo');
    }, 300_000);
  });
} else {
  describe('a server that its launcher downloads', () => {
    it('is tried by the soak, which may ask a registry', () => {
      const soak = readFileSync(join(import.meta.dirname, '../../scripts/soak.ts'), 'utf8');
      expect(soak).toContain('test/servers/launched.test.ts');
    });
  });
}
