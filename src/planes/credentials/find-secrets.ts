import { findInDumps } from './hex-dump.ts';
import { binaryOf, type Reading, type Span, spanOf, textOf, unescaped } from './reading.ts';
import { deepestEscape, type SecretForms } from './secret-forms.ts';
import { digitsOnly, numbersOnly, type Squeezed, withoutBlanks } from './squeeze.ts';

export const mask = '[secret]';

/**
 * Takes lent values out of one text. Every reading of it is made by fixed patterns in one pass, so
 * the time is linear in the text; nothing that a server wrote becomes a pattern.
 */
export function maskSecrets(
  text: string,
  forms: SecretForms,
): { readonly text: string; readonly hits: number } {
  const binary = binaryOf(text);
  const spans = merged(findAll(binary, forms));
  if (spans.length === 0) return { text, hits: 0 };
  let clean = '';
  let at = 0;
  for (const { from, to } of spans) {
    clean += binary.slice(at, from) + mask;
    at = to;
  }
  return { text: textOf(clean + binary.slice(at)), hits: spans.length };
}

function findAll(binary: string, forms: SecretForms): readonly Span[] {
  const found: Span[] = [];
  let reading: Reading | undefined = { text: binary, from: undefined };
  for (let depth = 0; depth <= deepestEscape && reading !== undefined; depth += 1) {
    findIn(reading, forms, found);
    reading = unescaped(reading);
  }
  return found;
}

function findIn(reading: Reading, forms: SecretForms, into: Span[]): void {
  const { text } = reading;
  for (const form of forms.plain) {
    for (const at of placesOf(text, form)) into.push(spanOf(reading, at, at + form.length));
  }
  findSqueezed(reading, withoutBlanks(text), forms.base64, into);
  findSqueezed(reading, digitsOnly(text), forms.hex, into);
  findSqueezed(reading, numbersOnly(text), forms.numbers, into);
  for (const { from, to } of findInDumps(text, forms.hex)) into.push(spanOf(reading, from, to));
}

/** Where each character stood is asked only on a hit. */
function findSqueezed(
  reading: Reading,
  squeezed: Squeezed,
  forms: readonly string[],
  into: Span[],
): void {
  let places: Uint32Array | undefined;
  for (const form of forms) {
    for (const at of placesOf(squeezed.text, form)) {
      places ??= squeezed.places();
      const last = places[at + form.length - 1] ?? 0;
      into.push(spanOf(reading, places[at] ?? 0, last + 1));
    }
  }
}

function placesOf(text: string, form: string): readonly number[] {
  const places: number[] = [];
  let at = text.indexOf(form);
  while (at >= 0) {
    places.push(at);
    at = text.indexOf(form, at + form.length);
  }
  return places;
}

/** In order and apart: what overlaps is one. */
function merged(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans;
  const apart: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = apart.at(-1);
    if (last === undefined || span.from >= last.to) apart.push(span);
    else if (span.to > last.to) apart[apart.length - 1] = { from: last.from, to: span.to };
  }
  return apart;
}
