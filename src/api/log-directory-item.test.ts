import { describe, expect, it } from 'vitest';
import { logDirectoryItem } from './log-directory-item.ts';

describe('what the status says of the logs', () => {
  it('is green while every log that was noted is there', () => {
    expect(logDirectoryItem([]).state).toBe('green');
    expect(logDirectoryItem([], 2)).toMatchObject({
      state: 'green',
      why: expect.stringContaining('but 2 that nobody misses any more') as string,
    });
  });

  it('is red with the log that is gone or shorter, and how many more [AUD-03]', () => {
    const gone = { origin: 'o/main/standard/gateway-2', noted: 12, found: undefined };
    expect(logDirectoryItem([gone])).toMatchObject({
      state: 'red',
      why: expect.stringContaining(
        '`o/main/standard/gateway-2` with 12 records is gone, or cannot be read:',
      ) as string,
    });
    expect(logDirectoryItem([{ ...gone, found: 3 }, gone]).why).toContain(
      'had 12 records and has 3, and 1 more:',
    );
    expect(logDirectoryItem([{ ...gone, found: 12 }]).why).toContain('others than it had:');
  });
});
