import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { estate } from './documents.ts';
import { type Instance, spawnUp, StartFailed, startInstance, stopChild } from './instance.ts';
import { descendants, lives } from './processes.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { callTool } from './wire.ts';
import { toolsAreServed } from './world.ts';

type Json = Record<string, unknown>;

const upEntry = fileURLToPath(new URL('../../src/programs/up/main.ts', import.meta.url));

/** A data and a key folder that served once and were left clean; tests break copies of them. */
let settled: string;
let credential: string;
let upstream: Upstream;
const folders: string[] = [];
const running: Instance[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-up-'));
  folders.push(folder);
  return folder;
}

function copyOfSettled(): string {
  const folder = newFolder();
  // Not cpSync: it forgets the modes of folders, and keys that others can reach are refused.
  execFileSync('cp', ['-a', `${settled}/.`, folder]);
  return folder;
}

async function start(options: Parameters<typeof startInstance>[0]): Promise<Instance> {
  const instance = await startInstance(options);
  running.push(instance);
  return instance;
}

function argsFor(folder: string, more: readonly string[] = []): string[] {
  const ports = ['--gateway', '127.0.0.1:0', '--control', '127.0.0.1:0', '--no-demo'];
  return ['--data', join(folder, 'data'), '--keys', join(folder, 'keys'), ...ports, ...more];
}

/** What a start that must fail says. */
async function failure(args: readonly string[]): Promise<Json> {
  try {
    const { child } = await spawnUp(args);
    await stopChild(child);
  } catch (fault) {
    if (fault instanceof StartFailed) return fault.answer;
    throw fault;
  }
  throw new Error('it started');
}

/** Every file that holds something, by digest; what only says who runs now is left out. */
function digests(folder: string): Record<string, string> {
  const passing = /\/run\/|lock\.sqlite|\.lock$|\/lock$|-shm$/;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !passing.test(file))
    .sort();
  return Object.fromEntries(
    files.map((file) => [
      file.slice(folder.length),
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    ]),
  );
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what);
}

beforeAll(async () => {
  upstream = await startUpstream();
  const instance = await startInstance({ documents: estate(upstream.url) });
  await instance.admin.request('PUT', '/v1/secrets/fake-key', { value: 'tok-123456789' });
  await toolsAreServed(instance);
  await instance.stop();
  settled = instance.folder;
  folders.push(settled);
  credential = instance.credential;
}, 60_000);

afterEach(async () => {
  for (const instance of running.splice(0)) await instance.stop('SIGKILL');
});

afterAll(async () => {
  await upstream?.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  readonly pid: number;
  readonly ended: Promise<number | null>;
  text(): string;
  kill(): void;
}

/** As a person starts it: words instead of JSON, and a process group of its own. */
function inTerminal(args: readonly string[]): Shown {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', upEntry, ...args],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const { pid } = child;
  if (pid === undefined) throw new Error('it did not start');
  return {
    pid,
    ended: new Promise((resolve) => child.once('close', resolve)),
    text: () => text,
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
    },
  };
}

describe('two starts', () => {
  it('on one data folder: the second is refused and the first goes on; on two folders both serve', async () => {
    const first = await start({ folder: copyOfSettled(), credential });
    const second = await failure(argsFor(first.folder));
    expect(second).toMatchObject({ event: 'failed', code: 'store/locked' });
    expect(String(second['message'])).toContain(first.data);
    expect(String(second['suggestedAction'])).toMatch(/another folder/);
    const agent = await first.enrolAgent('worker');
    expect((await callTool(agent.fetch, first.gateway, 'fake.echo', {})).text).toBe('{}');
    const beside = await start({ folder: copyOfSettled(), credential });
    expect(beside.gateway).not.toBe(first.gateway);
    const other = await beside.enrolAgent('worker');
    expect((await callTool(other.fetch, beside.gateway, 'fake.echo', {})).text).toBe('{}');
    expect((await callTool(agent.fetch, beside.gateway, 'fake.echo', {})).status).toBe(401);
  });

  it('on a port that is taken: says which, says what to do and loses nothing', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    const folder = copyOfSettled();
    for (const flag of ['--gateway', '--control', '--gateway-tls']) {
      const told = await failure([...argsFor(folder), flag, `127.0.0.1:${port}`]);
      expect({ flag, ...told }).toMatchObject({ flag, event: 'failed', code: 'up/port-taken' });
      expect(String(told['message'])).toContain(String(port));
      expect(String(told['suggestedAction'])).toMatch(/another address|free one/);
    }
    await new Promise((resolve) => holder.close(resolve));
    const after = await start({ folder, credential });
    const { agents }: Json = await after.admin.request('GET', '/v1/agents');
    expect((agents as Json[]).map(({ name }) => name)).toEqual(['reader', 'worker']);
  });
});

