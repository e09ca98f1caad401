import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { essence, invocation, serverEntry } from '#contracts/tool-server.suite.ts';
import type { PackagePin, ServerConnect } from '#kernel/snapshot.ts';
import { createStdioTransport } from './index.ts';
import { type PackageNeed, type Prepared, prepare } from './packages.ts';
import { treeDigest } from './tree-digest.ts';

const fake = fileURLToPath(
  new URL('../../../../test/fakes/fake-tool-server/main.ts', import.meta.url),
);
const root = mkdtempSync(join(tmpdir(), 'pins-'));
const packages = join(root, 'packages');
let registry: Server;
let registryUrl = '';
let integrity = '';
/** What others do while a package is on its way. */
let meanwhile: () => Promise<void> = async () => undefined;

/** A registry of npm with one package, which starts the fake server. */
beforeAll(async () => {
  const source = join(root, 'source');
  mkdirSync(source);
  const manifest = { name: 'pinned-server', version: '1.2.3', bin: { 'pinned-server': 'run.mjs' } };
  writeFileSync(join(source, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(source, 'run.mjs'),
    `#!/usr/bin/env node\nawait import(${JSON.stringify(fake)});\n`,
  );
  execFileSync('npm', ['pack', '--pack-destination', root], { cwd: source, stdio: 'pipe' });
  const tarball = readFileSync(join(root, 'pinned-server-1.2.3.tgz'));
  integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  registry = createServer(({ url = '' }, response) => {
    if (url.endsWith('.tgz')) return void meanwhile().then(() => response.end(tarball));
    const dist = { tarball: `${registryUrl}pinned-server-1.2.3.tgz`, integrity };
    const versions = { '1.2.3': { ...manifest, dist } };
    response.setHeader('content-type', 'application/json');
    return response.end(
      JSON.stringify({ name: manifest.name, 'dist-tags': { latest: '1.2.3' }, versions }),
    );
  });
  await new Promise<void>((done) => registry.listen(0, '127.0.0.1', done));
  const address = registry.address();
  registryUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}, 60_000);

afterAll(async () => {
  await new Promise((done) => registry.close(done));
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

async function ask(
  connect: { command: string; args: readonly string[]; package: PackagePin },
  name: string,
): Promise<unknown> {
  const environment = { npm_config_registry: registryUrl };
  const whole: ServerConnect = { kind: 'stdio', cwd: undefined, environment, ...connect };
  const transport = createStdioTransport({ homes: join(root, 'homes'), packages });
  const events = { listChanged: () => undefined, lateAnswer: () => undefined };
  const connection = transport.connect(serverEntry(whole, { name }), [], events, 'main');
  try {
    return essence(await connection.exchange(invocation('echo', { text: 'here' })));
  } finally {
    await connection.close();
  }
}

const works = { content: [{ text: 'here' }] };
const refused = { code: 'tools/package-mismatch', effect: 'none' };

describe('a program that is pinned', () => {
  const program = join(root, 'program');
  const text = `#!${process.execPath}\nimport(${JSON.stringify(fake)});\n`;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const connect = { command: program, args: ['stdio'], package: { kind: 'file', sha256 } } as const;

  it('is started from a copy that is what the pin says, and from nothing else [TOL-25]', async () => {
    writeFileSync(program, `${text}// more\n`, { mode: 0o700 });
    expect(await ask(connect, 'file')).toEqual(refused);
    writeFileSync(program, text);
    expect(await ask(connect, 'file')).toMatchObject(works);
    // What lies where it came from may change: it is not what is started.
    writeFileSync(program, 'exit 1');
    expect(await ask(connect, 'file')).toMatchObject(works);
    const copy = join(packages, 'main', 'file', sha256, 'program');
    rmSync(copy);
    writeFileSync(copy, `${text}// changed\n`, { mode: 0o700 });
    expect(await ask(connect, 'file')).toEqual(refused);
  }, 60_000);
});

/** Another process has a module of its own, and with it a queue of its own. */
async function anotherGateway(): Promise<typeof prepare> {
  vi.resetModules();
  const { prepare: other } = await import('./packages.ts');
  expect(other).not.toBe(prepare);
  return other;
}

function foldersOf(folder: string): readonly number[] {
  const names = readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
  return names.map((name) => statSync(join(folder, name)).ino);
}

function startOf(prepared: Prepared): readonly string[] {
  return 'why' in prepared ? [] : prepared.args;
}

describe('a package of npm that is pinned', () => {
  const needOf = (
    name: string,
    more: Partial<Extract<PackagePin, { kind: 'npm' }>> = {},
    environment: Readonly<Record<string, string>> = {},
  ): PackageNeed => ({
    packages: join(packages, name),
    connect: {
      kind: 'stdio',
      cwd: undefined,
      ...pinned(more),
      environment: { npm_config_registry: registryUrl, ...environment },
    },
  });
  const pinned = (more: Partial<Extract<PackagePin, { kind: 'npm' }>> = {}) => ({
    command: 'npx',
    args: ['-y', 'pinned-server@1.2.3', 'stdio'],
    package: {
      kind: 'npm' as const,
      name: 'pinned-server',
      version: '1.2.3',
      integrity,
      argumentsFrom: 2,
      ...more,
    },
  });

  it('is installed once, and started only while all of it is as it was [TOL-25]', async () => {
    expect(await ask(pinned(), 'npm')).toMatchObject(works);
    const folder = join(packages, 'main', 'npm');
    const [id = ''] = readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
    const tree = await treeDigest(join(folder, id));
    expect(await ask(pinned({ tree }), 'npm')).toMatchObject(works);
    expect(await ask(pinned({ tree: 'b'.repeat(64) }), 'npm')).toEqual(refused);
    writeFileSync(join(folder, id, 'node_modules', 'pinned-server', 'more.js'), '');
    expect(await ask(pinned(), 'npm')).toEqual(refused);
    expect(await ask(pinned({ tree }), 'npm')).toEqual(refused);
  }, 120_000);

  it('is installed by several gateways at once, and by none under the server of another [TOL-25]', async () => {
    const other = await anotherGateway();
    const need = needOf('together');
    let first: unknown;
    let folders: readonly number[] = [];
    meanwhile = async () => {
      meanwhile = async () => undefined;
      first = await other(need);
      folders = foldersOf(need.packages);
    };
    const second = await prepare(need);
    expect(second).toMatchObject({ command: process.execPath });
    expect([second, foldersOf(need.packages)]).toEqual([first, folders]);
    expect(folders.length).toBe(1);
    expect(readdirSync(need.packages).filter((name) => name.startsWith('new-'))).toEqual([]);
    const many = needOf('many');
    const all = await Promise.all([prepare(many), other(many), (await anotherGateway())(many)]);
    expect(all).toEqual([all[0], all[0], all[0]]);
    expect(all[0]).toMatchObject({ command: process.execPath });
  }, 120_000);

  it('stays as it was installed first, also where that was called by its package', async () => {
    const need = needOf('earlier');
    await prepare(need);
    const [id = ''] = readdirSync(need.packages).filter((name) => name.endsWith('.tree'));
    const tree = readFileSync(join(need.packages, id), 'utf8');
    const earlier = join(need.packages, id.slice(0, -'.tree'.length));
    renameSync(join(need.packages, tree), earlier);
    const [program = ''] = startOf(await prepare(need));
    expect(program.startsWith(`${earlier}/`)).toBe(true);
  }, 120_000);

  it('is not installed where it would have another tree than is pinned', async () => {
    const need = needOf('tree', { tree: 'b'.repeat(64) });
    expect(await prepare(need)).toMatchObject({ why: expect.stringContaining('as is pinned') });
    expect(foldersOf(need.packages)).toEqual([]);
  }, 120_000);

  it('is installed by our npm, whatever the environment of its document says', async () => {
    const own = { PATH: '/nowhere', HOME: '/nowhere', NODE_OPTIONS: '--nonsense' };
    const need = needOf('environment', {}, { ...own, NPM_CONFIG_CACHE: join(root, 'cache') });
    expect(await prepare(need)).toMatchObject({ command: process.execPath });
    expect(readdirSync(root)).not.toContain('cache');
  }, 120_000);

  it('is not started when its registry gives out another one, or none [TOL-25]', async () => {
    const other = `sha512-${'A'.repeat(86)}==`;
    expect(await ask(pinned({ integrity: other }), 'other')).toEqual(refused);
    expect(await ask(pinned({ version: '9.9.9' }), 'none')).toEqual(refused);
  }, 120_000);
});
