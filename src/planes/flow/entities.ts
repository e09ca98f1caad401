import { linksIn } from './links.ts';
import { withDatesBlank } from './quantities.ts';
import { exact, hasDigit } from './text-forms.ts';

/** What can be found in free text by its form alone. */
export type EntityKind = 'recipient' | 'url' | 'iban' | 'digits';

export interface Entity {
  readonly kind: EntityKind;
  /** In one form, however it was written. */
  readonly value: string;
  /** Where it stands in the text: `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

// Each bounded, without one repetition inside another: linear in hostile text.
const address = /[^\s<>()[\]{},;:"'`@]{1,64}@[^\s<>()[\]{},;:"'`@/]{1,253}/gu;
const ibanLike = /\b[A-Z]{2}\d{2}[A-Z0-9 -]{8,44}/gu;
const longDigits = /\d[\d ()./-]{5}/;
const ibanBegins = /[A-Z]{2}\d{2}/;
const digitRun = /(?<![\w])\+?\d[\d ()./-]{5,28}\d(?![\w])/gu;

const endMarks = /[.,;:!?…]{1,8}$/u;

/** From left to right, while `mayLook` says so of each try; what is part of an earlier find is not found again. */
export function entitiesIn(text: string, mayLook = () => true): readonly Entity[] {
  const found: Entity[] = [];
  let taken: Uint8Array | undefined;
  const take = (kind: EntityKind, start: number, raw: string, value: string | undefined): void => {
    const end = start + raw.length;
    if (value === undefined || taken?.[start] === 1 || taken?.[end - 1] === 1) return;
    taken ??= new Uint8Array(text.length);
    taken.fill(1, start, end);
    found.push({ kind, value, start, end });
  };
  const matches = function* (pattern: RegExp) {
    for (const match of text.matchAll(pattern)) {
      if (!mayLook()) return;
      yield match;
    }
  };
  for (const { raw, index, url } of linksIn(text, mayLook)) take('url', index, raw, url);
  if (text.includes('@')) {
    for (const { 0: raw, index } of matches(address)) {
      take('recipient', index, raw, addressForm(raw));
    }
  }
  if (text.length < 7 || !hasDigit(text)) return found;
  if (ibanBegins.test(text)) {
    // What stands behind one may be another.
    ibanLike.lastIndex = 0;
    for (let match = ibanLike.exec(text); match !== null; match = ibanLike.exec(text)) {
      if (!mayLook()) break;
      const { 0: raw, index } = match;
      const iban = ibanForm(raw);
      ibanLike.lastIndex = index + (iban?.length ?? 4);
      if (iban !== undefined) take('iban', index, raw.slice(0, iban.length), iban.value);
    }
  }
  if (!longDigits.test(text)) return found;
  for (const { 0: raw, index } of withDatesBlank(text).matchAll(digitRun)) {
    if (!mayLook()) break;
    take('digits', index, raw, digits(raw));
  }
  return found;
}

export function addressForm(raw: string): string | undefined {
  const bare = exact(raw)
    .replace(/^mailto:/, '')
    .replace(endMarks, '');
  return /^[^@]+@[^@]+$/.test(bare) ? bare : undefined;
}

/** Groups of four, or all in one; `length` of what it takes of the text. */
export function ibanForm(
  raw: string,
): { readonly value: string; readonly length: number } | undefined {
  const groups = [...raw.matchAll(/[A-Z0-9]{1,44}/gu)];
  let value = '';
  let end = 0;
  for (const [at, { 0: group, index }] of groups.entries()) {
    const isFirst = at === 0;
    if (!isFirst && (index > end + 1 || group.length > 4)) break;
    value += group;
    end = index + group.length;
    if (group.length !== 4) break;
  }
  const isOne = value.length >= 15 && value.length <= 34 && /^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(value);
  return isOne ? { value: value.toLowerCase(), length: end } : undefined;
}

const dateLike = /^\d{4}-\d{2}-\d{2}|^\d{1,2}[./-]\d{1,2}[./-]\d{4}$/;
const grouped = /^\d{1,3}(?:[., ]\d{3})+$/;

/** Numbers of accounts, cards and phones: eight digits or more. Neither a day nor an amount. */
function digits(raw: string): string | undefined {
  if (dateLike.test(raw) || grouped.test(raw)) return undefined;
  const all = raw.replace(/\D/g, '');
  return all.length >= 8 || (raw.startsWith('+') && all.length >= 7) ? all : undefined;
}
