import { beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import type { Person } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { FakeSecretBook } from '../../../test/fakes/fake-secret-book.ts';
import { createSecretDesk, createVault, type SecretDesk } from './index.ts';

let log: FakeLog;
let book: FakeSecretBook;
let desk: SecretDesk;
let compileFault: Error | undefined;
let compiled: number;
const naming = new Map<string, readonly string[]>();

const ann: Person = { tenant: 'main', name: 'ann', roles: ['admin'] };
const value = 'tok-123456789';

beforeEach(() => {
  const clock = new ManualClock();
  log = new FakeLog(clock);
  book = new FakeSecretBook();
  compileFault = undefined;
  compiled = 0;
  naming.clear();
  const vault = createVault({ keyring: new FakeKeyring(), book, recorder: log, clock });
  desk = createSecretDesk({
    vault,
    recorder: log,
    namedBy: (tenant, secret) => Promise.resolve(naming.get(`${tenant}/${secret}`) ?? []),
    async recompile() {
      if (compileFault !== undefined) throw compileFault;
      compiled += 1;
    },
  });
});

const put = (over: object = {}) =>
  desk.put({ by: ann, name: 'key', value: Buffer.from(value), reason: 'rotated', ...over });

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
}

const types = () => log.drafts.map(({ type }) => type);

describe('a secret', () => {
  it('is put on record with who and why, never its value, and comes out as name and version', async () => {
    expect(await put()).toEqual({ name: 'key', version: 1 });
    expect(log.drafts).toMatchObject([
      {
        type: 'credential.stored',
        tenant: 'main',
        actors: [{ name: 'ann' }],
        details: { secret: 'key', version: 1, reason: 'rotated' },
      },
    ]);
    expect(JSON.stringify(log.drafts)).not.toContain(value);
    expect(compiled).toBe(1);
    expect(await desk.list({ by: ann })).toEqual([{ name: 'key', version: 1 }]);
  });

  it('that cannot be recorded is not kept and not in force [AUD-05]', async () => {
    log.failing = true;
    expect(await codeOf(put())).toBe('audit/unavailable');
    expect(await book.list('main')).toEqual([]);
    expect(compiled).toBe(0);
  });

  it('that is not taken, or not in force, is followed by a record that says so', async () => {
    const take = book.put.bind(book);
    book.put = () => Promise.reject(new BailiwickError('store/conflict'));
    expect(await codeOf(put())).toBe('store/conflict');
    expect(types()).toEqual(['credential.stored', 'act.reconciled']);
    expect(log.drafts[1]?.details).toMatchObject({ applied: 'no', secret: 'key' });
    book.put = take;
    log.drafts.length = 0;
    compileFault = new BailiwickError('store/unavailable');
    expect(await codeOf(put())).toBe('store/unavailable');
    expect(types()).toEqual(['credential.stored', 'act.reconciled']);
    expect(log.drafts[1]?.details).toMatchObject({ applied: 'unknown' });
  });

  it('is removed on record, and is in no configuration after', async () => {
    await put();
    log.drafts.length = 0;
    await desk.remove({ by: ann, name: 'key', reason: 'not used' });
    expect(log.drafts).toMatchObject([
      { type: 'credential.removed', details: { secret: 'key', version: 1, reason: 'not used' } },
    ]);
    expect([await book.list('main'), compiled]).toEqual([[], 2]);
    expect(await codeOf(desk.remove({ by: ann, name: 'key' }))).toBe('api/not-found');
    expect(log.drafts).toHaveLength(1);
  });

  it('stays while a document names it, where it cannot be recorded, and for who is no admin', async () => {
    await put();
    naming.set('main/key', ['ToolServer billing']);
    const remove = (by: Person = ann) => desk.remove({ by, name: 'key' });
    await expect(remove()).rejects.toMatchObject({
      code: 'store/conflict',
      message: 'ToolServer billing names the secret `key`',
    });
    naming.clear();
    log.failing = true;
    expect(await codeOf(remove())).toBe('audit/unavailable');
    log.failing = false;
    expect(await codeOf(remove({ ...ann, roles: ['approver'] }))).toBe('api/forbidden');
    expect(await codeOf(remove({ ...ann, tenant: 'other' }))).toBe('api/not-found');
    expect(await book.list('main')).toHaveLength(1);
  });

  it('is for admins only, each in their own tenant [DAT-01]', async () => {
    expect(await codeOf(put({ by: { ...ann, roles: ['approver'] } }))).toBe('api/forbidden');
    expect(await codeOf(desk.list({ by: { ...ann, roles: ['auditor'] } }))).toBe('api/forbidden');
    await put({ by: { ...ann, tenant: 'other' } });
    expect(await desk.list({ by: ann })).toEqual([]);
    expect(await book.list('main')).toEqual([]);
  });
});
