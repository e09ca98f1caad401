import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installed } from '../clients/claim.ts';

const version = '26.7.3';
const folder = join(import.meta.dirname, '../../.runtime/keycloak');
const home = join(folder, `keycloak-${version}`);

export interface Keycloak {
  readonly url: string;
  /** The admin's own API, below the realms. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Undefined once it is there, else why it is not: it needs Java 17, Maven and a Maven repository. */
export function installKeycloak(): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true });
  const wanted = join(folder, 'wanted.txt');
  writeFileSync(wanted, version);
  return installed({
    wanted,
    stamp: join(folder, 'installed.txt'),
    claim: join(folder, '.installing'),
    install,
  });
}

function install(): string | undefined {
  const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`;
  const got = run('mvn', [
    '-q',
    '-B',
    'dependency:get',
    `-Dartifact=${artifact}`,
    '-Dtransitive=false',
  ]);
  if (got !== undefined) return got;
  const repository = join(homedir(), '.m2/repository/org/keycloak/keycloak-quarkus-dist', version);
  const zip = join(repository, `keycloak-quarkus-dist-${version}.zip`);
  rmSync(home, { recursive: true, force: true });
  const unzipped = run('python3', ['-m', 'zipfile', '-e', zip, folder]);
  return unzipped ?? run('chmod', ['+x', join(home, 'bin/kc.sh')]);
}

function run(command: string, args: readonly string[]): string | undefined {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 280_000 });
  if (done.status === 0) return undefined;
  return `${command}: ${done.error?.message ?? `${done.stdout}${done.stderr}`.slice(-400)}`;
}

const adminName = 'admin';

/** A real one, with these realms, on a free port of this machine; its data are gone with it. */
export async function startKeycloak(
  realms: (url: string) => readonly { readonly realm: string }[],
): Promise<Keycloak> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Its data lie below its home, which its script finds by itself: the files that are installed under other names.
  const own = mkdtempSync(join(folder, 'run-'));
  const copied = run('cp', ['-al', `${home}/.`, own]);
  if (copied !== undefined) throw new Error(copied);
  rmSync(join(own, 'data'), { recursive: true, force: true });
  mkdirSync(join(own, 'data/import'), { recursive: true });
  for (const realm of realms(url)) {
    writeFileSync(join(own, `data/import/${realm.realm}.json`), JSON.stringify(realm));
  }
  const child = spawn(
    join(own, 'bin/kc.sh'),
    [
      'start-dev',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      '--cache=local',
      '--import-realm',
      '--log-level=warn',
    ],
    {
      // A group of its own: its shell does not end what it started.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        KC_BOOTSTRAP_ADMIN_USERNAME: adminName,
        KC_BOOTSTRAP_ADMIN_PASSWORD: adminName,
        JAVA_OPTS_KC_HEAP: '-Xms128m -Xmx512m',
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-4_000)));
  }
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.pid !== undefined) {
      process.kill(-child.pid, 'SIGKILL');
      await ended;
    }
    rmSync(own, { recursive: true, force: true });
  };
  const isThere = () =>
    fetch(`${url}/realms/corp/.well-known/openid-configuration`).then(
      ({ ok }) => ok,
      () => false,
    );
  const until = Date.now() + 500_000;
  while (!(await isThere())) {
    if (Date.now() > until || child.exitCode !== null) {
      await stop();
      throw new Error(`Keycloak did not start: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return { url, stop, admin: (method, path, body) => askAdmin(url, method, path, body) };
}

async function askAdmin(url: string, method: string, path: string, body: unknown) {
  const got = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: adminName,
      password: adminName,
    }),
  });
  const { access_token: token } = (await got.json()) as { access_token: string };
  const answer = await fetch(`${url}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
