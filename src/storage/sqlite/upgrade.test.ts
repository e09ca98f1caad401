import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '#kernel/time.ts';
import { describeLiftedApprovals } from '../sql/lift-approvals.suite.ts';
import { describeLiftedOverlay } from '../sql/lift-overlay.suite.ts';
import { openSqliteDatabase } from './database.ts';
import { openSqliteStore } from './index.ts';

const upgraded = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-lift-'));
  const clock = new ManualClock();
  return Promise.resolve({
    clock,
    openDatabase: () => openSqliteDatabase({ folder }),
    openStore: () => openSqliteStore({ folder, clock }),
    drop: async () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  });
};

describeLiftedApprovals('SQLite', upgraded);
describeLiftedOverlay('SQLite', upgraded);
