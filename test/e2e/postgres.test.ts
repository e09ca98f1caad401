import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestDatabase } from '../postgres/harness.ts';
import { cases } from './cases.ts';
import { spawnUp, startInstance } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const postgres = await startPostgres();

afterAll(async () => {
  if (postgres.kind === 'started') await postgres.server.stop();
});

function newDatabase(): Promise<TestDatabase> {
  if (postgres.kind === 'unavailable') throw new Error(postgres.reason);
  return postgres.server.createDatabase();
}

interface StoreArguments {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly password: string;
}

/** As a person would give them: the URL as a flag, the passwords in the environment. */
function storeArguments(database: TestDatabase, owner = true): StoreArguments {
  const url = new URL(database.connection);
  const { password } = url;
  url.password = '';
  return {
    args: ['--store', url.href],
    env: {
      BAILIWICK_STORE_PASSWORD: password,
      ...(owner ? { BAILIWICK_STORE_OWNER: database.migrationConnection } : {}),
    },
    password,
  };
}

describe.skipIf(postgres.kind === 'unavailable')('a governed call over PostgreSQL', () => {
  let world: RunningWorld;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await newDatabase();
    world = await startWorld('', storeArguments(database));
  });
  afterAll(async () => {
    await world?.close();
  });

  it.each(cases.map(({ title, run }) => [title, run] as const))('%s', async (_, run) => {
    await run(world);
  });

  it('keeps its state in the database alone, and its password nowhere', async () => {
    const { instance } = world;
    const { password } = storeArguments(database);
    const files = readdirSync(instance.folder, { recursive: true, withFileTypes: true });
    const databases = files.filter(({ name }) => name.endsWith('.sqlite'));
    // The index of the records is made of the log, and made anew where it is lost.
    const own = databases.filter(({ parentPath }) => !parentPath.endsWith('/data/index'));
    expect(own.map(({ name }) => name)).toEqual(['lock.sqlite']);
    const status: unknown = await instance.admin.request('GET', '/v1/status');
    const processes = execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' });
    expect(processes).toContain('--store');
    for (const text of [instance.output(), JSON.stringify(status), processes]) {
      expect(text).not.toContain(password);
    }
    for (const file of files) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      // A segment that is not needed any more may have gone since they were listed.
      if (!existsSync(path)) continue;
      expect(readFileSync(path).includes(password), file.name).toBe(false);
    }
  });

  it('is found again by the next start, with a role that migrates nothing', async () => {
    const { instance, upstream } = world;
    const before: Record<string, unknown> = await instance.admin.request('GET', '/v1/status');
    await instance.stop();
    const again = await startInstance({
      folder: instance.folder,
      credential: instance.credential,
      ...storeArguments(database, false),
    });
    try {
      const agent = await again.enrolAgent('worker');
      const seen = upstream.calls().length;
      const answer = await callTool(agent.fetch, again.gateway, 'fake.echo', { text: 'again' });
      expect(answer.text).toBe('{"text":"again"}');
      expect(upstream.calls().length).toBe(seen + 1);
      const status: Record<string, unknown> = await again.admin.request('GET', '/v1/status');
      expect(status['tools']).toEqual(before['tools']);
      expect(Number(status['instances'])).toBe(Number(before['instances']) + 1);
    } finally {
      await again.stop();
    }
  });
});

describe.skipIf(postgres.kind === 'unavailable')('a start on PostgreSQL that cannot be', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  async function failure({ args, env }: Pick<StoreArguments, 'args' | 'env'>): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-e2e-'));
    folders.push(folder);
    const ports = ['--gateway', '127.0.0.1:0', '--control', '127.0.0.1:0', '--no-demo'];
    const places = ['--data', join(folder, 'data'), '--keys', join(folder, 'keys')];
    const started = spawnUp([...places, ...ports, ...args], [], env);
    return started.then(
      ({ child }) => child.kill('SIGKILL'),
      (fault: { answer: unknown }) => fault.answer,
    );
  }

  it('says that the server does not answer, and how to help', async () => {
    expect(
      await failure({ args: ['--store', 'postgres://app@127.0.0.1:1/bw'], env: {} }),
    ).toMatchObject({
      code: 'store/unavailable',
      message: 'PostgreSQL at 127.0.0.1:1 does not answer',
      suggestedAction: expect.stringContaining('start it'),
    });
  });

  it('says that the password is wrong, without it', async () => {
    const { args } = storeArguments(await newDatabase());
    const answer = await failure({ args, env: { BAILIWICK_STORE_PASSWORD: 'wrong-password' } });
    expect(answer).toMatchObject({ message: expect.stringContaining('refuses the role') });
    expect(JSON.stringify(answer)).not.toContain('wrong-password');
  });

  it('says that the schema is not there, and who brings it forward', async () => {
    expect(await failure(storeArguments(await newDatabase(), false))).toMatchObject({
      code: 'store/older-version',
      suggestedAction: expect.stringContaining('BAILIWICK_STORE_OWNER'),
    });
  });

  it('says that the role has rights that it must not have', async () => {
    const database = await newDatabase();
    const { env } = storeArguments(database);
    const store = { BAILIWICK_STORE: database.adminConnection };
    expect(await failure({ args: [], env: { ...env, ...store } })).toMatchObject({
      message: expect.stringContaining('look past'),
    });
  });

  it('says that another control runs on the database', async () => {
    const database = await newDatabase();
    const first = await startInstance(storeArguments(database));
    try {
      expect(await failure(storeArguments(database))).toMatchObject({ code: 'store/locked' });
    } finally {
      await first.remove();
    }
  });
});
