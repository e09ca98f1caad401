import { describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import { type VoidParts, voidRestored } from './void-restored.ts';

/** Sign-ins of which some cannot be ended, as a row that somebody edited cannot. */
function restored(all: readonly string[], stays: (id: string) => boolean) {
  const open = new Set(all);
  const asked: string[] = [];
  const sessions = {
    list: async ({ limit = 0 }: { limit?: number }) =>
      [...open].slice(0, limit).map((id) => ({ id, begunAt: 0 })),
    async endOwed({ ground }: { ground: { id: string } }) {
      asked.push(ground.id);
      if (!stays(ground.id)) open.delete(ground.id);
      return 1;
    },
  };
  const parts = {
    marks: { current: async () => ({ spent: { main: 0 } }) },
    apiTokens: { list: async () => [], remove: async () => undefined },
    sessions,
    clock: new ManualClock(),
  } as unknown as VoidParts;
  return { open, asked, done: voidRestored(parts, { reason: 'a fire', before: 1 }) };
}

const ids = (count: number) => Array.from({ length: count }, (_, at) => `s${at}`);

describe('what was signed in when a backup was taken', () => {
  it.each([0, 1, 499, 500, 501, 1_300])(
    'ends, each of %i, and each is asked once',
    async (count) => {
      const { open, asked, done } = restored(ids(count), () => false);
      await done;
      expect([...open]).toEqual([]);
      expect(asked).toEqual(ids(count));
    },
  );

  it('ends also behind more than a page of what cannot be ended', async () => {
    const first = new Set(ids(600));
    const { open, asked, done } = restored(ids(1_300), (id) => first.has(id));
    await done;
    expect([...open]).toEqual([...first]);
    expect(asked).toHaveLength(1_300);
  });
});
