import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quarantine } from '#contracts/overlay-feed.suite.ts';
import type { Store } from '#contracts/store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { keepRatchet, type OpenKeptStops, openKeptStops, readLogBreaks } from './index.ts';

let root = '';
let plain: Store;
let opened: OpenKeptStops;
let clock: ManualClock;
const at = (...parts: string[]) => join(root, ...parts);
const tenant = 'main';
const day = 86_400_000;

async function keep(): Promise<OpenKeptStops> {
  const kept = openKeptStops({ store: plain, folder: at('keys'), tenant, clock });
  await kept.begin();
  return kept;
}

async function open(): Promise<void> {
  plain = await openSqliteStore({ folder: at('store'), clock });
  opened = await keep();
}

function edit(...statements: readonly string[]): void {
  const database = new DatabaseSync(at('store', 'system.sqlite'));
  for (const sql of statements) expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

async function whileDown(...statements: readonly string[]): Promise<void> {
  await plain.close();
  edit(...statements);
  await open();
}

const stopOf = (agent: string, why: 'stop' | 'suspend' = 'stop', id = `${why}-${agent}`) =>
  ({
    id,
    target: { kind: 'agent', tenant, agent },
    why,
    by: 'ann',
    reason: 'odd',
    at: 1,
  }) as const satisfies OverlayEntry;
const revocation = {
  id: 'revoke-i1',
  target: { kind: 'instance', tenant, instance: 'i1' },
  why: 'revoke',
  by: 'ann',
  reason: 'lost',
  at: 5,
} as const;
const inForce = async () => (await plain.overlay.current()).entries;
const ids = async () => (await inForce()).map(({ id }) => id).sort();
const seen = () => opened.seen(tenant).map(({ id, why }) => [id, why]);
const recorded = async () =>
  (await plain.outbox.due(50))
    .filter(({ kind }) => kind === 'record')
    .map(({ body }) => [body['type'], (body['details'] as { found?: string }).found]);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'kept-stops-'));
  clock = new ManualClock();
  await open();
});
afterEach(async () => {
  await plain.close();
  rmSync(root, { recursive: true, force: true });
});

describe('stops that nobody edited', () => {
  it('are left alone over restarts, and leave by a release [MON-17]', async () => {
    await opened.overlay.add(stopOf('a'));
    await opened.overlay.add(stopOf('a', 'stop', 'again'));
    await opened.overlay.add(stopOf('b', 'suspend'));
    await opened.overlay.add(quarantine(tenant, 'pay'));
    await opened.overlay.release(['suspend-b']);
    const { number } = await plain.overlay.current();
    await plain.close();
    await open();
    await opened.look();
    expect(await ids()).toEqual(['again', 'main-pay']);
    expect([await recorded(), seen()]).toEqual([[], []]);
    expect((await plain.overlay.current()).number).toBe(number);
  });

  it('may leave by time, and a gateway may set a quarantine in the database itself', async () => {
    await opened.overlay.add({ ...stopOf('a'), until: clock.now() + 10 });
    await plain.overlay.add(quarantine(tenant, 'pay'));
    await opened.look();
    await plain.overlay.add(quarantine(tenant, 'pay', 'newer'));
    clock.advance(11);
    await plain.effects.expire(clock.now());
    await opened.look();
    expect(await ids()).toEqual(['newer']);
    expect(await recorded()).toEqual([]);
    await whileDown('DELETE FROM overlay_entries');
    expect(await ids()).toEqual(['newer']);
  });

  it('may name a whole server', async () => {
    const named = { kind: 'tool', owner: 'billing', name: undefined } as const;
    await opened.overlay.add({ ...stopOf('a'), target: { kind: 'target', tenant, target: named } });
    await opened.look();
    expect([await ids(), seen()]).toEqual([['stop-a'], []]);
    await whileDown('DELETE FROM overlay_entries');
    expect([await ids(), seen()]).toEqual([['stop-a'], [['stop-a', 'gone']]]);
  });

  it('are the ratchet of no writer of logs', async () => {
    await opened.overlay.add(stopOf('a'));
    expect(readLogBreaks(at('keys'))).toEqual([]);
  });
});