describe('a start that fails', () => {
  it('tells a person in words what is wrong, its code and what to do', async () => {
    const first = await start({ folder: copyOfSettled(), credential });
    const shown = inTerminal(argsFor(first.folder));
    expect(await shown.ended).toBe(7);
    expect(shown.text()).toMatch(
      /bailiwick could not start: .*\n {2}code: store\/locked\n {2}what to do: \S/,
    );
    const wrong = inTerminal(['--data']);
    expect(await wrong.ended).toBe(4);
    expect(wrong.text()).toContain('code: cli/usage');
  });
});

describe('a folder that is not as it was left', () => {
  interface Break {
    readonly what: string;
    readonly code: string;
    readonly keyFolder?: boolean;
    readonly damage: (folder: string) => void;
  }
  const storeFiles = (folder: string) =>
    readdirSync(join(folder, 'data', 'store'))
      .filter((file) => file.endsWith('.sqlite'))
      .map((file) => join(folder, 'data', 'store', file));
  const keyFiles = (folder: string) =>
    readdirSync(join(folder, 'keys'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('lock'))
      .map((entry) => join(entry.parentPath, entry.name));
  const breaks: readonly Break[] = [
    {
      what: 'a store file of other bytes',
      code: 'store/corrupt',
      damage: (folder) => {
        for (const file of storeFiles(folder))
          writeFileSync(file, 'this is no database'.repeat(600));
      },
    },
    {
      what: 'a store file with a broken page',
      code: 'store/corrupt',
      damage: (folder) => {
        for (const file of storeFiles(folder)) {
          const bytes = readFileSync(file);
          bytes.fill(0xaa, 4_096 + 200, Math.min(bytes.length, 4_096 * 6));
          writeFileSync(file, bytes);
        }
      },
    },
    {
      what: 'a store of a newer version',
      code: 'store/newer-version',
      damage: (folder) => {
        for (const file of storeFiles(folder)) {
          const database = new DatabaseSync(file);
          database.exec('PRAGMA user_version = 99');
          database.close();
        }
      },
    },
    {
      what: 'keys of other bytes',
      code: 'store/keys-unreadable',
      damage: (folder) => {
        for (const file of keyFiles(folder)) writeFileSync(file, 'garbage');
      },
    },
    {
      what: 'keys that are gone',
      code: 'store/keys-unreadable',
      damage: (folder) => rmSync(join(folder, 'keys'), { recursive: true }),
    },
    {
      what: 'half of the keys',
      code: 'store/keys-unreadable',
      damage: (folder) => rmSync(keyFiles(folder)[0] ?? ''),
    },
  ];

  it.each(breaks)('$what: $code, in words, and no byte is changed', async ({ code, damage }) => {
    const folder = copyOfSettled();
    damage(folder);
    const before = digests(folder);
    const told = await failure(argsFor(folder));
    expect(told).toMatchObject({ event: 'failed', code });
    expect(String(told['message'])).toMatch(/^[a-z`]/);
    expect(String(told['message'])).not.toContain('reached by others');
    expect(String(told['suggestedAction'])).toMatch(/\S/);
    expect(digests(folder)).toEqual(before);
  });
});

describe('documents', () => {
  const broken = {
    'a.yaml': 'kind: Agent\nname: worker\nspec: { owner: ada, purpose: [, manifest: work }\n',
    'b.yaml':
      'kind: Manifest\nname: work\nspec:\n  tools:\n    - tool: fake/echo\n      colour: red\n',
    'c.yaml':
      'kind: ToolServer\nname: fake\nspec:\n  connect: { url: "http://127.0.0.1:9/mcp" }\n  pin: fir',
    'd.yaml': 'kind: Agent\nname: half\nspec:\n  owner: ada@exa',
  };

  function folderOf(documents: Readonly<Record<string, string>>): string {
    const folder = newFolder();
    mkdirSync(join(folder, 'documents'));
    for (const [file, text] of Object.entries(documents)) {
      writeFileSync(join(folder, 'documents', file), text);
    }
    return folder;
  }

  it('are refused all or nothing, every problem with its file and line', async () => {
    const folder = folderOf(broken);
    const told = await failure(argsFor(folder, ['--config', join(folder, 'documents')]));
    expect(told).toMatchObject({ event: 'failed', code: 'config/invalid' });
    const problems = (told['details'] as { problems: string[] }).problems;
    for (const file of Object.keys(broken)) {
      expect(problems.some((one) => new RegExp(`${file}:\\d+`).test(one))).toBe(true);
    }
    expect(problems.find((one) => one.includes('b.yaml'))).toMatch(/b\.yaml:6\b/);
    expect(problems.find((one) => one.includes('c.yaml'))).toMatch(/c\.yaml:5\b/);
  });

  it('that broke since the last start change nothing of what is in force', async () => {
    const folder = copyOfSettled();
    const documents = folderOf({ ...broken });
    const told = await failure(argsFor(folder, ['--config', join(documents, 'documents')]));
    expect(told['code']).toBe('config/invalid');
    const after = await start({ folder, credential });
    const { agents }: Json = await after.admin.request('GET', '/v1/agents');
    expect((agents as Json[]).map(({ name }) => name)).toEqual(['reader', 'worker']);
  });
});

describe('a second start', () => {
  it('keeps agents, pins, approvals, secrets and the credential', async () => {
    const folder = copyOfSettled();
    const first = await start({ folder, credential });
    const agent = await first.enrolAgent('worker');
    const held = await callTool(agent.fetch, first.gateway, 'fake.pay', { to: 'b', amount: 5 });
    expect(held.told?.code).toBe('approvals/pending');
    expect(await first.stop('SIGINT')).toBe(0);
    // How fast it is ready is measured by `./bailiwick bench`, on a machine that does nothing else.
    const second = await start({ folder, credential });
    const { agents }: Json = await second.admin.request('GET', '/v1/agents');
    const worker = (agents as Json[]).find(({ name }) => name === 'worker');
    expect(JSON.stringify(worker)).toContain(agent.identity.instance);
    const { approvals }: Json = await second.admin.request('GET', '/v1/approvals?state=pending');
    expect((approvals as Json[]).map(({ id }) => id)).toContain(held.told?.approval);
    const { tools }: Json = await second.admin.request('GET', '/v1/tools');
    expect((tools as Json[]).every(({ state }) => state === 'pinned')).toBe(true);
    const { secrets }: Json = await second.admin.request('GET', '/v1/secrets');
    expect(secrets).toEqual([{ name: 'fake-key', version: 1 }]);
  });
});

describe('the end', () => {
  it('by Ctrl-C is clean: exit 0 and nothing is left running', async () => {
    const instance = await start({ folder: copyOfSettled(), credential });
    const family = descendants(instance.pid);
    expect(family.length).toBeGreaterThanOrEqual(2);
    expect(await instance.stop('SIGINT')).toBe(0);
    expect(family.filter(lives)).toEqual([]);
    expect(instance.output()).not.toMatch(/Error|unhandled/i);
  });

  it.each([
    ['Ctrl-C in a terminal', 'SIGINT'],
    ['an end of the whole group', 'SIGTERM'],
    ['a closed terminal', 'SIGHUP'],
  ] as const)(
    'by %s, which every program hears, is as clean, and tells what goes on',
    async (_, signal) => {
      const folder = copyOfSettled();
      const shown = inTerminal(argsFor(folder));
      try {
        await until(() => shown.text().includes('Bailiwick is up'), shown.text());
        expect(shown.text()).toMatch(/control: \S/);
        // Somebody is set up: a link of the first start is not offered again.
        expect(shown.text()).not.toContain('#setup=');
        expect(shown.text()).toMatch(/console +http:\/\/127/);
        const family = descendants(shown.pid);
        process.kill(-shown.pid, signal);
        expect(await shown.ended).toBe(0);
        expect(shown.text()).toContain('stopping');
        expect(shown.text()).not.toMatch(/starting it again|Error|unhandled/);
        expect(family.filter(lives)).toEqual([]);
      } finally {
        shown.kill();
      }
    },
  );

  it('by kill -9 of the supervisor leaves nobody serving, and the folder opens again', async () => {
    const instance = await start({ folder: copyOfSettled(), credential });
    const family = descendants(instance.pid);
    await instance.stop('SIGKILL');
    await until(() => !family.some(lives), `orphans: ${family.filter(lives).join(', ')}`);
    await expect(fetch(instance.gateway)).rejects.toThrow();
    const again = await start({ folder: instance.folder, credential });
    const agent = await again.enrolAgent('worker');
    expect((await callTool(agent.fetch, again.gateway, 'fake.echo', {})).text).toBe('{}');
  });
});
