import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from './index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-scrubbed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** All files below, as they are on disk at this moment, and which of them hold these bytes. */
function filesWith(bytes: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /sqlite/.test(name));
  expect(files.length).toBeGreaterThan(1);
  return files.filter((name) => readFileSync(join(folder, name)).includes(bytes));
}

describe('a key that was destroyed', () => {
  it('is in no file of the store any more, neither in the log beside it, while it runs [DAT-10]', async () => {
    const clock = new ManualClock();
    const store = await openSqliteStore({ folder, clock });
    const now = clock.now();
    const wrapped = (subject: string) => `wrapped key of ${subject}`.repeat(8);
    // Enough of them that pages split, and cells are moved and left behind.
    for (let at = 0; at < 300; at += 1) {
      const key = { handle: `h${at}`, wrappedKey: wrapped(`${at}`) };
      await store.payloadKeys.keep({ tenant: 'main', subject: `s${at}`, key, now });
    }
    expect(filesWith(wrapped('7'))).not.toEqual([]);
    for (const at of [7, 150, 299]) {
      await store.payloadKeys.destroy({ tenant: 'main', handle: `h${at}`, record: 'r', now });
      expect(filesWith(wrapped(`${at}`))).toEqual([]);
    }
    expect(filesWith(wrapped('8'))).not.toEqual([]);
    await store.close();
    for (const at of [7, 150, 299]) expect(filesWith(wrapped(`${at}`))).toEqual([]);
  });
});
