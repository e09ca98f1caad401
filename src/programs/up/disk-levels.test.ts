import { describe, expect, it } from 'vitest';
import { parseDiskLevels } from './disk-levels.ts';
import { parseUpOptions } from './options.ts';

describe('the levels of a filling disk', () => {
  it('are three shares or three sizes, each above the next', () => {
    expect(parseDiskLevels('30,12.5%,5')).toEqual({
      unit: 'percent',
      warn: 30,
      refuse: 12.5,
      seal: 5,
    });
    const gibibyte = 1_073_741_824;
    expect(parseDiskLevels('8GiB, 4GiB, 512MiB')).toEqual({
      unit: 'bytes',
      warn: 8 * gibibyte,
      refuse: 4 * gibibyte,
      seal: gibibyte / 2,
    });
  });

  it.each([
    '',
    '20,10',
    '20,10,5,1',
    '5,10,20',
    '20,10,10',
    '20,10,0',
    '100,10,5',
    '8GiB,10,5',
    'a,b,c',
  ])('are not `%s`, and a start with that is refused', (text) => {
    expect(parseDiskLevels(text)).toBeUndefined();
    expect(() => parseUpOptions([`--disk-levels=${text}`], {})).toThrow(/`--disk-levels` takes/);
  });

  it('are the usual ones where nothing is said, and are set by flag or BAILIWICK_DISK_LEVELS', () => {
    expect(parseUpOptions([], {}).diskLevels).toBeUndefined();
    expect(parseUpOptions([], { BAILIWICK_DISK_LEVELS: '30,20,10' }).diskLevels).toMatchObject({
      warn: 30,
    });
    expect(
      parseUpOptions(['--disk-levels', '40,20,10'], { BAILIWICK_DISK_LEVELS: '30,20,10' })
        .diskLevels,
    ).toMatchObject({ warn: 40 });
  });
});