describe('a stop that somebody takes out of the store', () => {
  it('is in force again after a start, under a newer number, on record and red for a day [MON-17]', async () => {
    await opened.overlay.add(stopOf('a'));
    await opened.overlay.add(stopOf('b', 'suspend'));
    const before = await inForce();
    const { number } = await plain.overlay.current();
    await whileDown('DELETE FROM overlay_entries');
    expect(await inForce()).toEqual(before);
    expect((await plain.overlay.current()).number).toBeGreaterThan(number);
    const gone = ['stop.differs', 'gone'];
    expect(await recorded()).toEqual([gone, gone]);
    expect(seen()).toEqual([
      ['stop-a', 'gone'],
      ['suspend-b', 'gone'],
    ]);
    expect(opened.seen('other')).toEqual([]);
    await plain.close();
    await open();
    expect(seen()).toHaveLength(2);
    clock.advance(day);
    expect(seen()).toEqual([]);
    expect(await recorded()).toHaveLength(2);
  });

  it('is in force again while everything runs, and told to whoever listens', async () => {
    await opened.overlay.add(stopOf('a'));
    // The files are locked while it runs; of PostgreSQL anybody with rights may do this.
    await plain.overlay.release(['stop-a']);
    const heard: string[][] = [];
    const stop = opened.overlay.subscribe({
      overlay: ({ entries }) => void heard.push(entries.map(({ id }) => id)),
    });
    await expect.poll(() => heard).toContainEqual([]);
    await opened.look();
    await expect.poll(() => heard.at(-1)).toEqual(['stop-a']);
    stop();
    expect(seen()).toEqual([['stop-a', 'gone']]);
  });

  it.each([
    ['another agent', `target = '{"agent":"z","kind":"agent","tenant":"main"}'`, 'gone'],
    ['a time at which it ends', 'leaves_at = 1', 'changed'],
    ['another word of why', `why = 'already-done'`, 'gone'],
    ['another name', `set_by = 'eve'`, 'changed'],
  ])('by giving it %s is in force as it was set', async (_, change, why) => {
    await opened.overlay.add(stopOf('a'));
    await whileDown(`UPDATE overlay_entries SET ${change}`);
    expect(await recorded()).toContainEqual(['stop.differs', why]);
    const { id: __, ...stop } = stopOf('a');
    expect(await inForce()).toContainEqual(expect.objectContaining(stop));
    await plain.effects.expire(clock.now());
    const told = await recorded();
    await opened.look();
    expect(await inForce()).toContainEqual(expect.objectContaining(stop));
    expect(await recorded()).toEqual(told);
  });

  it('is revoked again in the book of instances too', async () => {
    await plain.instances.addJoinToken({
      tokenDigest: sha256Hex('t'),
      tenant,
      agent: 'a',
      createdBy: 'ann',
      expiresAt: clock.now() + 10,
    });
    const join = { tokenDigest: sha256Hex('t'), thumbprint: 'p', jwk: {}, now: clock.now() };
    await plain.instances.enrol({ ...join, instance: 'i1' });
    await opened.overlay.add(revocation);
    // Between the two writes of a revocation nothing differs.
    for (let looks = 0; looks < 12; looks += 1) await opened.look();
    expect(seen()).toEqual([]);
    await plain.instances.revoke(tenant, 'i1', 5);
    await whileDown('DELETE FROM overlay_entries', 'UPDATE instances SET revoked_at = NULL');
    expect(await inForce()).toEqual([revocation]);
    expect(await plain.instances.list(tenant)).toMatchObject([{ revokedAt: 5 }]);
    expect(seen().sort((a, b) => String(a).localeCompare(String(b)))).toEqual([
      ['revoke-i1', 'gone'],
      ['revoke-i1', 'unrevoked'],
    ]);
  });
});

describe('a stop that somebody writes into the store', () => {
  it('stays in force, on record, until it is released', async () => {
    await opened.overlay.add(stopOf('a'));
    await whileDown(
      `INSERT INTO overlay_entries (id, target, why, set_by, reason, set_at, position)
        SELECT 'x', '{"kind":"tenant","tenant":"main"}', why, 'eve', '', 1, 9 FROM overlay_entries`,
    );
    expect([await ids(), seen()]).toEqual([['stop-a', 'x'], [['x', 'unknown']]]);
    await opened.look();
    expect(await recorded()).toEqual([['stop.differs', 'unknown']]);
    await opened.overlay.release(['x']);
    await opened.look();
    expect(await ids()).toEqual(['stop-a']);
  });
});

