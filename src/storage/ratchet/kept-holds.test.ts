import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LegalHold } from '#contracts/hold-book.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { keepHolds, type OpenKeptHolds, readLogBreaks } from './index.ts';

let root = '';
let plain: Store;
let opened: OpenKeptHolds;
let clock: ManualClock;
const at = (...parts: string[]) => join(root, ...parts);
const keptText = () => readFileSync(at('ratchet', 'held.ratchet'), 'utf8');

async function open(): Promise<OpenKeptHolds> {
  plain = await openSqliteStore({ folder: at('store'), clock });
  return keepHolds({ ...plain, folder: at('ratchet'), clock, tenants: ['main'] });
}

async function whileDown(work: () => void): Promise<void> {
  await plain.close();
  work();
  opened = await open();
}

function edit(sql: string): void {
  const database = new DatabaseSync(at('store', 'tenants', 'main.sqlite'));
  expect(database.prepare(sql).run().changes).toBe(1);
  database.close();
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'kept-holds-'));
  clock = new ManualClock();
  opened = await open();
});
afterEach(async () => {
  await plain.close();
  rmSync(root, { recursive: true, force: true });
});

const holdOf = (id: string): LegalHold => ({
  id,
  scope: { kind: 'subject', subject: 'ann@corp', handle: 'h1' },
  matter: 'm',
  askedBy: 'petra',
  askedAt: clock.now(),
  lapsesAt: clock.now() + 60_000,
  heldBy: undefined,
  heldAt: undefined,
  releasedBy: undefined,
  releasedAt: undefined,
});
const ask = () => opened.holds.ask('main', holdOf('a'));
const yes = () => ({ id: 'a', by: 'paul', now: clock.now() });
const over = () => opened.holds.over('main', { subject: 'ann@corp' }, clock.now());
const seen = () => opened.kept.seen('main');

describe('a hold of the store', () => {
  it.each([
    ['gone', 'taken out', 'DELETE FROM legal_holds'],
    ['gone', 'said to be released', 'UPDATE legal_holds SET released_at = 1'],
    ['gone', 'said to have lapsed', 'UPDATE legal_holds SET lapses_at = 1'],
    ['changed', 'of another', "UPDATE legal_holds SET subject = 'bob@corp'"],
    ['changed', 'agreed to by nobody', 'UPDATE legal_holds SET held_by = NULL'],
    ['changed', 'under another key', "UPDATE legal_holds SET handle = 'h2'"],
  ] as const)(
    'is missed: %s (%s), and both keep it once that is mended [DAT-10] [AUD-10]',
    async (why, _, sql) => {
      await ask();
      await opened.holds.confirm('main', yes());
      const [before] = await over();
      await whileDown(() => edit(sql));
      expect(seen()).toEqual([{ what: 'hold', id: 'a', why }]);
      await expect(over()).rejects.toMatchObject({ code: 'audit/holds-differ' });
      await opened.kept.mend('main');
      expect(seen()).toEqual([]);
      expect(await over()).toEqual([before]);
    },
  );

  it('is found while everything runs, whoever asks', async () => {
    await ask();
    const row = (await plain.holds.list('main'))[0] as LegalHold;
    await plain.holds.putBack('main', { ...row, matter: 'another' });
    await expect(over()).rejects.toMatchObject({ code: 'audit/holds-differ' });
    expect(await opened.kept.differences('main')).toEqual([
      { what: 'hold', id: 'a', why: 'changed' },
    ]);
  });

  it('is taken over where nothing was kept yet, and missed from then on', async () => {
    await ask();
    await whileDown(() => rmSync(at('ratchet'), { recursive: true }));
    expect([seen(), (await over()).length]).toEqual([[], 1]);
    await whileDown(() => edit('DELETE FROM legal_holds'));
    expect(seen()).toEqual([{ what: 'hold', id: 'a', why: 'gone' }]);
  });

  it('lapses where nobody agreed, and is named no more where whom it named is forgotten [DAT-10]', async () => {
    await ask();
    expect(keptText()).toContain('ann@corp');
    clock.advance(60_000);
    expect([await over(), await opened.kept.differences('main')]).toEqual([[], []]);
    await opened.holds.forget('main', { handle: 'h1', now: clock.now() });
    expect(keptText()).not.toContain('ann@corp');
  });

  it('is named no more once it is released [DAT-10]', async () => {
    await ask();
    await opened.holds.release('main', yes());
    expect(keptText()).not.toContain('ann@corp');
    expect(await opened.kept.differences('main')).toEqual([]);
  });

  it('is kept in a file that is of no writer of logs', async () => {
    await ask();
    expect(readLogBreaks(at('ratchet'))).toEqual([]);
  });

  it('is not guessed at where that file is damaged', async () => {
    await ask();
    await plain.close();
    writeFileSync(at('ratchet', 'held.ratchet'), 'x');
    await expect(open()).rejects.toMatchObject({
      code: 'store/keys-unreadable',
      message: expect.stringContaining('which legal holds were placed is not known') as string,
    });
    rmSync(at('ratchet', 'held.ratchet'));
    await plain.close();
    opened = await open();
  });
});

describe('a crash between the store and what is kept', () => {
  const crash = () => {
    throw new Error('the power went');
  };

  /** The act is done, or not, and what is kept does not hear of it. */
  async function crashIn(what: 'ask' | 'confirm' | 'release', isDone: boolean): Promise<void> {
    const { holds } = plain;
    const broken = {
      ...holds,
      [what]: async (...of: never[]) => {
        if (isDone) await (holds[what] as (...of: never[]) => Promise<unknown>)(...of);
        crash();
      },
    };
    const parts = { ...plain, folder: at('ratchet'), clock, tenants: ['main'] };
    opened = await keepHolds({ ...parts, holds: broken });
    const failing = what === 'ask' ? ask() : opened.holds[what]('main', yes());
    await expect(failing).rejects.toThrow('the power went');
  }

  it('that the store says plainly did not happen leaves the hold guarded at once [DAT-10]', async () => {
    await ask();
    await crashIn('release', false);
    // What was asked for then is an edit now, without a start between.
    const database = new DatabaseSync(at('store', 'tenants', 'main.sqlite'));
    await plain.close();
    database.exec('DELETE FROM legal_holds');
    database.close();
    plain = await openSqliteStore({ folder: at('store'), clock });
    const text = keptText();
    expect(text).not.toContain('"next"');
    opened = await keepHolds({ ...plain, folder: at('ratchet'), clock, tenants: ['main'] });
    expect(seen()).toEqual([{ what: 'hold', id: 'a', why: 'gone' }]);
  });

  it.each(
    (['ask', 'confirm', 'release'] as const).flatMap((what) => [
      [what, 'before', false] as const,
      [what, 'behind', true] as const,
    ]),
  )('in `%s`, %s the store, is no alarm: what the store says holds', async (what, _, isDone) => {
    if (what !== 'ask') await ask();
    await crashIn(what, isDone);
    await whileDown(() => undefined);
    expect(seen()).toEqual([]);
    // From then on an edit is missed again.
    const inForce = await over();
    expect(inForce).toHaveLength(
      what === 'ask' ? Number(isDone) : what === 'release' ? Number(!isDone) : 1,
    );
    if (inForce.length === 0) return;
    await whileDown(() => edit('DELETE FROM legal_holds'));
    expect(seen()).toEqual([{ what: 'hold', id: 'a', why: 'gone' }]);
  });
});
