import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { skeleton, wordsIn } from './text-forms.ts';

/** What a user says to a model, and what everybody else says in the same request. */
export interface Turns {
  readonly user: readonly string[];
  readonly others: readonly string[];
}

/**
 * Of a request as a model is asked. INVARIANT: the role alone says whose a turn is: whatever is not `user` is somebody
 * else's, a tool's answer and what the model said among it.
 */
export function turnsOf({ messages }: JsonObject): Turns {
  const user: string[] = [];
  const others: string[] = [];
  for (const one of Array.isArray(messages) ? (messages as readonly Json[]) : []) {
    if (!isJsonObject(one)) continue;
    const text = textOf(one['content']);
    if (text.trim() !== '') (one['role'] === 'user' ? user : others).push(text);
  }
  return { user, others };
}

function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = (content as readonly Json[]).filter(isJsonObject);
  return parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n');
}

/** So many words in a row are nobody's by chance; a shorter turn is compared whole. */
const inARow = 8;
/** `yes please` stands in every second mail. */
const tooFew = 4;
/** More than this is not read through for one turn. */
const mostChars = 1_048_576;

/** Finds a turn, or a part of it, in what others wrote. */
export class Repeats {
  readonly #runs = new Set<string>();
  readonly #length: number;
  #left = mostChars;

  constructor(turn: string) {
    const words = [...wordsIn(skeleton(turn))];
    this.#length = words.length < tooFew ? 0 : Math.min(inARow, words.length);
    for (const run of runsIn(words, this.#length)) this.#runs.add(run);
  }

  /** INVARIANT: what is too much to be read through may hold it. */
  standsIn(text: string): boolean {
    if (this.#runs.size === 0) return false;
    this.#left -= text.length;
    if (this.#left < 0) return true;
    for (const run of runsIn([...wordsIn(skeleton(text))], this.#length)) {
      if (this.#runs.has(run)) return true;
    }
    return false;
  }
}

function* runsIn(words: readonly string[], length: number): Generator<string> {
  if (length === 0) return;
  for (let at = 0; at + length <= words.length; at += 1) {
    yield words.slice(at, at + length).join(' ');
  }
}
