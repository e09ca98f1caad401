import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { createStore } from '../sql/store.ts';
import { openSqliteDatabase } from './database.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-ended-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('sessions that their provider ended before anybody came by them', () => {
  it('are remembered by number, the newest of each provider', async () => {
    const clock = new ManualClock();
    const now = clock.now();
    const database = await openSqliteDatabase({ folder });
    const { signIns } = createStore(database, clock);
    await database.system((tx) =>
      tx.run(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
          INSERT INTO used_logouts (tenant, issuer, jti, expires_at)
          SELECT 'main', 'ended corp', 's' || i, $2 + i FROM n`,
        [limits.endedElsewhere, now],
      ),
    );
    const until = now + 2 * limits.endedElsewhere;
    await signIns.rememberEnded({ tenant: 'main', provider: 'corp', session: 'new', until, now });
    const kept = await database.system((tx) =>
      tx.all(
        `SELECT COUNT(*) AS n, SUM(jti = 's1') AS oldest, SUM(jti = 'new') AS newest
          FROM used_logouts`,
        [],
      ),
    );
    expect(kept[0]).toMatchObject({ n: limits.endedElsewhere, oldest: 0, newest: 1 });
    await database.close();
  });
});
