import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noDiskBecause, runOnSmallDisk } from '../../../test/e2e/small-disk.ts';

const without = noDiskBecause();
if (without !== undefined) process.stderr.write(`SKIPPED: a journal on a full disk: ${without}\n`);

describe('a journal on a real disk that is full', () => {
  it.skipIf(without !== undefined)(
    'refuses, keeps room for a stop, and goes on without a restart when there is room [AUD-01, MON-17]',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'journal-full-'));
      const child = join(import.meta.dirname, 'full-disk-child.ts');
      const told = await runOnSmallDisk(child, folder, 12);
      expect(told).toMatchObject({
        refusedWith: 'audit/unavailable',
        healthyWhileFull: false,
        stops: ['taken', 'taken'],
        ordinary: 'audit/unavailable',
        afterwards: ['taken', 'taken'],
        healthyAfterwards: true,
        everyOneFound: true,
      });
      expect(told['acknowledged']).toBeGreaterThan(100);
      rmSync(folder, { recursive: true, force: true });
    },
    60_000,
  );
});
