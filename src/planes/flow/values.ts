import type { SinkKind } from '#kernel/tool.ts';
import { addressForm, entitiesIn, type Entity } from './entities.ts';
import { urlForm } from './links.ts';
import {
  datesIn,
  numberForm,
  numbersIn,
  readingsOfDates,
  readingsOfNumbers,
  withoutDates,
} from './quantities.ts';
import { exact, hasDigit, piecesIn } from './text-forms.ts';

/** One value that acts, in the form in which it is looked up. */
export interface SinkValue {
  readonly kind: SinkKind;
  /** `CLASS value`, such as `iban de89…`; only values of one class are candidates for each other. */
  readonly keys: readonly string[];
  /** As it was given. */
  readonly text: string;
  readonly argument: string;
  /** The time of a day, as `HH:MM`. */
  readonly hour?: string;
  /** No document names the argument: only what a stranger is known to have written is doubted. */
  readonly isUnnamed?: true;
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
      return accountKeys(text).map((key) => one([key]));
    case 'url': {
      const url = urlForm(text);
      return [one(url === undefined ? [`text ${exact(text)}`] : [`url ${url}`])];
    }
    case 'amount':
      return amountKeys(given).map((keys) => one(keys));
    case 'date': {
      const days = readingsOfDates(text).map(({ raw, days: all }) =>
        one(
          all.map((day) => `date ${day}`),
          raw,
        ),
      );
      const hour = hourOf(text);
      const all = days.length > 0 ? days : [one([`text ${exact(text)}`])];
      return hour === undefined ? all : all.map((day) => ({ ...day, hour }));
    }
    case 'path':
    case 'objectId':
    case 'flag':
      return [one([`text ${exact(text)}`])];
  }
}

function hourOf(text: string): string | undefined {
  const [, hour = '', minute = ''] = /(?:^|[T\s])([01]?\d|2[0-3]):([0-5]\d)/u.exec(text) ?? [];
  return hour === '' ? undefined : `${hour.padStart(2, '0')}:${minute}`;
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

/** INVARIANT: every number in it is an account by itself, and beside another the whole of it as well. */
function accountKeys(text: string): readonly string[] {
  const upper = text.toUpperCase();
  const found = entitiesIn(upper).filter(({ kind }) => kind === 'iban' || kind === 'digits');
  const keys = found.map(({ kind, value }) => `${kind} ${value}`);
  return keys.length === 1 && !hasMore(upper, found) ? keys : [...keys, `text ${exact(text)}`];
}

/** Whether a text says more than what was found in it: other letters or digits. */
function hasMore(text: string, found: readonly Entity[]): boolean {
  return /[\p{L}\p{N}]/u.test(between(text, found).replace(accountWords, ' '));
}

const accountWords = /\b(?:IBAN|ACCOUNT|ACCT|KONTO|KONTONUMMER|COMPTE|CUENTA|NUMBER|NO|NR)\b/gu;

/** For each number the ways in which it can be read. */
function amountKeys(given: Given): readonly (readonly string[])[] {
  if (typeof given === 'number') return [[`number ${numberForm(given)}`]];
  const all = readingsOfNumbers(String(given));
  const keys = all.map((one) => one.map((amount) => `number ${amount}`));
  return keys.length > 0 ? keys : [[`text ${exact(String(given))}`]];
}

/** Most texts hold nothing that has a form. */
const mayHold = /[@:.。．\d]|\sdot\s|[[({<]\s?(?:dot|punkt)/i;
const none: readonly Entity[] = [];

/** Everything of a text that has a form of its own, numbers and days among it. */
export function* keysOfText(text: string, mayLook = () => true): Generator<string> {
  const entities = mayHold.test(text) ? entitiesIn(text, mayLook) : none;
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
