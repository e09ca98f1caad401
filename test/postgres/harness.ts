import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { asServiceUser, findBinaries, serviceUser } from './binaries.ts';

export interface TestDatabase {
  /** URL of the role that runs: no owner, no superuser, no BYPASSRLS. */
  readonly connection: string;
  /** URL of the role of gateways: as weak, and with a gateway's rights once it is named. */
  readonly gatewayConnection: string;
  /** URL of the owner of the database. */
  readonly migrationConnection: string;
  /** URL of the superuser, who sees every row: for what a test has to see or to break. */
  readonly adminConnection: string;
  drop(): Promise<void>;
}

export interface PostgresServer {
  readonly pid: number;
  createDatabase(): Promise<TestDatabase>;
  stop(): Promise<void>;
}

export type StartedPostgres =
  | { readonly kind: 'started'; readonly server: PostgresServer }
  | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * A real PostgreSQL for one test file: loopback only, a port of its own, scram, gone afterwards.
 * Where it cannot start the tests are skipped aloud, or fail when everything is required.
 */
export async function startPostgres(): Promise<StartedPostgres> {
  try {
    return { kind: 'started', server: await start() };
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    if (process.env['BAILIWICK_REQUIRE_ALL'] === '1') {
      throw new Error(`PostgreSQL is required and does not start: ${reason}`, { cause: fault });
    }
    console.warn(`SKIPPED: PostgreSQL does not start here: ${reason}`);
    return { kind: 'unavailable', reason };
  }
}

async function start(): Promise<PostgresServer> {
  const binaries = findBinaries();
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-postgres-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
    binaries.remove();
  };
  try {
    const password = randomBytes(16).toString('hex');
    initialise(binaries.native, folder, password);
    const { running, port } = await launch(binaries.native, folder, password);
    const admin = url('postgres', password, port, 'postgres');
    await createRoles(admin, password);
    let databases = 0;
    return {
      pid: running.pid ?? 0,
      async createDatabase() {
        databases += 1;
        const name = `test_${databases}`;
        await asAdmin(admin, [`CREATE DATABASE ${name} OWNER bailiwick_owner`]);
        return {
          connection: url('bailiwick_app', password, port, name),
          gatewayConnection: url('bailiwick_gateway', password, port, name),
          migrationConnection: url('bailiwick_owner', password, port, name),
          adminConnection: url('postgres', password, port, name),
          drop: () => asAdmin(admin, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]),
        };
      },
      async stop() {
        await end(running);
        remove();
      },
    };
  } catch (fault) {
    remove();
    throw fault;
  }
}

function url(user: string, password: string, port: number, database: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
}

function initialise(native: string, folder: string, password: string): void {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  chmodSync(folder, 0o755);
  if (serviceUser !== undefined) {
    for (const path of [data, passwordFile]) chownSync(path, serviceUser, serviceUser);
  }
  const [command, args] = asServiceUser(join(native, 'bin', 'initdb'), [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]);
  const done = spawnSync(command, args, { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } });
  if (done.status !== 0) {
    throw new Error(`initdb failed: ${done.error?.message ?? ''} ${done.stderr ?? ''}`);
  }
}

interface Launched {
  readonly running: ChildProcess;
  readonly port: number;
}

async function launch(native: string, folder: string, password: string): Promise<Launched> {
  // A port that was free may be taken a moment later; then another one is tried.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const [command, args] = asServiceUser(join(native, 'bin', 'postgres'), [
      '-D',
      join(folder, 'data'),
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
      '-c',
      'max_connections=200',
    ]);
    const running = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    });
    let log = '';
    running.stderr.setEncoding('utf8');
    running.stderr.on('data', (text: string) => {
      log = (log + text).slice(-4_000);
    });
    if (await isReady(running, url('postgres', password, port, 'postgres'))) {
      return { running, port };
    }
    await end(running);
    if (attempt === 3) throw new Error(`postgres does not get ready: ${log}`);
  }
}

async function isReady(running: ChildProcess, admin: string): Promise<boolean> {
  for (let i = 0; i < 300 && running.exitCode === null; i += 1) {
    try {
      await asAdmin(admin, ['SELECT 1']);
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return false;
}

async function createRoles(admin: string, password: string): Promise<void> {
  const weak = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS';
  await asAdmin(admin, [
    `CREATE ROLE bailiwick_owner LOGIN ${weak} PASSWORD '${password}'`,
    `CREATE ROLE bailiwick_app LOGIN ${weak} PASSWORD '${password}'`,
    `CREATE ROLE bailiwick_gateway LOGIN ${weak} PASSWORD '${password}'`,
  ]);
}

async function asAdmin(admin: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: admin, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function end(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  running.kill('SIGINT');
  await once(running, 'exit');
}
