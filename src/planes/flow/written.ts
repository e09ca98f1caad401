import type { Asked } from './asked.ts';
import type { Searched } from './search.ts';
import type { Source } from './source.ts';
import { serverOf } from './task-index.ts';
import { exact, wordsIn } from './text-forms.ts';
import type { SinkValue } from './values.ts';

/**
 * What this task itself wrote before: whoever tells it again has not said it, however the thing is called in which it stands. Also
 * a part of it, written to the same server: parts grow together there.
 */
export function isReadBack({ index, work }: Searched, value: SinkValue, source: Source): boolean {
  const server = serverOf(source.target);
  const whole = exact(value.text);
  for (const kept of index.actsBefore(source)) {
    const act = work.open(kept);
    if (act === undefined || act.isCut) return true;
    if (value.keys.some((key) => act.echoed.has(key))) return true;
    const isHere = serverOf(kept.target) === server;
    for (const text of act.brought) {
      if (!work.spend(1 + Math.ceil(text.length / 64))) return true;
      if (exact(text) === whole || (isHere && hasPartOf(whole, text))) return true;
    }
  }
  return false;
}

/** So short ones are in nearly every text. */
const shortest = 5;

function hasPartOf(whole: string, text: string): boolean {
  const plain = whole.replace(/[^\p{L}\p{N}]/gu, '');
  for (const word of wordsIn(exact(text))) {
    if (word.length >= shortest && plain.includes(word)) return true;
  }
  return false;
}

/** INVARIANT: where it is not known what the task did, whatever it is told freely may be its own words. */
export function knowsOwn({ question, index }: Asked): boolean {
  return question.seenAll && index.knowsActs;
}
