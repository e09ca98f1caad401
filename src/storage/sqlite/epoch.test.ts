import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import { ManualClock } from '#kernel/time.ts';
import { raiseEpoch } from '../sql/epoch.ts';
import { createStore } from '../sql/store.ts';
import { openSqliteDatabase } from './database.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-epoch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an epoch that was raised and cut off before anything was marked', () => {
  it('voids what is older all the same, and blocks nothing that is asked anew', async () => {
    const clock = new ManualClock();
    const database = await openSqliteDatabase({ folder });
    const store = createStore(database, clock);
    const { grants, leases } = store;
    const request = approvalRequest({ tenant: 'main', now: clock.now() });
    const { id, callDigest } = await grants.request(request);
    const verdict = { verdict: 'approve', by: 'ann', reason: 'yes', now: clock.now() } as const;
    const grantExpiresAt = clock.now() + 1_000;
    await grants.decide({ ...verdict, tenant: 'main', id, grantExpiresAt });
    const lease = {
      id: 'l',
      tenant: 'main',
      agent: 'a',
      instance: 'i',
      target: 'tool:s',
      secret: 'x',
    };
    await leases.open({ ...lease, bound: 'process', openedAt: clock.now() });

    await raiseEpoch(database);

    const spend = { tenant: 'main', id, callDigest, by: 'g', now: clock.now() };
    expect(await grants.consume(spend)).toMatchObject({ kind: 'refused', why: 'void' });
    expect(await leases.listOpen({ tenant: 'main' })).toEqual([]);
    const again = await grants.request(request);
    expect(again).toMatchObject({ state: 'pending', epoch: 2 });
    expect(again.id).not.toBe(id);
    expect((await grants.byId('main', id))?.state).toBe('void');
    await store.close();
  });
});
