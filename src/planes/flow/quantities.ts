const number =
  /(?<![\p{L}\p{N}])(?:\d{1,3}(?:[.,' ]\d{3}){1,5}(?:[.,]\d{1,2})?|\d{1,18}(?:[.,]\d{1,6})?)(?![\p{L}\p{N}])/gu;

/** Every number of a text, in every way in which it can be read. */
export function* numbersIn(text: string): Generator<string> {
  for (const [raw] of text.matchAll(number)) yield* numberForms(raw);
}

/** Of each number by itself, in the ways in which it can be read. */
export function readingsOfNumbers(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(number)].map(([raw]) => [...numberForms(raw)]);
}

/** `1,250.00`, `1.250,00` and `1250` are one; `1.250` is two. */
function* numberForms(raw: string): Generator<string> {
  const bare = raw.replace(/[' ]/g, '');
  const marks = bare.replace(/\d/g, '');
  const last = Math.max(bare.lastIndexOf('.'), bare.lastIndexOf(','));
  if (marks === '') return yield canonicalNumber(bare);
  const behind = bare.length - last - 1;
  const isMixed = marks.includes('.') && marks.includes(',');
  const isSingle = marks.length === 1;
  if (isMixed || isSingle) {
    yield canonicalNumber(`${bare.slice(0, last).replace(/[.,]/g, '')}.${bare.slice(last + 1)}`);
  }
  if (!isMixed && behind === 3) yield canonicalNumber(bare.replace(/[.,]/g, ''));
}

function canonicalNumber(text: string): string {
  return numberForm(Number(text));
}

export function numberForm(value: number): string {
  return Number.isFinite(value) ? String(value) : 'none';
}

/** In English, German, French, Spanish, Italian, Dutch and Portuguese. */
const months: readonly string[] = [
  'jan|january|januar|janvier|enero|gennaio|januari|janeiro',
  'feb|february|februar|février|febrero|febbraio|februari|fevereiro',
  'mar|march|märz|mars|marzo|maart|março',
  'apr|april|avril|abril|aprile',
  'may|mai|mayo|maggio|mei|maio',
  'jun|june|juni|juin|junio|giugno|junho',
  'jul|july|juli|juillet|julio|luglio|julho',
  'aug|august|août|agosto|augustus',
  'sep|sept|september|septembre|septiembre|settembre|setembro',
  'oct|october|oktober|octobre|octubre|ottobre|outubro',
  'nov|november|novembre|noviembre|novembro',
  'dec|december|dezember|décembre|diciembre|dicembre|dezembro',
];
const monthNumber = new Map(
  months.flatMap((names, at) => names.split('|').map((name) => [name, at + 1] as const)),
);
/** No day is without a year, and none in words without a month. */
const fourDigits = /\d{4}/;
const monthBegins = new RegExp(
  [...new Set([...monthNumber.keys()].map((name) => name.slice(0, 3)))].join('|'),
  'iu',
);
const isoDate = /(?<!\d)(\d{4})[-/](\d{2})[-/](\d{2})(?!\d)/gu;
const numericDate = /(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)/gu;
const dayFirst =
  /(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?(?: of| de| di)? {1,3}(\p{L}{3,10})\.?,?(?: de| del)? {1,3}(\d{4})(?!\d)/gu;
const monthFirst =
  /(?<!\p{L})(\p{L}{3,10})\.? {1,3}(\d{1,2})(?:st|nd|rd|th)?,? {1,3}(\d{4})(?!\d)/gu;

/** Every day of a text as `YYYY-MM-DD`, in every way in which it can be read. */
export function* datesIn(text: string): Generator<string> {
  for (const { days } of readingsOfDates(text)) yield* days;
}

export interface DateReadings {
  readonly raw: string;
  /** One, or two where nobody can tell day from month. */
  readonly days: readonly string[];
}

/** Of each day by itself, in the ways in which it can be read. */
export function readingsOfDates(text: string): readonly DateReadings[] {
  if (!fourDigits.test(text)) return [];
  const found: DateReadings[] = [];
  for (const [raw, year, month, day] of text.matchAll(isoDate)) {
    found.push({ raw, days: dateForm(year, month, day) });
  }
  for (const [raw, one, other, year] of text.matchAll(numericDate)) {
    found.push({ raw, days: [...dateForm(year, other, one), ...dateForm(year, one, other)] });
  }
  if (monthBegins.test(text)) {
    for (const [raw, day, name, year] of text.matchAll(dayFirst)) {
      found.push({ raw, days: dateForm(year, monthOf(name), day) });
    }
    for (const [raw, name, day, year] of text.matchAll(monthFirst)) {
      found.push({ raw, days: dateForm(year, monthOf(name), day) });
    }
  }
  return found.filter(({ days }) => days.length > 0);
}

const dayFirstBare =
  /(?<![\d./-])(\d{1,2})(?:st|nd|rd|th|er|º|\.)?(?: of| de| di)? {1,3}(\p{L}{3,10})(?![\p{L}\d])/gu;
const monthFirstBare =
  /(?<!\p{L})(\p{L}{3,10})\.? {1,3}(\d{1,2})(?:st|nd|rd|th)?(?![\d.:/]\d|\d)/gu;
const numericBare = /(?<![\d./-])(\d{1,2})\.(\d{1,2})\.(?!\d)/gu;

/** Days of a text that are said without a year, as `MM-DD`. */
export function* bareDaysIn(text: string): Generator<string> {
  for (const [, day, name] of text.matchAll(dayFirstBare)) yield* bareForm(monthOf(name), day);
  for (const [, name, day] of text.matchAll(monthFirstBare)) yield* bareForm(monthOf(name), day);
  for (const [, day, month] of text.matchAll(numericBare)) yield* bareForm(month, day);
}

function bareForm(month = '', day = ''): readonly string[] {
  return dateForm('2000', month, day).map((whole) => whole.slice(5));
}

/** The digits of a day are no part of a longer number; every other letter stays where it is. */
export function withDatesBlank(text: string): string {
  if (!fourDigits.test(text)) return text;
  const blank = (day: string): string => '·'.repeat(day.length);
  return text.replace(isoDate, blank).replace(numericDate, blank);
}

/** The numbers of a day are no amounts. */
export function withoutDates(text: string): string {
  if (!fourDigits.test(text)) return text;
  let rest = text;
  for (const pattern of [isoDate, numericDate]) rest = rest.replace(pattern, ' · ');
  for (const pattern of monthBegins.test(rest) ? [dayFirst, monthFirst] : []) {
    rest = rest.replace(pattern, (whole, one: string, other: string) =>
      monthOf(one) === undefined && monthOf(other) === undefined ? whole : ' · ',
    );
  }
  return rest;
}

function monthOf(name: string | undefined): string | undefined {
  return monthNumber.get(name?.toLowerCase() ?? '')?.toString();
}

function dateForm(year = '', month = '', day = ''): readonly string[] {
  const [m, d] = [Number(month), Number(day)];
  if (!(m >= 1 && m <= 12 && d >= 1 && d <= 31)) return [];
  return [`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`];
}
