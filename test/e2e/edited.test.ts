import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlClient, createControlClient } from '../../sdk/index.ts';
import { type Instance, startInstance } from './instance.ts';

type Json = Record<string, unknown>;

let instance: Instance;
let credentials: Readonly<Record<string, string>> = {};

const as = (name: string): ControlClient =>
  createControlClient({ url: instance.console, credential: credentials[name] ?? '' });

beforeAll(async () => {
  instance = await startInstance();
  for (const name of ['pia', 'paul']) {
    const body = { name, roles: ['privacy'], reason: 'the test' };
    const { credential }: Json = await instance.admin.request('POST', '/v1/people', body);
    credentials = { ...credentials, [name]: String(credential) };
  }
}, 60_000);
afterAll(() => instance.remove());

/** What whoever can write the data folder can do: nothing runs, and the keys are elsewhere. */
async function edited(file: readonly string[], sql: string, ...of: string[]): Promise<void> {
  const { folder, credential } = instance;
  expect(await instance.stop()).toBe(0);
  const database = new DatabaseSync(join(instance.data, 'store', ...file));
  expect(database.prepare(sql).run(...of).changes).toBe(1);
  database.close();
  instance = await startInstance({ folder, credential });
}

async function readiness(item: string): Promise<Json | undefined> {
  const { readiness: items }: Json = await instance.admin.request('GET', '/v1/status');
  return (items as Json[]).find((one) => one['item'] === item);
}

async function recordsOf(type: string): Promise<readonly Json[]> {
  const { records }: Json = await instance.admin.request('GET', `/v1/records?type=${type}`);
  return records as Json[];
}

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'done',
    (fault: { code?: unknown }) => fault.code,
  );

describe('a legal hold', () => {
  it('is not taken away by an edit of the store: nothing is erased, red, until one person mends it [DAT-10] [AUD-10]', async () => {
    const matter = { subject: 'pia', matter: 'Doe v. Corp' };
    const asked: Json = await as('pia').request('POST', '/v1/holds', matter);
    const path = `/v1/agreements/${String(asked['id'])}/agree`;
    const { hold }: Json = await as('paul').request('POST', path, {});
    const erase = () =>
      codeOf(as('pia').request('POST', '/v1/erasures/tenant', { basis: 'law', request: 'DSR-1' }));
    expect([await erase(), (await readiness('holds'))?.['state']]).toEqual(['audit/held', 'green']);

    await edited(['tenants', 'main.sqlite'], 'DELETE FROM legal_holds WHERE id = ?', String(hold));
    expect(await erase()).toBe('audit/holds-differ');
    expect(await readiness('holds')).toMatchObject({
      state: 'red',
      why: expect.stringContaining('audit hold mend') as string,
    });
    expect(await as('pia').request('GET', '/v1/holds')).toMatchObject({
      holds: [],
      differ: [{ what: 'hold', id: hold, why: 'gone' }],
    });
    await as('pia').request('POST', '/v1/holds/mend', { reason: 'the store was edited' });
    expect([await erase(), (await readiness('holds'))?.['state']]).toEqual(['audit/held', 'green']);
    expect(await as('pia').request('GET', '/v1/holds')).toMatchObject({
      holds: [{ id: hold, state: 'held', subject: 'pia', heldBy: 'paul' }],
      differ: [],
    });
  }, 120_000);
});

