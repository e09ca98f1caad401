import { describe, expect, it } from 'vitest';
import type { ConfigMode } from '#contracts/config-mode.ts';
import type { Bootstrap } from '#contracts/document-change.ts';
import { secondPersonItem } from './second-person-item.ts';

const judged = (mode: ConfigMode, bootstrap: Partial<Bootstrap>, open = 0) =>
  secondPersonItem({
    documents: { list: async () => [] },
    reviews: {
      countOpen: async () => open,
      bootstrap: async () => ({ begunAt: 0, until: 100, endedAt: undefined, ...bootstrap }),
    },
    tenant: 'main',
    mode,
    now: 50,
  });

describe('the line about a second person', () => {
  it('is red while documents follow, and while one person is alone, and green afterwards', async () => {
    expect(await judged('follow', { endedAt: 10 })).toMatchObject({ state: 'red' });
    const alone = await judged('review', {});
    expect(alone.why).toContain('until 1970-01-01T00:00:00.100Z');
    expect([alone.state, (await judged('review', { until: 50 })).state]).toEqual(['red', 'green']);
    for (const mode of ['review', 'auto'] as const) {
      expect((await judged(mode, { endedAt: 10 })).state).toBe('green');
    }
    const soon = await judged('auto', {});
    expect([soon.state, soon.why]).toEqual(['red', expect.stringContaining('person add')]);
    expect((await judged('review', { endedAt: 10 }, 3)).why).toContain('; 3 wait for somebody');
  });
});
