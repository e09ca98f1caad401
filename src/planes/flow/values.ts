import type { SinkKind } from '#kernel/tool.ts';
import { addressForm, entitiesIn, type Entity, ibanForm, urlForm } from './entities.ts';
import { datesIn, numberForm, numbersIn, withoutDates } from './quantities.ts';
import { exact, hasDigit, piecesIn } from './text-forms.ts';

/** One value that acts, in the form in which it is looked up. */
export interface SinkValue {
  readonly kind: SinkKind;
  /** `CLASS value`, such as `iban de89…`; only values of one class are candidates for each other. */
  readonly keys: readonly string[];
  /** As it was given. */
  readonly text: string;
  readonly argument: string;
}

type Given = string | number | boolean;

/** What in one argument acts: of free text whatever has a form of its own, wherever it stands. */
export function valuesIn(kind: SinkKind, given: Given, argument: string): readonly SinkValue[] {
  const text = String(given);
  const one = (keys: readonly string[], shown = text): SinkValue => ({
    kind,
    keys,
    text: shown,
    argument,
  });
  switch (kind) {
    case 'payload':
      return typeof given === 'string' ? inText(given, argument) : [];
    case 'recipient':
      return recipients(text).map((raw) => one(recipientKeys(raw), raw));
    case 'account':
      return [one(accountKeys(text))];
    case 'url': {
      const url = urlForm(text);
      return [one(url === undefined ? [`text ${exact(text)}`] : [`url ${url}`])];
    }
    case 'amount':
      return [one(amountKeys(given))];
    case 'date': {
      const days = [...datesIn(text)].map((day) => `date ${day}`);
      return [one(days.length > 0 ? days : [`text ${exact(text)}`])];
    }
    case 'path':
    case 'objectId':
    case 'flag':
      return [one([`text ${exact(text)}`])];
  }
}

function inText(text: string, argument: string): readonly SinkValue[] {
  return entitiesIn(text).map(({ kind, value, start, end }) => ({
    kind: kind === 'iban' || kind === 'digits' ? 'account' : kind,
    keys: [`${kind} ${value}`],
    text: text.slice(start, end),
    argument,
  }));
}

/** A list in one string is several; a name before an address says nothing of where it goes. */
function recipients(text: string): readonly string[] {
  const parts = text.split(/[,;\n]/u).filter((part) => part.trim() !== '');
  return parts.flatMap((part) => {
    const inside = /<([^<>]{1,512})>/u.exec(part)?.[1];
    if (inside !== undefined && !part.replace(`<${inside}>`, '').includes('@')) return [inside];
    return part.includes('@') && /\s\S/u.test(part.trim()) ? [...piecesIn(part)] : [part.trim()];
  });
}

function recipientKeys(raw: string): readonly string[] {
  const address = addressForm(raw);
  if (address !== undefined) return [`recipient ${address}`];
  const phone = entitiesIn(raw).find(({ kind }) => kind === 'digits');
  if (phone !== undefined) return [`digits ${phone.value}`];
  return [`text ${exact(raw).replace(/^[#@]/u, '')}`];
}

function accountKeys(text: string): readonly string[] {
  const upper = text.toUpperCase();
  const iban = ibanForm(upper);
  if (iban !== undefined && iban.length === upper.trim().length) return [`iban ${iban.value}`];
  const found = entitiesIn(upper).find(({ kind }) => kind === 'digits');
  return [found === undefined ? `text ${exact(text)}` : `digits ${found.value}`];
}

function amountKeys(given: Given): readonly string[] {
  if (typeof given === 'number') return [`number ${numberForm(given)}`];
  const numbers = [...numbersIn(String(given))].map((amount) => `number ${amount}`);
  return numbers.length > 0 ? numbers : [`text ${exact(String(given))}`];
}

/** Everything of a text that has a form of its own, numbers and days among it. */
export function* keysOfText(text: string, mayLook = () => true): Generator<string> {
  const entities = entitiesIn(text, mayLook);
  for (const { kind, value } of entities) yield `${kind} ${value}`;
  if (!hasDigit(text)) return;
  // The digits of an account are no amounts.
  const rest = between(text, entities);
  for (const day of datesIn(rest)) yield `date ${day}`;
  for (const amount of numbersIn(withoutDates(rest))) yield `number ${amount}`;
}

function between(text: string, entities: readonly Entity[]): string {
  if (entities.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of entities.toSorted((a, b) => a.start - b.start)) {
    parts.push(text.slice(from, start));
    from = end;
  }
  return [...parts, text.slice(from)].join(' · ');
}
