import type { Asked } from './asked.ts';
import { rounded, spelledNumbersIn } from './number-words.ts';
import { numbersIn, withoutDates } from './quantities.ts';
import { isStrange } from './search.ts';
import { nounsOf } from './selectors.ts';
import type { SinkValue } from './values.ts';
import type { Said } from './words.ts';

/** More numbers than these make nearly any other. */
const mostNumbers = 6;

const word = (words: string): RegExp =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${words})(?![\p{L}\p{N}])`, 'u');

const percent =
  /(\d+(?:[.,]\d+)?|\p{L}+)\s*(?:%|(?:percent|per cent|prozent|pour cent|por ciento|per cento|procent|por cento)(?![\p{L}\p{N}]))/gu;
const shares: readonly (readonly [RegExp, number])[] = [
  [word('half|hälfte|halb|halben|moitié|demi|mitad|metà|helft|metade'), 1 / 2],
  [word('a third|one third|ein drittel|un tiers|un tercio|un terzo|een derde|um terço'), 1 / 3],
  [
    word('a quarter|one quarter|ein viertel|un quart|un cuarto|un quarto|een kwart|um quarto'),
    1 / 4,
  ],
  [word('double|twice|doppelt|doppelte|doppelten|doble|doppio|dubbele?|dobro'), 2],
  [word('triple|three times|dreifache|triplo|drievoudige'), 3],
];
const each = word(
  'each|apiece|per|times|je|jeweils|pro|mal|chacune?|par|fois|cada|por|veces|ciascun[oa]|elk|stuk|à|a piece',
);
const sum = word(
  'total|sum|together|altogether|plus|zusammen|insgesamt|summe|ensemble|totale?|somme|suma|juntos|somma|insieme|samen|totaal|som|soma|on top',
);
const less = word('minus|less|weniger|abzüglich|moins|menos|meno|min|minder');

/** Numbers that the user's words say, as digits and in words. */
export function numbersOf({ text }: Said): readonly number[] {
  const bare = withoutDates(text);
  // A digit within a longer name (`inv-2207`) counts nothing.
  const said = bare.match(/(?<![^\s(€$£])[\d][\d.,']*/gu) ?? [];
  const all = [
    ...said.flatMap((one) => [...numbersIn(one.replace(/[.,']+$/u, ''))]),
    ...spelledNumbersIn(bare),
  ];
  return [...new Set(all)].map(Number).filter(Number.isFinite);
}

/** What is told to be reckoned out of what the user says. INVARIANT: only by an operation that the words name. */
function* resultsOf({ text }: Said, numbers: readonly number[]): Generator<number> {
  yield* sharesOf(text, numbers);
  const pairs = numbers.flatMap((a, at) => numbers.slice(at + 1).map((b) => [a, b] as const));
  if (each.test(text)) for (const [a, b] of pairs) yield a * b;
  if (less.test(text)) for (const [a, b] of pairs) yield* [a - b, b - a];
  if (sum.test(text)) {
    for (const [a, b] of pairs) yield a + b;
    yield numbers.reduce((all, number) => all + number, 0);
  }
}

const halfHour = /half an hour|halbe stunde|demi-heure|media hora|mezz'?ora|half uur|meia hora/u;

function* sharesOf(text: string, numbers: readonly number[]): Generator<number> {
  for (const [, one = ''] of text.matchAll(percent)) {
    const [part] = [...numbersIn(one), ...spelledNumbersIn(one)];
    for (const base of part === undefined ? [] : numbers) {
      const share = (base * Number(part)) / 100;
      yield* [share, base + share, base - share];
    }
  }
  if (halfHour.test(text)) return;
  for (const [named, share] of shares) {
    if (named.test(text)) for (const base of numbers) yield base * share;
  }
}

/** The number in words, or what the words say is to be reckoned; the second only where nobody else wrote it. */
export function isReckoned(
  asked: Asked,
  value: SinkValue,
  others: readonly number[] = [],
): boolean {
  const { wanted } = asked.words;
  const wants = value.keys.flatMap((key) =>
    key.startsWith('number ') ? [Number(key.slice(7))] : [],
  );
  if (wants.length === 0) return false;
  for (const spelled of spelledNumbersIn(wanted.text)) {
    if (wants.includes(Number(spelled)) && !isOneOfNothing(spelled)) return true;
  }
  if (isCounted(wanted, value, wants) || isLong(wanted, value, wants, asked)) return true;
  const numbers = [...new Set([...numbersOf(wanted), ...others])];
  if (numbers.length > mostNumbers) return false;
  for (const result of resultsOf(wanted, numbers)) {
    if (wants.includes(rounded(result))) return !isStrange(asked, value.text);
  }
  return false;
}

/** `a`, `one` and their likes stand in nearly every sentence. */
function isOneOfNothing(number: string): boolean {
  return number === '1';
}

const counts = new Set(
  'quantity qty count pieces copies units persons people guests seats rooms nights adults number'.split(
    ' ',
  ),
);

/** Of what is counted one is the least, where the words say no number. */
function isCounted({ text }: Said, { argument }: SinkValue, wants: readonly number[]): boolean {
  if (
    !wants.includes(1) ||
    !nounsOf(argument.slice(argument.lastIndexOf('.') + 1)).some((noun) => counts.has(noun))
  )
    return false;
  return ![...numbersOf({ text } as Said)].some((one) => one !== 1);
}

const lengths = new Map([
  ['minutes', 1],
  ['minute', 1],
  ['mins', 1],
  ['duration', 1],
  ['hours', 60],
]);
const hours = /^(?:hours?|stunden?|heures?|horas?|ore|ora|uur|uren)$/u;
const minutes = /^(?:minutes?|minuten|minutos?|minuti|minuut)$/u;

/** How long something takes: what the words say, and where they say nothing up to an hour by the agent's choice. */
function isLong(
  { text }: Said,
  { argument, text: shown }: SinkValue,
  wants: readonly number[],
  asked: Asked,
): boolean {
  const unit = nounsOf(argument.slice(argument.lastIndexOf('.') + 1)).flatMap(
    (noun) => lengths.get(noun) ?? [],
  )[0];
  if (unit === undefined) return false;
  const said = [...saidMinutes(text)];
  if (said.length > 0) return said.some((one) => wants.includes(one / unit));
  const isShort = wants.some((one) => [15, 30, 45, 60].includes(one * unit));
  return isShort && !isStrange(asked, shown);
}

function* saidMinutes(text: string): Generator<number> {
  if (halfHour.test(text)) yield 30;
  else if (/(?:an|one|eine|une|una|een|uma) (?:hour|stunde|heure|hora|ora|uur)/u.test(text))
    yield 60;
  for (const [, number = '', unit = ''] of text.matchAll(
    /(\d+(?:[.,]\d+)?|\p{L}+)(?=[\s-]+(\p{L}+))/gu,
  )) {
    const value = Number([...numbersIn(number), ...spelledNumbersIn(number)][0]);
    if (!Number.isFinite(value)) continue;
    if (hours.test(unit)) yield value * 60;
    else if (minutes.test(unit)) yield value;
  }
}
