import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { demands } from './demands.ts';
import { testTexts } from './texts.ts';

const source = new URL('../../../shared/requirements.md', import.meta.url);

it('what norms and systems demand of the log is taken apart, each clause with a test that exists or a reason why not', () => {
  const texts = testTexts();
  expect(Object.keys(demands).length).toBeGreaterThan(10);
  const lost = Object.entries(demands).flatMap(([id, all]) => [
    ...(/^(?:D|SYS)-\d+$/.test(id) && all.length > 0 ? [] : [id]),
    ...all.flatMap((one) => {
      if ('missing' in one) return one.missing === '' ? [`${id}: ${one.clause}`] : [];
      return texts.some((text) => text.includes(one.test)) ? [] : [`${id}: ${one.test}`];
    }),
  ]);
  expect(lost).toEqual([]);
});

it.skipIf(!existsSync(source))('and each of them stands in the requirements text', () => {
  const text = readFileSync(source, 'utf8');
  expect(Object.keys(demands).filter((id) => !text.includes(`| ${id} |`))).toEqual([]);
});
