import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canHaveOwnDisk } from './instance.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** All that its help loads: a checkout in which nothing was installed yet. */
const parts = [
  'bailiwick',
  'package.json',
  'package-lock.json',
  'runtime',
  'src',
  'sdk',
  'scripts',
];

let folder: string;
let checkout: string;
let npmWasCalled: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-launcher-'));
  chmodSync(folder, 0o755);
  checkout = join(folder, 'checkout');
  for (const part of [...parts, 'bench', 'examples', 'test']) {
    cpSync(join(root, part), join(checkout, part), { recursive: true });
  }
  npmWasCalled = join(folder, 'npm-was-called');
  mkdirSync(join(folder, 'bin'));
  const npm = `#!/bin/sh\ntouch '${npmWasCalled}'\nexit 1\n`;
  writeFileSync(join(folder, 'bin', 'npm'), npm, { mode: 0o755 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** One that does not end by itself is ended, and its code is null. */
function launch(args: readonly string[], before: readonly string[] = []): Promise<Ran> {
  const [command = '', ...rest] = [...before, join(checkout, 'bailiwick'), ...args];
  const child = spawn(command, rest, {
    env: {
      PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
      BAILIWICK_NODE: process.execPath,
      BAILIWICK_HOME: join(folder, 'home'),
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    },
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, error })));
}

describe('the launcher', () => {
  it.each([
    [''],
    ['help'],
    ['--version'],
    ['up --help'],
    ['demo -h'],
    ['demo tamper --help'],
    ['test --help'],
    ['bench --help'],
    ['soak --help'],
    ['requirements -h'],
    ['audit verify --help'],
  ])('installs nothing for `%s`', async (line) => {
    const { code, out } = await launch(line === '' ? [] : line.split(' '));
    expect({ code, said: out !== '' }).toEqual({ code: 0, said: true });
    expect([existsSync(npmWasCalled), existsSync(join(checkout, 'node_modules'))]).toEqual([
      false,
      false,
    ]);
  });

  it('says at once that a checkout of somebody else cannot be written, and does not wait', async () => {
    const isRoot = process.getuid?.() === 0;
    const other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    if (!isRoot) chmodSync(checkout, 0o555);
    rmSync(join(checkout, '.runtime'), { recursive: true, force: true });
    const { code, error } = await launch(['up'], isRoot ? other : []);
    chmodSync(checkout, 0o755);
    expect(code).toBe(1);
    expect(error).toMatch(/\.runtime cannot be written[^]*what to do: /);
  });

  it('says the same at once where its file system is read-only', async () => {
    if (!canHaveOwnDisk()) {
      expect(spawnSync('unshare', ['-Urm', 'true']).status).not.toBe(0);
      return;
    }
    mkdirSync(join(checkout, '.runtime'), { recursive: true });
    const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const { code, error } = await launch(['up'], ['unshare', '-Urm', 'sh', '-c', mount, checkout]);
    expect({ code, error }).toMatchObject({ code: 1 });
    expect(error).toContain('.runtime cannot be written');
  });

  it('needs to write nothing once everything is installed', async () => {
    mkdirSync(join(checkout, 'node_modules'), { recursive: true });
    const stamp = join(checkout, 'node_modules', '.bailiwick-prod');
    cpSync(join(checkout, 'package-lock.json'), stamp);
    rmSync(join(checkout, '.runtime'), { recursive: true, force: true });
    const { code, error } = await launch(['status', '-o', 'json']);
    rmSync(join(checkout, 'node_modules'), { recursive: true });
    // Nothing runs: that is its answer, and not the installer's.
    expect({ code, error }).toEqual({ code: 5, error: '' });
    expect(existsSync(join(checkout, '.runtime'))).toBe(false);
  });
});
