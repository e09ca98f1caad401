import type { WordWay } from '#contracts/spoken-words.ts';
import { type Clauses, clausesOf, withoutNo } from './clauses.ts';
import { exact, isInWord, wordsIn } from './text-forms.ts';
import { keysOfText } from './values.ts';

/** What one side of somebody's words names. */
export interface Said {
  /** In `exact` form. */
  readonly text: string;
  readonly words: ReadonlySet<string>;
  /** `KIND value` of what has a form of its own, numbers and days among it. */
  readonly values: ReadonlySet<string>;
}

/** The user's own words. INVARIANT: what stands in a clause that says no grants nothing. */
export interface UserWords {
  readonly wanted: Said;
  readonly unwanted: Said;
  /** The same deed may be done again. */
  readonly repeats: boolean;
  /** What stands right behind a no: `do not send`. */
  readonly forbidden: ReadonlySet<string>;
  /** What of each is wanted still, in the order in which they were said. */
  readonly statements: readonly Statement[];
}

/** One time that the user said something. */
export interface Statement {
  readonly way: WordWay;
  /** The record that says so; empty of the begin of a task. */
  readonly record: string;
  readonly wanted: Said;
}

const again =
  /(?<![\p{L}\p{N}])(?:twice|again|each|every|everything|all|both|zweimal|nochmal|jede[mnrs]?|alle|beide[mnrs]?|chaque|tous|toutes|encore|cada|todos|todas|ambos)(?![\p{L}\p{N}])/u;

/** Of all that fit none is left out: not in `that's all`, and not by a deed that is done twice. */
const ofAll =
  /(?<!(?:at|after|above|is|['’]s) )(?<![\p{L}\p{N}])(?:everything|everybody|everyone|(?:all|each|every|alle[nmr]?|jede[mnrs]?|chaque|tous|toutes|cada|todos|todas)\s+\p{L}|(?:both|beide[mnrs]?|ambos|ambas)(?![\p{L}\p{N}])|them all(?![\p{L}\p{N}]))/u;

export function meansAll({ text }: Pick<Said, 'text'>): boolean {
  return ofAll.test(text);
}

/** Undefined where nothing was said. More than `mostChars` is no more than nothing: it grants nothing. */
export function readWords(text: string | undefined, mostChars = 16_384): UserWords | undefined {
  if (text === undefined || text.length > mostChars || text.trim() === '') return undefined;
  return joined([{ way: 'begin', record: '', clauses: clausesIn(text) }]);
}

/** What is wanted by words that were said one after the other, `spoken.ts`. */
export function joined(said: readonly Clausal[]): UserWords {
  const wanted = saidIn(said.flatMap(({ clauses }) => clauses.wanted));
  const forbidden = new Set<string>();
  for (const { clauses } of said) {
    // What is asked for again after a no is no longer forbidden.
    for (const word of wordsIn(clauses.wanted.map(exact).join('\n'))) forbidden.delete(word);
    for (const word of clauses.behind.flatMap(firstWords)) forbidden.add(word);
  }
  return {
    wanted,
    unwanted: saidIn(said.flatMap(({ clauses }) => clauses.unwanted)),
    repeats: again.test(wanted.text),
    forbidden,
    statements: said.map(({ way, record, clauses }) => ({
      way,
      record,
      wanted: saidIn(clauses.wanted),
    })),
  };
}

export interface Clausal extends Pick<Statement, 'way' | 'record'> {
  readonly clauses: Clauses;
}

export function clausesIn(text: string): Clauses {
  return clausesOf(text.toWellFormed().normalize('NFC'));
}

/** Three words are enough for `do not ever send`, and too few for what is only said beside a no. */
function firstWords(clause: string): readonly string[] {
  return [...wordsIn(withoutNo(clause.toLowerCase()))].slice(0, 3);
}

function saidIn(clauses: readonly string[]): Said {
  const values = new Set(clauses.flatMap((clause) => [...keysOfText(clause)]));
  const text = clauses.map(exact).join('\n');
  return { text, words: new Set(wordsIn(text)), values };
}

/** Whether a text stands there by itself, and not inside a longer word, address, path or number. */
export function says({ text }: Said, value: string): boolean {
  const wanted = exact(value);
  if (wanted === '' || wanted.length > 2_048) return false;
  return standsIn(text, wanted).next().done !== true;
}

/** Where, both in `exact` form. */
export function* standsIn(text: string, wanted: string): Generator<number> {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!goesOn(text, at - 1, -1) && !goesOn(text, at + wanted.length, 1)) yield at;
  }
}

const joiners = new Set('@./\\-_:+%&=~,');

function goesOn(text: string, at: number, step: 1 | -1): boolean {
  const next = text[at];
  if (isInWord(next)) return true;
  return next !== undefined && joiners.has(next) && isInWord(text[at + step]);
}

/** Whether one of these deeds is wanted: `send` is also in `sends` and `sending`. */
export function asksFor({ words }: Pick<Said, 'words'>, deeds: readonly string[]): boolean {
  for (const deed of deeds) {
    if (words.has(deed)) return true;
    if (deed.length < 4) continue;
    for (const word of words) if (word.startsWith(deed)) return true;
  }
  return false;
}

/** Of what was listed: none of it is left out. */
const ofThem =
  /(?<![\p{L}\p{N}])(?:all (?:of )?(?:them|these|those)|them all|these all|both of them|alle davon|sie alle|tous|toutes|todos ellos|tutti|allemaal)(?![\p{L}\p{N}])/u;

export function meansThem({ text }: Pick<Said, 'text'>): boolean {
  return ofThem.test(text);
}
