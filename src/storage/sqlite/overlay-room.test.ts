import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quarantine } from '#contracts/overlay-feed.suite.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { createStore } from '../sql/store.ts';
import { openSqliteDatabase } from './database.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-room-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the room of quarantines', () => {
  it('is of quarantines alone: withdrawn tokens take none of it, and at its end a person may still stop', async () => {
    const database = await openSqliteDatabase({ folder });
    const { overlay } = createStore(database, new ManualClock());
    const fill = (why: string) =>
      database.system((tx) =>
        tx.run(
          `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
            INSERT INTO overlay_entries (id, target, why, set_by, reason, set_at, position)
            SELECT $2 || i, '{"kind":"tenant","tenant":"' || $2 || i || '"}', $2, 'x', 'y', 1, 1
            FROM n`,
          [limits.overlayEntries, why],
        ),
      );
    await fill('withdrawn');
    await overlay.add(quarantine('main', 'pay'));
    await fill('quarantine');
    await expect(overlay.add(quarantine('main', 'other'))).rejects.toMatchObject({
      code: 'store/conflict',
    });
    const target = { kind: 'tenant', tenant: 'main' } as const;
    await overlay.add({ id: 'stop', target, why: 'stop', by: 'ann', reason: 'now', at: 1 });
    await database.close();
  });
});
