import { limits } from '#kernel/limits.ts';

/** One word of a query, with its place in it. */
export interface QueryWord {
  readonly not: boolean;
  /** What stands before the colon, in small letters; undefined for a word that has none. */
  readonly name: string | undefined;
  readonly values: readonly string[];
  readonly at: number;
  readonly length: number;
}

type Malformed = (at: number, what: string) => Error;

/** Read once from left to right, in linear time, with no pattern in it. */
export function wordsOf(text: string, malformed: Malformed): readonly QueryWord[] {
  const words: QueryWord[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text[at])) {
      at += 1;
      continue;
    }
    const { word, end } = readWord(text, at, malformed);
    words.push(word);
    if (words.length > limits.auditQueryWords) throw malformed(at, 'the query has too many words');
    at = end;
  }
  return words;
}

function isSpace(letter: string | undefined): boolean {
  return letter === ' ' || letter === '\t' || letter === '\n' || letter === '\r';
}

function readWord(
  text: string,
  at: number,
  malformed: Malformed,
): { readonly word: QueryWord; readonly end: number } {
  const not = text[at] === '-';
  const start = not ? at + 1 : at;
  const name = nameAt(text, start);
  let next = name === undefined ? start : start + name.length + 1;
  const values: string[] = [];
  for (;;) {
    const { value, end } = readValue(text, next, malformed);
    values.push(value);
    next = end;
    if (text[next] !== ',') break;
    next += 1;
  }
  const word = { not, name: name?.toLowerCase(), values, at, length: next - at };
  return { word, end: next };
}

const mostNameLetters = 32;

/** Letters up to a colon; a target has a colon of its own, which is no name unless it comes first. */
function nameAt(text: string, start: number): string | undefined {
  for (let at = start; at < text.length && at - start <= mostNameLetters; at += 1) {
    const letter = text[at] ?? '';
    if (letter === ':') return at === start ? undefined : text.slice(start, at);
    const isLetter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    if (!isLetter && letter !== '-' && letter !== '_') return undefined;
  }
  return undefined;
}

function readValue(
  text: string,
  at: number,
  malformed: Malformed,
): { readonly value: string; readonly end: number } {
  if (text[at] === '"') {
    const close = text.indexOf('"', at + 1);
    if (close < 0) throw malformed(at, 'a quote is not closed');
    const behind = text[close + 1];
    if (behind !== undefined && behind !== ',' && !isSpace(behind)) {
      throw malformed(close + 1, 'after a quote comes a space or a comma');
    }
    return { value: text.slice(at + 1, close), end: close + 1 };
  }
  let end = at;
  while (end < text.length && text[end] !== ',' && text[end] !== '"' && !isSpace(text[end])) {
    end += 1;
  }
  if (text[end] === '"') throw malformed(end, 'a quote begins a value, or stands in none');
  return { value: text.slice(at, end), end };
}
