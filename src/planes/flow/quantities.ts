const number =
  /(?<![\p{L}\p{N}])(?:\d{1,3}(?:[.,' ]\d{3}){1,5}(?:[.,]\d{1,2})?|\d{1,18}(?:[.,]\d{1,6})?)(?![\p{L}\p{N}])/gu;

/** Every number of a text, in every way in which it can be read. */
export function* numbersIn(text: string): Generator<string> {
  for (const [raw] of text.matchAll(number)) yield* numberForms(raw);
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

const months: readonly string[] = [
  'jan|january|januar',
  'feb|february|februar',
  'mar|march|märz',
  'apr|april',
  'may|mai',
  'jun|june|juni',
  'jul|july|juli',
  'aug|august',
  'sep|sept|september',
  'oct|october|oktober',
  'nov|november',
  'dec|december|dezember',
];
const monthNumber = new Map(
  months.flatMap((names, at) => names.split('|').map((name) => [name, at + 1] as const)),
);
const isoDate = /(?<!\d)(\d{4})[-/](\d{2})[-/](\d{2})(?!\d)/gu;
const numericDate = /(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)/gu;
const dayFirst =
  /(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? {1,3}(\p{L}{3,9})\.?,? {1,3}(\d{4})(?!\d)/gu;
const monthFirst =
  /(?<!\p{L})(\p{L}{3,9})\.? {1,3}(\d{1,2})(?:st|nd|rd|th)?,? {1,3}(\d{4})(?!\d)/gu;

/** Every day of a text as `YYYY-MM-DD`, in every way in which it can be read. */
export function* datesIn(text: string): Generator<string> {
  for (const [, year, month, day] of text.matchAll(isoDate)) yield* dateForm(year, month, day);
  for (const [, one, other, year] of text.matchAll(numericDate)) {
    yield* dateForm(year, other, one);
    yield* dateForm(year, one, other);
  }
  for (const [, day, name, year] of text.matchAll(dayFirst)) {
    yield* dateForm(year, monthOf(name), day);
  }
  for (const [, name, day, year] of text.matchAll(monthFirst)) {
    yield* dateForm(year, monthOf(name), day);
  }
}

/** The numbers of a day are no amounts. */
export function withoutDates(text: string): string {
  let rest = text;
  for (const pattern of [isoDate, numericDate]) rest = rest.replace(pattern, ' · ');
  for (const pattern of [dayFirst, monthFirst]) {
    rest = rest.replace(pattern, (whole, one: string, other: string) =>
      monthOf(one) === undefined && monthOf(other) === undefined ? whole : ' · ',
    );
  }
  return rest;
}

function monthOf(name: string | undefined): string | undefined {
  return monthNumber.get(name?.toLowerCase() ?? '')?.toString();
}

function* dateForm(year = '', month = '', day = ''): Generator<string> {
  const [m, d] = [Number(month), Number(day)];
  if (m < 1 || m > 12 || d < 1 || d > 31) return;
  yield `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
