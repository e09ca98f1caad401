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
}

const sentenceEnd = /[.!?;](?=\s|$)|[\n\r]/gu;
const negators =
  /(?<![\p{L}\p{N}])(?:not|never|no|nothing|nobody|none|without|neither|nor|avoid|except|excluding|dont|doesnt|cannot|ignore|refuse|nicht|kein|keine|keinen|keinem|keiner|nie|niemals|ohne|außer|jamais|sans|sauf|nunca|sin)(?![\p{L}\p{N}])|n['’]t(?![\p{L}\p{N}])/u;
const turns = /(?<![\p{L}\p{N}])(?:but|instead|rather|sondern|stattdessen)(?![\p{L}\p{N}])/u;
/** Said with a no, and meant with a yes. */
const idioms =
  /(?<![\p{L}\p{N}])(?:(?:do not|don['’]t|never) (?:forget|hesitate)|not only|no (?:later|more|less|fewer) than|no matter|no problem|nicht nur|nicht vergessen)(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])no\.? ?#?(?=\d)/giu;
const again =
  /(?<![\p{L}\p{N}])(?:twice|again|each|every|all|both|zweimal|nochmal|jede[mnrs]?|alle)(?![\p{L}\p{N}])/u;

/** Undefined where nothing was said. More than `mostChars` is no more than nothing: it grants nothing. */
export function readWords(text: string | undefined, mostChars = 16_384): UserWords | undefined {
  if (text === undefined || text.length > mostChars || text.trim() === '') return undefined;
  const plain = text.toWellFormed().normalize('NFC').replace(idioms, ' ');
  const wanted: string[] = [];
  const unwanted: string[] = [];
  for (const sentence of sentencesOf(plain)) {
    // Lower case keeps the length of nearly every text; where it does not, nothing is granted.
    const lower = sentence.toLowerCase();
    if (lower.length !== sentence.length) unwanted.push(sentence);
    else partClauses(sentence, lower, wanted, unwanted);
  }
  const [yes, no] = [saidIn(wanted), saidIn(unwanted)];
  return {
    wanted: yes,
    unwanted: no,
    repeats: again.test(yes.text),
    forbidden: new Set(unwanted.flatMap(firstWords)),
  };
}

/** Three words are enough for `do not ever send`, and too few for what is only said beside a no. */
function firstWords(clause: string): readonly string[] {
  return [...wordsIn(clause.toLowerCase().replace(negators, ' '))].slice(0, 3);
}

function sentencesOf(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { index } of text.matchAll(sentenceEnd)) {
    parts.push(text.slice(from, index));
    from = index + 1;
  }
  parts.push(text.slice(from));
  return parts;
}

/** From a no to the end of its sentence, or to a turn such as `but`, nothing is wanted. */
function partClauses(sentence: string, lower: string, wanted: string[], unwanted: string[]): void {
  let from = 0;
  while (from < sentence.length) {
    const no = negators.exec(lower.slice(from));
    if (no === null) break;
    const start = from + no.index;
    const turn = turns.exec(lower.slice(start + no[0].length));
    const end =
      turn === null ? sentence.length : start + no[0].length + turn.index + turn[0].length;
    wanted.push(sentence.slice(from, start));
    unwanted.push(sentence.slice(start, end));
    from = end;
  }
  wanted.push(sentence.slice(from));
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
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!goesOn(text, at - 1, -1) && !goesOn(text, at + wanted.length, 1)) return true;
  }
  return false;
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

/** Words by which a user points at links: nobody asks for a page without one. */
const linkWords = new Set([
  'link',
  'links',
  'url',
  'urls',
  'page',
  'pages',
  'site',
  'website',
  'web',
]);

export function speaksOfLinks({ words }: Said): boolean {
  for (const word of linkWords) if (words.has(word)) return true;
  return false;
}
