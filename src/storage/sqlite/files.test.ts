import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import { beginTask, raiseIn } from '#contracts/begin-task.suite.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { migrations, schemaVersion } from '../sql/migrations.ts';
import { lockFolder, openSqliteStore } from './index.ts';

let folder = '';
const clock = new ManualClock();
const open = (): Promise<Store> => openSqliteStore({ folder, clock });
const systemFile = () => join(folder, 'system.sqlite');
const tenantFile = (tenant: string) => join(folder, 'tenants', `${tenant}.sqlite`);

async function fill(): Promise<void> {
  const store = await open();
  await raiseIn(store, 'acme', 's', ['integrity:untrusted']);
  await raiseIn(store, 'main', 's', ['confidentiality:secret']);
  await store.close();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the files of a store', () => {
  it('hold each tenant in a file of its own [DAT-01]', async () => {
    const store = await open();
    await raiseIn(store, 'acme', 'only-of-acme', ['integrity:untrusted']);
    await raiseIn(store, 'main', 'only-of-main', ['integrity:untrusted']);
    await store.close();
    expect(readdirSync(join(folder, 'tenants')).sort()).toEqual(['acme.sqlite', 'main.sqlite']);
    expect(readFileSync(tenantFile('acme')).includes('only-of-acme')).toBe(true);
    expect(readFileSync(tenantFile('acme')).includes('only-of-main')).toBe(false);
    expect(readFileSync(systemFile()).includes('only-of-')).toBe(false);
  });

  it('are still there after they were closed and opened again', async () => {
    await fill();
    const store = await open();
    expect((await store.labels.read('acme', 's')).labels).toEqual(['integrity:untrusted']);
    await store.close();
  });

  it('take no name of a tenant that could lead out of their folder', async () => {
    const store = await open();
    for (const name of ['', '..', '../x', 'a/b', 'A', '.a', 'a\u0000', 'a'.repeat(65)]) {
      await expect(store.labels.read(name, 's')).rejects.toMatchObject({ code: 'api/invalid' });
    }
    await store.close();
    expect(readdirSync(join(folder, 'tenants'))).toEqual([]);
  });

  it('belong to one opener at a time, and are free once it has closed', async () => {
    await fill();
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'store/locked' });
    expect((await first.labels.read('acme', 's')).labels).toEqual(['integrity:untrusted']);
    await first.close();
    await (await open()).close();
  });

  it('finish what was asked before they close, and take nothing afterwards', async () => {
    const store = await open();
    await store.labels.read('main', 's');
    await beginTask(store, { tenant: 'main', id: 's' });
    const where = { task: 's', session: 's' };
    const asked = store.labels.raise('main', where, ['integrity:untrusted'], 'a/b');
    await store.close();
    expect((await asked).labels).toEqual(['integrity:untrusted']);
    const late = store.labels.raise('main', where, ['confidentiality:secret'], 'a/b');
    await expect(late).rejects.toMatchObject({ code: 'store/unavailable' });
  });

  it('are refused, untouched, when they hold garbage, also in the middle', async () => {
    await fill();
    const store = await open();
    for (let i = 0; i < 200; i += 1) {
      await raiseIn(store, 'main', `session-${i}`, ['integrity:untrusted'], 'x'.repeat(200));
    }
    await store.close();
    const good = readFileSync(tenantFile('main'));
    const damaged = Buffer.from(good).fill(0xa5, 8_192, 20_480);
    for (const bytes of [Buffer.from('this is no database'.repeat(500)), damaged]) {
      writeFileSync(tenantFile('main'), bytes);
      await expect(open()).rejects.toMatchObject({
        code: 'store/corrupt',
        message: expect.stringContaining('main.sqlite'),
      });
      expect(readFileSync(tenantFile('main')).equals(bytes)).toBe(true);
    }
    writeFileSync(tenantFile('main'), good);
    await (await open()).close();
  });

  it('are missed when they vanish or are emptied, and never made anew in silence', async () => {
    await fill();
    const refused = { code: 'store/corrupt' };
    truncateSync(tenantFile('acme'), 0);
    await expect(open()).rejects.toMatchObject(refused);
    rmSync(tenantFile('acme'));
    await expect(open()).rejects.toMatchObject(refused);
    expect(existsSync(tenantFile('acme'))).toBe(false);
    rmSync(systemFile());
    await expect(open()).rejects.toMatchObject(refused);
    expect(existsSync(systemFile())).toBe(false);
  });

  it('are refused when another program made them', async () => {
    const other = new DatabaseSync(systemFile());
    other.exec('CREATE TABLE bookmarks (url TEXT)');
    other.close();
    await expect(open()).rejects.toMatchObject({ code: 'store/corrupt' });
  });

  it('are not opened when a newer version wrote them', async () => {
    await fill();
    const newer = new DatabaseSync(tenantFile('acme'));
    newer.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    newer.close();
    await expect(open()).rejects.toMatchObject({ code: 'store/newer-version' });
  });

  it('are brought forward from the first version with everything in them', async () => {
    const [first] = migrations;
    const old = new DatabaseSync(systemFile());
    for (const statement of first?.system ?? []) old.exec(statement);
    old.exec(`INSERT INTO meta (name, value) VALUES ('epoch', '7'); PRAGMA user_version = 1`);
    old.close();
    const store = await open();
    const lease = {
      id: 'l',
      tenant: 'main',
      agent: 'a',
      instance: 'i',
      target: 'tool:s',
      secret: 'x',
    };
    const opened = await store.leases.open({ ...lease, bound: 'process', openedAt: 1 });
    expect(opened.epoch).toBe(7);
    await store.close();
    const after = new DatabaseSync(systemFile());
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: schemaVersion });
    after.close();
  });

  it('that are from before there were sets of roles say of a person what they said', async () => {
    const old = new DatabaseSync(systemFile());
    for (const { system } of migrations.filter(({ version }) => version < 12)) {
      for (const statement of system) old.exec(statement);
    }
    for (const role of ['admin', 'approver', 'auditor', 'king']) {
      old
        .prepare(
          'INSERT INTO people (tenant, name, role, credential, created_at) VALUES (?,?,?,?,1)',
        )
        .run('main', role, role, `digest-${role}`);
    }
    old.exec('PRAGMA user_version = 11; PRAGMA application_id = 0x4261696c');
    old.close();
    const store = await open();
    const people = await store.people.list('main');
    expect(people.map(({ name, roles }) => [name, ...roles])).toEqual([
      ['admin', 'admin'],
      ['approver', 'approver'],
      ['auditor', 'auditor'],
      ['king'],
    ]);
    expect(await store.people.byCredential('digest-admin')).toMatchObject({ name: 'admin' });
    await store.close();
  });

  it('say that the disk is full, keep what was there, and go on when there is room', async () => {
    await fill();
    const small = await openSqliteStore({ folder, clock, pageLimit: 40 });
    const ask = (i: number, store: Store) =>
      store.grants.request(
        approvalRequest({ tenant: 'main', now: clock.now(), call: `call ${i}`, pendingLimit: 1e6 }),
      );
    const asked = await Promise.allSettled(Array.from({ length: 300 }, (_, i) => ask(i, small)));
    const kept = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = asked.filter((one) => one.status === 'rejected');
    expect(kept.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'store/full' });
    expect((await small.labels.read('main', 's')).labels).toEqual(['confidentiality:secret']);
    await small.close();
    const store = await open();
    for (const { id } of kept) expect((await store.grants.byId('main', id))?.id).toBe(id);
    expect(await store.grants.list({ tenant: 'main', limit: 1_000 })).toHaveLength(kept.length);
    expect((await ask(1_000, store)).state).toBe('pending');
    await store.close();
  });

  it('are the owner`s alone', async () => {
    await fill();
    expect(statSync(join(folder, 'tenants')).mode & 0o077).toBe(0);
    for (const path of [systemFile(), tenantFile('main'), tenantFile('acme')]) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });
});

describe('the lock of a data folder', () => {
  it('is held by one, and can be taken again after it was released', () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store/locked' }));
    lock.release();
    lock.release();
    lockFolder(folder).release();
  });

  it('dies with its process, however that ends', async () => {
    const child = fork(fileURLToPath(new URL('./lock-child.ts', import.meta.url)), [folder]);
    await once(child, 'message');
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store/locked' }));
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(folder).release();
  });

  it('says what is wrong when the folder cannot hold a lock', () => {
    expect(() => lockFolder(join(folder, 'no-such-folder'))).toThrow(
      expect.objectContaining({ code: 'store/unavailable' }),
    );
  });
});
