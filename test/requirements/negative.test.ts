import { expect, it } from 'vitest';
import { negative } from './negative.ts';
import { testTexts } from './texts.ts';

it('what must not work is proved line by line, each by tests that exist', () => {
  const texts = testTexts();
  const lost = Object.entries(negative).flatMap(([line, titles]) => {
    if (titles.length === 0) return [line];
    const gone = titles.filter((title) => !texts.some((text) => text.includes(title)));
    return gone.map((title) => `${line}: ${title}`);
  });
  expect(lost).toEqual([]);
});
