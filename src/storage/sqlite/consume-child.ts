import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from './index.ts';

/** Spends grants one after the other and says so, until it is killed. */
const [folder, tenant, ...ids] = process.argv.slice(2);
if (folder === undefined || tenant === undefined) throw new Error('folder and tenant are missing');
const clock = new ManualClock();
const store = await openSqliteStore({ folder, clock });
for (const id of ids) {
  const [approval, callDigest] = id.split(':');
  const result = await store.grants.consume({
    tenant,
    id: approval ?? '',
    callDigest: callDigest ?? '',
    by: 'child',
    now: clock.now(),
  });
  process.stdout.write(`${result.kind} ${approval}\n`);
}