describe('a crash or a fault', () => {
  const down = () => Promise.reject(new BailiwickError('store/unavailable'));

  it('before the store has a stop leaves one stop more', async () => {
    const kept = openKeptStops({
      store: { ...plain, overlay: { ...plain.overlay, add: down, current: down } },
      folder: at('keys'),
      tenant,
      clock,
    });
    await expect(kept.overlay.add(stopOf('a'))).rejects.toMatchObject({
      code: 'store/unavailable',
    });
    opened = await keep();
    expect(await ids()).toEqual(['stop-a']);
  });

  it('of a store that was away is no difference: whoever was told so keeps the stop elsewhere', async () => {
    let isAway = false;
    const known = plain.overlay;
    const overlay = {
      ...known,
      add: (...of: Parameters<typeof known.add>) => (isAway ? down() : known.add(...of)),
      current: () => (isAway ? down() : known.current()),
    };
    const store = { ...plain, overlay };
    opened = openKeptStops({ store, folder: at('keys'), tenant, clock });
    await opened.overlay.add(stopOf('a', 'stop', 'old'));
    isAway = true;
    for (const id of ['a', 'b'])
      await expect(opened.overlay.add(stopOf(id))).rejects.toThrow(BailiwickError);
    await expect(opened.look()).rejects.toThrow(BailiwickError);
    isAway = false;
    await opened.look();
    expect([await ids(), seen(), await recorded()]).toEqual([['old'], [], []]);
    await whileDown('DELETE FROM overlay_entries');
    expect(await ids()).toEqual(['old']);
  });

  it('of a stop that the store refused leaves nothing', async () => {
    await opened.overlay.add(stopOf('a', 'stop', 'one'));
    await expect(opened.overlay.add(stopOf('b', 'stop', 'one'))).rejects.toMatchObject({
      code: 'store/conflict',
    });
    await opened.look();
    expect([await inForce(), seen()]).toEqual([[stopOf('a', 'stop', 'one')], []]);
  });

  it('of the file takes no stop back and gives none up', async () => {
    await opened.overlay.add(stopOf('a'));
    // A folder where the new file goes: nobody can write it.
    const blocked = at('keys', 'stops.ratchet.new');
    mkdirSync(blocked);
    await opened.overlay.add(stopOf('b'));
    await plain.overlay.release(['stop-a']);
    await opened.look().catch(() => undefined);
    expect(await ids()).toEqual(['stop-a', 'stop-b']);
    await expect(opened.overlay.release(['stop-b'])).rejects.toThrow();
    rmSync(blocked, { recursive: true });
    await opened.look();
    expect(await ids()).toEqual(['stop-a', 'stop-b']);
    await whileDown('DELETE FROM overlay_entries');
    expect(await ids()).toEqual(['stop-a', 'stop-b']);
  });

  it('of a file that is damaged is not guessed at', async () => {
    await opened.overlay.add(stopOf('a'));
    writeFileSync(at('keys', 'stops.ratchet'), 'x');
    await expect(keep()).rejects.toMatchObject({ code: 'store/keys-unreadable' });
  });
});

describe('a store that an earlier version left', () => {
  it('is believed once, on record', async () => {
    await plain.overlay.add(stopOf('a'));
    rmSync(at('keys'), { recursive: true });
    opened = await keep();
    expect([await recorded(), seen()]).toEqual([[['stop.taken-over', undefined]], []]);
    await whileDown('DELETE FROM overlay_entries');
    expect(await ids()).toEqual(['stop-a']);
  });
});

describe('a store that was put back', () => {
  it('is found to be behind, and stopped as a whole, before stops are put back in it', async () => {
    const start = async () => {
      const kept = openKeptStops({ store: plain, folder: at('keys'), tenant, clock });
      const store = { ...plain, overlay: kept.overlay };
      const ratchet = await keepRatchet({ store, folder: at('keys'), tenant, clock });
      await kept.begin();
      await ratchet.look();
      opened = kept;
      return ratchet;
    };
    await (await start()).look();
    await opened.overlay.add(stopOf('a'));
    await (await start()).look();
    await plain.close();
    edit('DELETE FROM overlay_entries', `UPDATE meta SET value = '0' WHERE name = 'overlay'`);
    plain = await openSqliteStore({ folder: at('store'), clock });
    const ratchet = await start();
    expect(ratchet.open()).toMatchObject([{ why: 'store-behind' }]);
    expect((await inForce()).map(({ target }) => target.kind).sort()).toEqual(['agent', 'all']);
    expect(seen()).toEqual([['stop-a', 'gone']]);
  });
});
