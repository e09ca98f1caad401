import { describe, expect, it } from 'vitest';
import { evidenceItem } from './evidence-item.ts';

const pack = (due: number, newest?: string) => ({ name: 'board', due, newest });

describe('evidence, in the readiness', () => {
  it('is red while a pack fails, amber while one is due, green once it is made [AUD-22]', () => {
    expect(evidenceItem({ packs: [], problems: [] })).toBeUndefined();
    const problems = ['board: the folder is not there'];
    expect(evidenceItem({ packs: [pack(1)], problems })).toMatchObject({ state: 'red' });
    expect(evidenceItem({ packs: [pack(2)], problems: [] })).toMatchObject({
      state: 'amber',
      why: 'periods that are being made: board 2',
    });
    expect(evidenceItem({ packs: [pack(0)], problems: [] })).toMatchObject({ state: 'amber' });
    expect(evidenceItem({ packs: [pack(0, 'day-2026-11-27')], problems: [] })).toMatchObject({
      state: 'green',
      why: 'made: board to day-2026-11-27',
    });
  });
});
