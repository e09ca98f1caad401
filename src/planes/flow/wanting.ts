import { type DeedWords, wordsForDeeds } from './deed-words.ts';
import type { Said } from './words.ts';

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** `the answer`, `my order`: a thing, and nothing to be done. */
const determiners = set(
  `the a an my your his her its our their this these those which whose every each last latest
  der die das den dem des ein eine einen einem einer le la les un une ce cette ces mon ma el los las una il lo gli het een o os as um uma`,
);
/** `make the payment`: with one of these before it the thing is the deed. */
const light = set(
  `make do need want issue place execute arrange prepare give send get start begin finish carry trigger approve request please
  mach mache brauche fais fait haz hacer fai doe maak faça`,
);
/** What is told to whoever asks is an answer. */
const toMe = set('me us mir uns moi nous mij ons');
const telling = set(
  `tell say write answer reply show inform explain text ask sag sage schreib schreibe dis dites zeg vertel di dime dimmi`,
);
const texts = set('summary overview report list draft digest zusammenfassung résumé resumen');
const beforeState = set('was were been is are being already just got has have had wurde wurden');
const adverbs = set('already just not also since now recently');

/** So a question begins that asks for an answer alone; `could you …` asks for a deed. */
const asking =
  /^(?:(?:and|so|also|please|hi|hello|hey|ok|okay)[\s,!]+)*(?:what|which|who|whom|whose|where|why|how|is|are|was|were|did|does|has|had|(?:have|do) (?:i|we|you|they|any|the)|when (?:is|are|was|were|did|does|do|will)|was ist|wer|wie viele?|warum|wann|ist|sind|hat|qui|quand|pourquoi|combien|est-ce|quién|cuándo|cuánto|por qué|chi|quando|perché|wie|waarom|wanneer)(?![\p{L}\p{N}])/u;

const tokens = /[\p{L}\p{N}][\p{L}\p{N}'’-]*|[^\s\p{L}\p{N}]/gu;
const joins = set('and then or but please also just und dann bitte et puis y luego e poi en dan');

/** Whether one of these deeds is asked for: in whichever words of its kind, and not only spoken of or asked about. */
export function isAskedFor({ text }: Pick<Said, 'text'>, deeds: readonly string[]): boolean {
  const known = wordsForDeeds(deeds);
  return text.split('\n').some((line) => isIn(line, known));
}

function isIn(line: string, known: DeedWords): boolean {
  const all = line.match(tokens) ?? [];
  const isQuestion = asking.test(line);
  for (const [at, word] of all.entries()) {
    const match = matchOf(word, known);
    if (match === undefined || isThing(all, at, word, match)) continue;
    if (isToMe(all, at, word) || isState(all, at, word)) continue;
    if (!isQuestion || beginsClause(all, at)) return true;
  }
  return !isQuestion && known.phrases.some((phrase) => phrase.test(line));
}

function matchOf(word: string, { deeds, stems }: DeedWords): string | undefined {
  const deed = deeds.find((one) => word === one || (one.length >= 4 && word.startsWith(one)));
  return deed ?? stems.find((stem) => (stem.length < 4 ? word === stem : word.startsWith(stem)));
}

function isThing(all: readonly string[], at: number, word: string, deed: string): boolean {
  if (/(?:ed|ing)$/.test(word) && word !== deed) return false;
  if (!determiners.has(all[at - 1] ?? '')) return false;
  return !all.slice(Math.max(0, at - 5), at - 1).some((one) => light.has(one));
}

function isToMe(all: readonly string[], at: number, word: string): boolean {
  if (!telling.has(word)) return false;
  if (toMe.has(all[at + 1] ?? '')) return true;
  const isOfText = all.slice(at + 1, at + 5).some((one) => texts.has(one));
  return isOfText && !all.slice(at + 1).includes('to');
}

/** `was cancelled`; not `should be cancelled`. */
function isState(all: readonly string[], at: number, word: string): boolean {
  if (!word.endsWith('ed')) return false;
  const before = adverbs.has(all[at - 1] ?? '') ? all[at - 2] : all[at - 1];
  return beforeState.has(before ?? '');
}

function beginsClause(all: readonly string[], at: number): boolean {
  const before = all[at - 1];
  return before !== undefined && (joins.has(before) || !/[\p{L}\p{N}]/u.test(before));
}
