import { describe, expect, it } from 'vitest';
import { duePeriods, periodNamed, periodOf } from './periods.ts';
import { parseEvidencePolicy } from './policy.ts';

const read = (text: string) => parseEvidencePolicy(text, (folder) => `/beside/${folder}`);
const refusal = (text: string): string => {
  try {
    read(text);
  } catch (fault) {
    return fault instanceof Error ? fault.message : '';
  }
  return 'taken';
};

describe('the packs that are asked for', () => {
  it('are read line by line, each with its time, its place and its reports [AUD-22]', () => {
    const text = '# for the board\npack board monthly out stops refused stops\n';
    expect(read(text).packs).toEqual([
      { name: 'board', every: 'monthly', folder: '/beside/out', of: ['refused', 'stops'] },
    ]);
  });

  it.each([
    ['', 'it names no pack'],
    ['board monthly out stops', 'is not understood'],
    ['pack board yearly out stops', 'a pack is'],
    ['pack ../x daily out stops', 'a pack is'],
    ['pack board daily out', 'a pack is'],
    ['pack board daily out stopps', 'did you mean `stops`'],
    ['pack a daily out stops\npack a weekly out stops', 'is named twice'],
    [
      Array.from({ length: 17 }, (_, at) => `pack p${at} daily out stops`).join('\n'),
      'more than 16',
    ],
    [`# ${'x'.repeat(20_000)}`, 'bytes'],
  ])('are refused where %j says what nobody understands, or too much [AUD-22]', (text, why) => {
    expect(refusal(text)).toContain(why);
  });
});

describe('periods', () => {
  const at = Date.parse('2026-11-28T07:00:00Z');
  const due = (every: 'daily' | 'weekly' | 'monthly', made: readonly string[], now = at) =>
    duePeriods(every, { made, now, most: 31 }).map(({ name }) => name);

  it('are days, weeks from Monday and months of UTC, each found again by its name', () => {
    expect(periodOf('weekly', at)).toEqual({
      name: 'week-2026-11-23',
      from: Date.parse('2026-11-23T00:00:00Z'),
      to: Date.parse('2026-11-30T00:00:00Z'),
    });
    expect(periodOf('monthly', at).to).toBe(Date.parse('2026-12-01T00:00:00Z'));
    for (const every of ['daily', 'weekly', 'monthly'] as const) {
      for (let day = 0; day < 800; day += 1) {
        const period = periodOf(every, at + day * 86_400_000);
        expect(periodNamed(every, period.name)).toEqual(period);
        expect(periodOf(every, period.to).from).toBe(period.to);
      }
    }
  });

  it('are due once they have ended and settled, and all that were missed, oldest first [AUD-22]', () => {
    expect(due('daily', [])).toEqual(['day-2026-11-27']);
    expect(due('daily', ['day-2026-11-24'])).toEqual([
      'day-2026-11-25',
      'day-2026-11-26',
      'day-2026-11-27',
    ]);
    expect(due('daily', ['day-2026-11-27'])).toEqual([]);
    const midnight = Date.parse('2026-11-29T00:00:00Z');
    expect(due('daily', ['day-2026-11-27'], midnight + 299_999)).toEqual([]);
    expect(due('daily', ['day-2026-11-27'], midnight + 300_000)).toEqual(['day-2026-11-28']);
    expect(due('monthly', [])).toEqual(['month-2026-10']);
    expect(due('daily', ['day-2020-01-01'])).toHaveLength(31);
  });

  it('are not taken from names of other things', () => {
    expect(due('daily', ['week-2026-11-23', 'day-2026-13-45', 'notes'])).toEqual([
      'day-2026-11-27',
    ]);
  });
});
