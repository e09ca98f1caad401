import { type DeedWords, wordsForDeeds } from './deed-words.ts';
import {
  clausesOfLine,
  isOfOthers,
  isQuestion,
  isUnreal,
  isWaiting,
  withoutQuotes,
} from './moods.ts';
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

const tokens = /[\p{L}\p{N}][\p{L}\p{N}'’-]*|[^\s\p{L}\p{N}]/gu;

/** Whether one of these deeds is asked for: in whichever words of its kind, and not only spoken of or asked about. */
export function isAskedFor({ text }: Pick<Said, 'text'>, deeds: readonly string[]): boolean {
  const known = wordsForDeeds(deeds);
  return text.split('\n').some((line) => {
    if (isWaiting(line)) return false;
    return isIn(withoutQuotes(line), known);
  });
}

/** INVARIANT: a clause that asks for nothing passes that on to those behind it, up to one that begins with its deed. */
function isIn(line: string, known: DeedWords): boolean {
  let isNone = false;
  for (const clause of clausesOfLine(line)) {
    const begins =
      isQuestion(clause) || isOfOthers(clause) || isUnreal(clause.slice(0, deedAt(clause, known)));
    if (begins) isNone = true;
    const all = clause.match(tokens) ?? [];
    const asked = all.findIndex((word, at) => isDeed(all, at, word, known));
    const first = all.findIndex((word) => !fillers.has(word));
    if (asked >= 0 && (!isNone || (!begins && asked === first))) return true;
    if (!isNone && known.phrases.some((phrase) => phrase.test(clause))) return true;
    if (isNone && !begins && isCondition.test(line)) isNone = false;
  }
  return !isNone && known.phrases.some((phrase) => phrase.test(line));
}

/** Where the first word of such a deed stands; behind the end where none does. */
function deedAt(clause: string, known: DeedWords): number {
  const word = (clause.match(tokens) ?? []).find((one) => matchOf(one, known) !== undefined);
  return word === undefined ? clause.length : clause.indexOf(word);
}

const fillers = set('please pls also just now then bitte jetzt dann also ok okay');
const isCondition =
  /^(?:if|when|once|as soon as|wenn|sobald|si|quand|cuando|se|quando|als|zodra)\s/u;

function isDeed(all: readonly string[], at: number, word: string, known: DeedWords): boolean {
  const match = matchOf(word, known);
  if (match === undefined || isThing(all, at, word, match)) return false;
  return !isToMe(all, at, word) && !isState(all, at, word);
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
