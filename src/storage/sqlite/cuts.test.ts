import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreCut } from '#contracts/store-cut.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { createCuts } from './cuts.ts';
import { openSqliteDatabase } from './database.ts';
import { openSqliteStore } from './index.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bailiwick-cut-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const folder = () => join(root, 'store');
/** In one process it drops locks, which nobody else wants here. */
function copyOf(cut: StoreCut, name: string): string {
  for (const file of cut.files) {
    const to = join(root, name, file.name);
    mkdirSync(join(to, '..'), { recursive: true });
    copyFileSync(join(root, file.name), to);
    expect(statSync(to).size).toBe(file.bytes);
  }
  return join(root, name, 'store');
}

type Database = Awaited<ReturnType<typeof openSqliteDatabase>>;
const write = (database: Database, name: string, value: number) => {
  const set = (tx: Parameters<Parameters<Database['system']>[0]>[0]) =>
    tx.run(
      'INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2',
      [name, String(value)],
    );
  return database.system(set);
};

describe('a cut of a store that is written to', () => {
  it('has every file as of one moment, and nothing that was written after it [DAT-02]', async () => {
    const database = await openSqliteDatabase({ folder: folder() });
    for (const tenant of ['main', 'other']) await database.tenant(tenant, async () => undefined);
    const load = { isOver: false, done: 0 };
    // One after the other: what is written second is never there without the first.
    const writing = (async () => {
      for (let at = 1; !load.isOver && at < 5_000; at += 1) {
        await write(database, 'first', at);
        await database.tenant('main', (tx) =>
          tx.run(
            `INSERT INTO task_labels (tenant, task, label, session, source) VALUES ('main', $1, 'x', 'x', 'x')`,
            [`task-${at}`],
          ),
        );
        load.done = at;
        // Nothing of this leaves the loop by itself.
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await expect.poll(() => load.done).toBeGreaterThan(20);
    const cut = await database.cuts.begin();
    const atCut = load.done;
    await expect.poll(() => load.done).toBeGreaterThan(atCut + 50);
    const copy = copyOf(cut, 'copy');
    expect(await cut.end()).toBe(true);
    load.isOver = true;
    await writing;
    await database.close();
    const read = await openSqliteDatabase({ folder: copy });
    const first = await read.system((tx) =>
      tx.all(`SELECT value FROM meta WHERE name = 'first'`, []),
    );
    const second = await read.tenant('main', (tx) =>
      tx.all('SELECT COUNT(*) AS n FROM task_labels', []),
    );
    const [before, after] = [Number(first[0]?.['value']), Number(second[0]?.['n'])];
    expect(before).toBeGreaterThanOrEqual(atCut);
    expect(before).toBeLessThanOrEqual(atCut + 1);
    expect([before, before - 1]).toContain(after);
    await read.close();
  });

  it('is worth nothing once something of it had to be unreadable, and says so', async () => {
    const database = await openSqliteDatabase({ folder: folder() });
    await database.tenant('main', async () => undefined);
    const cut = await database.cuts.begin();
    await expect(database.cuts.begin()).rejects.toMatchObject({ code: 'store/locked' });
    await database.scrub('main');
    expect(await cut.end()).toBe(false);
    expect(await cut.end()).toBe(false);
    const next = await database.cuts.begin();
    expect(await next.end()).toBe(true);
    await database.close();
  });

  it('ends by itself where too much lies beside its files or it lasts too long, and writing goes on', async () => {
    const moved: string[] = [];
    const file = {
      pause: async () => () => undefined,
      standStill: () => undefined,
      moveOn: () => moved.push('on') > 0,
    };
    const files = async () => [{ name: 'store/x', path: join(root, 'x'), file }];
    for (const bounds of [
      { mostBytesBeside: -1, mostMs: 60_000, lookMs: 1 },
      { mostBytesBeside: 1_000, mostMs: -1, lookMs: 1 },
    ]) {
      const cut = await createCuts(files, bounds).begin();
      moved.length = 0;
      await expect.poll(() => moved).toEqual(['on']);
      expect(await cut.end()).toBe(false);
    }
  });

  it('of a store is its own, and its files open as a store', async () => {
    const clock = new ManualClock();
    const store = await openSqliteStore({ folder: folder(), clock });
    await store.marks.keep('here');
    const cut = await store.cuts?.begin();
    if (cut === undefined) throw new Error('no cut');
    await store.marks.lift({ epoch: 9, overlay: 1 });
    const copy = copyOf(cut, 'copy');
    expect(await cut.end()).toBe(true);
    await store.close();
    const read = await openSqliteStore({ folder: copy, clock });
    expect(await read.marks.current()).toMatchObject({ id: 'here', epoch: 1 });
    await read.close();
  });
});
