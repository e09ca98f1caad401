import { describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { IndexWatch } from '#planes/query/index.ts';
import { indexItem } from './index-item.ts';

const well = { tenant: 'main', behind: 0, fault: undefined };

describe('what the status says of the index of the records', () => {
  it('is green while it goes on, and red when it says nothing any more', () => {
    const clock = new ManualClock();
    const watch = new IndexWatch(clock);
    const state = () => indexItem(watch.health('main')).state;
    expect(state()).toBe('green');
    clock.advance(31_000);
    expect(state()).toBe('red');
    watch.hear([well]);
    expect(state()).toBe('green');
  });

  it('is red with its reason when it stands still, for the tenant whose log it is', () => {
    const watch = new IndexWatch(new ManualClock());
    watch.hear([
      { ...well, fault: 'a bundle is missing' },
      { ...well, tenant: 'other' },
    ]);
    expect(indexItem(watch.health('main'))).toMatchObject({
      state: 'red',
      why: expect.stringContaining('a bundle is missing') as string,
    });
    expect(indexItem(watch.health('other')).state).toBe('green');
  });

  it('is amber when it has been behind for longer than it takes to come along', () => {
    const clock = new ManualClock();
    const watch = new IndexWatch(clock);
    const after = (behind: number) => {
      clock.advance(20_000);
      watch.hear([{ ...well, behind }]);
      return indexItem(watch.health('main')).state;
    };
    expect([after(5), after(7), after(9), after(0), after(3)]).toEqual([
      'green',
      'green',
      'amber',
      'green',
      'green',
    ]);
  });
});
