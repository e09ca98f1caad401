import { beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry, StopTarget } from '#kernel/overlay.ts';
import { withStop } from '#kernel/stop-file.ts';
import { stopTargetText } from '#kernel/stop-target.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { FakeOverlayFeed } from '../../../test/fakes/fake-overlay-feed.ts';
import { FakeStopFile } from '../../../test/fakes/fake-stop-file.ts';
import { createStopFileWatch, createUrgentStops, type UrgentStops } from './index.ts';

let clock: ManualClock;
let log: FakeLog;
let file: FakeStopFile;
let store: FakeOverlayFeed;
let storeFails: boolean;
let stops: UrgentStops;
/** What gateways were told last. */
let told: readonly OverlayEntry[];
/** Runs while the store is asked. */
let whileAdding: () => void;

beforeEach(() => {
  clock = new ManualClock();
  log = new FakeLog(clock);
  file = new FakeStopFile();
  store = new FakeOverlayFeed();
  storeFails = false;
  whileAdding = () => undefined;
  told = [];
  const fails = (): void => {
    whileAdding();
    if (storeFails) throw new Error('no space left');
  };
  stops = createUrgentStops({
    numbered: {
      current: () => store.current(),
      subscribe: (listener) => store.subscribe(listener),
      async add(entry, also) {
        fails();
        return store.add(entry, also);
      },
      async release(ids, also) {
        fails();
        return store.release(ids, also);
      },
    },
    file,
    watch: createStopFileWatch({ file, recorder: log, tenant: 'main' }),
    clock,
  });
  stops.overlay.subscribe({
    overlay: () => undefined,
    urgent: (entries) => {
      told = entries;
    },
  });
});

const worker: StopTarget = { kind: 'agent', tenant: 'main', agent: 'worker' };
const entry = (id: string, target = worker, why: OverlayEntry['why'] = 'stop'): OverlayEntry => ({
  id,
  target,
  why,
  by: 'ann',
  reason: 'incident 17',
  at: clock.now(),
});
const names = (entries: readonly OverlayEntry[]) =>
  entries.map(({ target }) => stopTargetText(target));

describe('a stop beside the store', () => {
  it('reaches gateways before the store is asked [MON-17]', async () => {
    const order: string[] = [];
    whileAdding = () => order.push(...names(told));
    const { entries } = await stops.overlay.add(entry('1'));
    expect(order).toEqual(['agent worker']);
    expect(entries).toHaveLength(1);
    expect(stops.keptIn('1')).toBe('store');
  });

  it('stays there until every gateway that serves must hold its number', async () => {
    await stops.overlay.add(entry('1'));
    clock.advance(limits.stopLeaseMs - 1);
    await stops.look();
    expect(names(told)).toEqual(['agent worker']);
    clock.advance(1);
    await stops.look();
    expect((await stops.overlay.current()).entries).toHaveLength(1);
    stops.overlay.subscribe({ overlay: () => undefined, urgent: (now) => (told = now) });
    expect(told).toEqual([]);
  });

  it('goes into the stop file when the store does not take it, and is in force all along [MON-17]', async () => {
    storeFails = true;
    const { entries } = await stops.overlay.add(entry('1'));
    expect(names(entries)).toEqual(['agent worker']);
    expect(names(told)).toEqual(['agent worker']);
    expect(stops.keptIn('1')).toBe('file');
    expect(file.text).toContain('"by":"ann","reason":"incident 17"');
  });

  it('is in force from memory when nothing can be written, and is kept as soon as something can [MON-17]', async () => {
    storeFails = true;
    file.full = true;
    await stops.overlay.add(entry('1'));
    await stops.look();
    expect(names(told)).toEqual(['agent worker']);
    expect(stops.keptIn('1')).toBe('memory');
    await expect(stops.overlay.release(['1'])).rejects.toThrow('no space left');
    expect(names(told)).toEqual(['agent worker']);
    file.full = false;
    await stops.look();
    expect(stops.keptIn('1')).toBe('file');
    expect(names(told)).toEqual(['agent worker']);
  });

  it('takes what it owes into the store with it, however late', async () => {
    storeFails = true;
    file.full = true;
    const owed = { id: 'r', tenant: 'main', kind: 'record', body: {}, at: 1 };
    await stops.overlay.add(entry('1'), [owed]);
    storeFails = false;
    await stops.look();
    expect(store.owed).toEqual([owed]);
    expect(stops.keptIn('1')).toBe('store');
  });

  it('is ended by its release at once, whatever keeps it', async () => {
    await stops.overlay.add(entry('1'));
    await stops.overlay.release(['1']);
    expect(told).toEqual([]);
    storeFails = true;
    await stops.overlay.add(entry('2'));
    const { entries } = await stops.overlay.current();
    await stops.overlay.release(entries.map(({ id }) => id));
    expect(told).toEqual([]);
    expect(file.text).toBeUndefined();
  });

  it('shows what lies in the stop file, and its release has one record and not a second', async () => {
    file.text = withStop(undefined, worker, { by: 'bob', at: '', reason: 'by hand' });
    await stops.look();
    const { entries } = await stops.overlay.current();
    expect(entries).toMatchObject([{ target: worker, why: 'stop', by: 'bob', reason: 'by hand' }]);
    await stops.overlay.release(entries.map(({ id }) => id));
    await stops.look();
    expect(log.drafts.map(({ type }) => type)).toEqual(['stop.set']);
  });

  it('is all that goes this way: what is no stop waits for the store', async () => {
    storeFails = true;
    await expect(stops.overlay.add(entry('1', worker, 'suspend'))).rejects.toThrow();
    expect(told).toEqual([]);
  });
});
