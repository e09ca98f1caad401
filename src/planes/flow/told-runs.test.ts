import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { packed } from './packed.ts';
import { inARow, ToldRuns } from './told-runs.ts';
import { exact, wordsIn } from './text-forms.ts';

const kept = (result: JsonObject) => ({ text: packed({}, result).text, flow: undefined });
const always = () => true;
/** As copies are looked for. */
function runsOf(text: string): readonly string[] {
  const words = [...wordsIn(exact(text))];
  return words.flatMap((_word, at) =>
    at + inARow <= words.length ? [words.slice(at, at + inARow).join(' ')] : [],
  );
}

describe('runs of words that were told', () => {
  it('are never missed, whatever the words are and however they are set [SEM-10]', () => {
    const word = fc.oneof(
      fc.constantFrom('we', 'close', 'Graz', 'Straße', 'ＡＢＣ', '７', 'über', 'naïve', '漢字'),
      fc.string({ maxLength: 6 }),
    );
    const text = fc.array(word, { maxLength: 30 }).map((words) => words.join('  '));
    const neverMissed = fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
      const runs = new ToldRuns();
      const structuredContent = { list: texts.map((one) => ({ one })) };
      runs.learn(
        kept({ structuredContent, content: [{ type: 'text', text: texts[0] ?? '' }] }),
        always,
      );
      for (const run of texts.flatMap(runsOf)) expect(runs.mayHave(run), run).toBe(true);
    });
    fc.assert(neverMissed, { seed: 7, numRuns: 300 });
  });

  it('are told from others that are made of the same words', () => {
    const runs = new ToldRuns();
    const words = 'one two three four five six seven eight'.split(' ');
    runs.learn(kept({ structuredContent: { text: words.join(' ') } }), always);
    expect(runs.mayHave(words.slice(0, 7).join(' '))).toBe(true);
    expect(runs.mayHave(words.slice(1, 8).join(' '))).toBe(true);
    expect(runs.mayHave(words.slice(1, 8).toReversed().join(' '))).toBe(false);
  });

  it('may be any where there was no room for one, or something cannot be read [SEM-10]', () => {
    const long = { structuredContent: { text: 'one two three four five six seven eight' } };
    const [full, odd] = [new ToldRuns(), new ToldRuns()];
    full.learn(kept(long), () => false);
    odd.learn({ ...kept(long), text: 'no json' }, always);
    expect([full, odd].map((runs) => runs.mayHave('a b c d e f g'))).toEqual([true, true]);
  });
});
