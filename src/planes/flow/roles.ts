import { exact } from './text-forms.ts';
import { asksFor, type Said, standsIn } from './words.ts';

/** What a number would have to be the number of. */
export interface Role {
  /** Words for such a thing: `ticket`. */
  readonly isNoun: (word: string) => boolean;
  readonly deeds: readonly string[];
  /** A number by itself, behind no word for another thing, is one of it. */
  readonly mayBeBare: boolean;
  /** What may stand right behind it, since it is another value of the same call: `label 77 bug`. */
  readonly isValue?: (word: string) => boolean;
  /** So is one behind the deed and a word that is known of no other thing: `terminate machine 4398`. */
  readonly mayBeUnknown: (word: string) => boolean;
}

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** `ticket with the number 7001`. */
const numberWords = set(
  'no nr num number numbers id ids key nummer nummern numéro numero número kennung',
);
const articles = set(
  'the a an this that these those my our your der die das dem den le la les el los las',
);
const joins = set('and or und oder et ou y o & , +');
const prepositions = set(
  'to on for of in at from about by auf an zu von für in à sur de du pour en',
);
const behindNumber = set('with having called named mit avec con');
/** What is counted or measured is no name of a thing. */
const units = set(
  `euro euros eur usd dollar dollars gbp pound pounds chf franken francs cent cents percent prozent % € $ £ ¥ k m
  piece pieces times time day days hour hours minute minutes week weeks month months year years people persons copies items units
  stück tage stunden wochen monate jahre personen mal jours heures semaines mois ans kg km gb mb`,
);
/** What may stand behind a number that is the name of a thing by itself. */
const small = set(
  `and or but then as for to too also please now today tomorrow again because since with without by from on at in is was are if when
  while who which that so it instead only first up und oder aber bitte jetzt heute als wegen weil et ou puis maintenant car y o ahora its it’s it's he she they their his her it’s`,
);

/** In so many sentences that it tells nothing of a thing. */
export function isSmall(word: string): boolean {
  return [articles, joins, prepositions, behindNumber, small].some((words) => words.has(word));
}

const longest = 200;

/** Whether somebody's words use a number as that of such a thing: `250 euros` is none, and `build 61` no ticket. */
export function isUsedAs(said: Said, number: string, role: Role): boolean {
  for (const at of standsIn(said.text, exact(number))) {
    const before = tokensOf(lastLine(said.text.slice(Math.max(0, at - longest), at))).toReversed();
    const end = at + exact(number).length;
    const [next = ''] = tokensOf(firstLine(said.text.slice(end, end + longest)));
    if (units.has(next) || units.has(before[0] ?? '')) continue;
    if (isOf(before, next, role) || isIt(said.text, at, end, role)) return true;
  }
  return false;
}

/** `tell 78 so and close it`: the last number before the deed, and with nothing else for it to be. */
function isIt(
  text: string,
  at: number,
  end: number,
  { deeds, mayBeBare, isNoun, mayBeUnknown }: Role,
): boolean {
  if (!mayBeBare) return false;
  const behind = firstLine(text.slice(end, end + longest));
  const [before = ''] = tokensOf(lastLine(text.slice(Math.max(0, at - longest), at))).toReversed();
  const found = /^(\D*?)(?<![\p{L}\p{N}])(\p{L}+) (?:it|this one|that one)(?![\p{L}\p{N}])/u.exec(
    behind,
  );
  const deed = found?.[2] ?? '';
  if (deed === '' || !(isNoun(before) || mayBeUnknown(before))) return false;
  return /^\p{L}/u.test(before) && asksFor({ words: new Set([deed]) }, deeds);
}

function isOf(before: readonly string[], next: string, role: Role): boolean {
  const rest = withoutNumber(before);
  const isDeed = (word: string) => asksFor({ words: new Set([word]) }, role.deeds);
  const [first = '', second = ''] = rest;
  if (role.isNoun(next) || (role.isNoun(first) && !role.deeds.includes(first))) return true;
  const isFree = (word: string) => isBreak(word) || isDeed(word);
  // `close 7001`, and `reply to 7001`.
  if (isFree(first) || prepositions.has(first)) {
    return (isFree(first) || isFree(second)) && role.mayBeBare && endsHere(next, role);
  }
  // `pull request 57`.
  if (role.isNoun(second)) return true;
  return role.mayBeUnknown(first) && role.mayBeUnknown(second) && isDeedNear(rest, isDeed);
}

function endsHere(next: string, { isValue }: Role): boolean {
  return small.has(next) || !/[\p{L}\p{N}]/u.test(next) || isValue?.(next) === true;
}

/** `terminate the old machine`: with nothing between that begins something else. */
function isDeedNear(rest: readonly string[], isDeed: (word: string) => boolean): boolean {
  for (const word of rest.slice(0, 5)) {
    if (isDeed(word)) return true;
    if (isBreak(word) || word === 'of' || word === 'for') return false;
  }
  return false;
}

function isBreak(word: string): boolean {
  return word === '' || joins.has(word) || !/[\p{L}\p{N}]/u.test(word);
}

/** Without what belongs to the number itself, nearest first: marks, `the`, `number`, and other numbers of the same list. */
function withoutNumber(tokens: readonly string[]): readonly string[] {
  let at = 0;
  let isSaid = false;
  for (; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (numberWords.has(token)) isSaid = true;
    else if (isSaid && behindNumber.has(token)) continue;
    else if (joins.has(token)) {
      const number = tokens.findIndex((one, place) => place > at && !joins.has(one) && one !== '#');
      if (!/^\d+$/.test(tokens[number] ?? '')) break;
      at = number;
    } else if (!articles.has(token) && /[\p{L}\p{N}%€$£¥]/u.test(token)) break;
  }
  return tokens.slice(at);
}

function tokensOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

export function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** `charge` of `charges`. */
export function singular(word: string): string {
  if (word.length < 4 || word.endsWith('ss')) return word;
  return word
    .replace(/ies$/, 'y')
    .replace(/(ch|sh|x|ss)es$/, '$1')
    .replace(/s$/, '');
}