describe('a role, a passkey or a token', () => {
  const admin = ['system.sqlite'];
  const peoplePath = '/v1/people';

  it('that somebody writes into the store lets nobody in, is red and on record, until it is mended [AUD-03] [AUD-15]', async () => {
    const body = { name: 'mallory', roles: ['auditor'], reason: 'the test' };
    const { credential }: Json = await instance.admin.request('POST', peoplePath, body);
    credentials = { ...credentials, mallory: String(credential) };
    const stop = () =>
      codeOf(as('mallory').request('POST', '/v1/stops', { target: { kind: 'all' }, reason: 'r' }));
    expect([await stop(), (await readiness('rights'))?.['state']]).toEqual([
      'api/forbidden',
      'green',
    ]);

    await edited(admin, `UPDATE people SET roles = '["admin"]' WHERE name = ?`, 'mallory');
    expect(await stop()).toBe('identity/rights-differ');
    expect(await codeOf(as('mallory').request('GET', '/v1/me'))).toBe('identity/rights-differ');
    expect(await readiness('rights')).toMatchObject({
      state: 'red',
      why: expect.stringContaining('person mend') as string,
    });
    const differ = [{ what: 'person', person: 'mallory', id: 'mallory', why: 'changed' }];
    await expect
      .poll(() => recordsOf('identity.rights-differ'), { timeout: 30_000 })
      .toHaveLength(1);
    expect(await instance.admin.request('GET', peoplePath)).toMatchObject({ differ });
    const reason = 'the store was edited';
    const mended = await instance.admin.request('POST', '/v1/people/mend', { reason });
    expect(mended).toEqual({ differed: differ });
    expect([await stop(), (await readiness('rights'))?.['state']]).toEqual([
      'api/forbidden',
      'green',
    ]);
  }, 120_000);

  it('and neither does a sign-in that somebody writes: red and on record, until it has ended [AUD-03] [IDN-13]', async () => {
    const session = {
      tenant: 'main',
      id: 'forged',
      person: 'eve@corp',
      user: { issuer: 'https://idp', subject: 'eve', groups: [], amr: ['hwk'] },
      roles: ['admin'],
      provider: 'corp',
      by: 'browser',
      begunAt: Date.now(),
      expiresAt: Date.now() + 3_600_000,
    };
    const { person, begunAt, expiresAt } = session;
    await edited(
      admin,
      `INSERT INTO person_sessions (tenant, id, person, issuer, subject, provider, session,
          begun_at, expires_at, seen_at)
        VALUES ('main', 'forged', ?, 'https://idp', 'eve', 'corp', ?, ?, ?, ?)`,
      person,
      JSON.stringify(session),
      ...[begunAt, expiresAt, begunAt].map(String),
    );
    expect(await readiness('rights')).toMatchObject({ state: 'red' });
    const differ = [{ what: 'sign-in', person, id: 'forged', why: 'unknown' }];
    await expect
      .poll(async () => (await recordsOf('identity.rights-differ')).length, { timeout: 30_000 })
      .toBeGreaterThan(1);
    const reason = 'the store was edited';
    const mended = await instance.admin.request('POST', '/v1/people/mend', { reason });
    expect([mended, (await readiness('rights'))?.['state']]).toEqual([
      { differed: differ },
      'green',
    ]);
  }, 120_000);
});

describe('a stop', () => {
  it('that somebody deletes from the store is in force again, red and on record, until a person releases it [MON-17]', async () => {
    const named = { target: { kind: 'agent', name: 'support' } };
    const target = { kind: 'agent', agent: 'support' };
    const body = { ...named, reason: 'odd', force: true };
    const stop = async () => (await instance.admin.request('POST', '/v1/stops', body))['kept'];
    // A disk that is slow has it in the file of stops first.
    await expect.poll(stop, { timeout: 30_000 }).toBe('store');
    const stops = async (): Promise<readonly Json[]> => {
      const { entries }: Json = await instance.admin.request('GET', '/v1/stops');
      return entries as Json[];
    };
    expect([await stops(), (await readiness('stops'))?.['state']]).toMatchObject([
      [{ target, why: 'stop' }],
      'green',
    ]);

    await edited(['system.sqlite'], 'DELETE FROM overlay_entries WHERE why = ?', 'stop');
    expect(await stops()).toMatchObject([{ target, why: 'stop', reason: 'odd' }]);
    expect(await readiness('stops')).toMatchObject({ state: 'red' });
    await expect
      .poll(() => recordsOf('stop.differs'), { timeout: 30_000 })
      .toMatchObject([{ record: { details: { found: 'gone', why: 'stop' } } }]);
    await instance.admin.request('POST', '/v1/stops/release', { ...named, reason: 'looked into' });
    expect(await stops()).toEqual([]);
  }, 120_000);
});

describe('a label of a task', () => {
  it('that somebody moves to another task is data that was put back: everything is stopped', async () => {
    const file = ['tenants', 'main.sqlite'];
    await edited(
      file,
      `INSERT INTO tasks (tenant, id, agent, owner, kind, instance, begun_at)
        VALUES ('main', ?, 'nobody', 'ann', 'implicit-agent', '', 1)`,
      't1',
    );
    const raised = `INSERT INTO task_labels (tenant, task, label, session, source)
      VALUES ('main', ?, 'integrity:untrusted', 's', 'x')`;
    await edited(file, raised, 't1');
    expect(await readiness('ratchet')).toMatchObject({ state: 'green' });

    await edited(
      file,
      `UPDATE task_labels SET task = 'other', session = 'other' WHERE task = ?`,
      't1',
    );
    expect(await readiness('ratchet')).toMatchObject({
      state: 'red',
      why: expect.stringContaining('store-behind') as string,
    });
  }, 120_000);
});
