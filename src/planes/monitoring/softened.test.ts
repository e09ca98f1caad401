import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { createSoftenedBook, softenedOf } from './index.ts';

describe('what would have been stopped', () => {
  it('is counted by tool, and told with the most first; nothing is told of nothing', () => {
    const book = createSoftenedBook();
    expect(book.told()).toEqual({});
    book.note('main', 'tool:a/x', { effect: 'hold' });
    book.note('main', 'tool:a/y', { effect: 'refuse' });
    book.note('main', 'tool:a/y', { effect: 'refuse' });
    const told = book.told();
    expect(told).toEqual({
      softened: [
        { tenant: 'main', target: 'tool:a/y', refuse: 2, hold: 0 },
        { tenant: 'main', target: 'tool:a/x', refuse: 0, hold: 1 },
      ],
    });
    expect(softenedOf('main', [told, told])).toEqual([
      { target: 'tool:a/y', refuse: 4, hold: 0 },
      { target: 'tool:a/x', refuse: 0, hold: 2 },
    ]);
    expect(softenedOf('other', [told])).toEqual([]);
  });

  it('takes bounded room: beyond `softToolsCounted` tools it is one sum, and none is lost', () => {
    const book = createSoftenedBook();
    const tools = limits.softToolsCounted + 10;
    for (let at = 0; at < tools; at += 1) book.note('main', `tool:a/${at}`, { effect: 'refuse' });
    const { softened, softenedBeside } = book.told();
    expect(softened).toHaveLength(50);
    expect(softenedBeside).toBe(tools - 50);
  });
});
