import { describe, expect, it } from 'vitest';
import { madePacks } from './made.ts';

describe('what was made', () => {
  it('is read in a bounded number of notes, whatever lies there; what has no such name is passed over [AUD-22]', () => {
    const day = 86_400_000;
    const now = 20_000 * day;
    const name = (nth: number) => `day-${new Date(nth * day).toISOString().slice(0, 10)}`;
    const names = Array.from({ length: 5_000 }, (_, nth) => name(15_010 + nth));
    let read = 0;
    const place = {
      names: () => [...names, 'lost+found', 'week-2026-11-02', 'day-2026-13-01'],
      note() {
        read += 1;
        return Buffer.from('no note');
      },
    };
    const pack = { name: 'board', every: 'daily', folder: '', of: ['stops'] } as const;
    const verify = () => '{"form":"bailiwick-evidence-pack/1"}';
    expect(madePacks(pack, place, { tenant: 'main', now, verify })).toEqual({
      newest: undefined,
      ahead: Array.from({ length: 10 }, (_, nth) => name(20_009 - nth)),
    });
    expect(read).toBe(64);
  });
});
