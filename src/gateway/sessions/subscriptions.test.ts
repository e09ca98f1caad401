import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { fakeCircle } from '../../../test/fakes/fake-fellows.ts';
import { createSubscriptions } from './subscriptions.ts';

const by = { tenant: 'main' } as Principal;
const owner = (id: string, holder = id) => ({ id, holder });
const wanted = (uri: string, server?: string) => ({ uri, server, rights: 'r' });

describe('what a session wants to hear of single resources', () => {
  it('is known by its session, of one server or of whichever has it, until it says otherwise', () => {
    const all = createSubscriptions();
    all.add(by, owner('s'), wanted('file:///a'));
    all.add(by, owner('s'), wanted('file:///b', 'files'));
    expect(all.rightsOf('s', 'files', 'file:///a')).toBe('r');
    expect(all.rightsOf('s', 'others', 'file:///b')).toBeUndefined();
    expect(all.rightsOf('t', 'files', 'file:///a')).toBeUndefined();
    expect(all.isWanted('main', 'files', 'file:///b')).toBe(true);
    expect(all.isWanted('other', 'files', 'file:///b')).toBe(false);
    all.remove('s', 'file:///a');
    expect(all.rightsOf('s', 'files', 'file:///a')).toBeUndefined();
    all.endSession('s');
    expect(all.isWanted('main', 'files', 'file:///b')).toBe(false);
  });

  it('is known to every gateway of the listener, and over for all of them', async () => {
    const circle = fakeCircle(2);
    const all = circle.fellows.map((one) => createSubscriptions(one));
    for (const [at, { note }] of all.entries()) circle.join(at, { noteSubscription: note });
    all[0]?.add(by, owner('s'), wanted('file:///a'));
    await expect.poll(() => all[1]?.rightsOf('s', 'files', 'file:///a')).toBe('r');
    all[1]?.remove('s', 'file:///a');
    await expect.poll(() => all[0]?.rightsOf('s', 'files', 'file:///a')).toBeUndefined();
  });

  it('is bounded for each instance, in all its sessions (subscriptionsPerInstance)', () => {
    const all = createSubscriptions();
    const most = limits.subscriptionsPerInstance;
    for (let at = 0; at < most; at += 1) {
      expect(all.hasRoomFor(owner(`s${at % 2}`, 'ada'), `file:///${at}`)).toBe(true);
      all.add(by, owner(`s${at % 2}`, 'ada'), wanted(`file:///${at}`));
    }
    expect(all.hasRoomFor(owner('s0', 'ada'), 'file:///more')).toBe(false);
    expect(all.hasRoomFor(owner('s0', 'ada'), 'file:///0')).toBe(true);
    expect(all.hasRoomFor(owner('t', 'bob'), 'file:///more')).toBe(true);
  });

  it('is bounded in all (subscriptions)', () => {
    const all = createSubscriptions();
    for (let at = 0; at <= limits.subscriptions; at += 1) {
      const holder = `h${at % 1_000}`;
      all.note({
        tenant: 'main',
        holder,
        session: holder,
        uri: `file:///${at}`,
        rights: 'r',
        isOver: false,
      });
    }
    expect(all.hasRoomFor(owner('new'), 'file:///more')).toBe(false);
    const last = limits.subscriptions;
    expect(all.rightsOf(`h${last % 1_000}`, 'files', `file:///${last}`)).toBeUndefined();
  });

  it('is over once nobody has listened in its session for so long (subscriptionIdleMs)', () => {
    const { all, time } = aging();
    const most = limits.subscriptionsPerInstance;
    for (let at = 0; at < limits.subscriptions; at += 1) {
      const own = owner(`h${Math.floor(at / most)}`);
      all.add(by, own, wanted(`file:///${at % most}`));
    }
    expect(all.hasRoomFor(owner('new'), 'file:///0')).toBe(false);
    time.now = limits.subscriptionIdleMs - 300_000;
    all.heardFrom(by, 'h1');
    time.now = limits.subscriptionIdleMs - 1;
    expect(all.hasRoomFor(owner('new'), 'file:///0')).toBe(false);
    time.now += 60_000;
    expect(all.hasRoomFor(owner('new'), 'file:///0')).toBe(true);
    expect(all.rightsOf('h0', 'files', 'file:///0')).toBeUndefined();
    expect(all.rightsOf('h1', 'files', 'file:///0')).toBe('r');
    expect(all.isWanted('main', 'files', 'file:///0')).toBe(true);
    time.now += limits.subscriptionIdleMs;
    expect(all.isWanted('main', 'files', 'file:///0')).toBe(false);
  });

  it('is over sooner for whoever may not listen any more, and not for a moment of that', () => {
    const { all, time } = aging();
    all.add(by, owner('s'), wanted('file:///a'));
    time.mayListen = false;
    time.now = 60_000;
    expect(all.isWanted('main', 'files', 'file:///a')).toBe(true);
    time.now = limits.listenMs;
    expect(all.isWanted('main', 'files', 'file:///a')).toBe(false);
  });

  it('is kept at every gateway while somebody listens in its session at one of them', async () => {
    const circle = fakeCircle(2);
    const time = { now: 0 };
    const life = { mayListen: () => true, monotonic: () => time.now };
    const all = circle.fellows.map((one) => createSubscriptions(one, life));
    for (const [at, { note }] of all.entries()) circle.join(at, { noteSubscription: note });
    all[0]?.add(by, owner('s'), wanted('file:///a'));
    await expect.poll(() => all[1]?.rightsOf('s', 'files', 'file:///a')).toBe('r');
    time.now = limits.subscriptionIdleMs - 1;
    all[1]?.heardFrom(by, 's');
    await new Promise(setImmediate);
    time.now += 60_000;
    expect(all.map((one) => one.isWanted('main', 'files', 'file:///a'))).toEqual([true, true]);
  });
});

function aging() {
  const time = { now: 0, mayListen: true };
  const all = createSubscriptions(undefined, {
    mayListen: () => time.mayListen,
    monotonic: () => time.now,
  });
  return { all, time };
}
