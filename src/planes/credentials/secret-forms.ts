import { binaryOf, type Reading, unescaped } from './reading.ts';

/** Fewer characters than this would take ordinary text out of results. */
export const shortestForm = 6;

/** So often a value may be escaped on top of itself and still be found. */
export const deepestEscape = 3;

/** What to look for, each in its own kind of reading. All are binary strings. */
export interface SecretForms {
  /** The value itself, as it stands once nothing is escaped any more. */
  readonly plain: readonly string[];
  /** Base64 in the usual alphabet, at each of the three offsets. */
  readonly base64: readonly string[];
  /** Digits in lower case. */
  readonly hex: readonly string[];
}

export function formsOf(secrets: readonly string[]): SecretForms {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= shortestForm);
  return {
    plain: unique(known.flatMap(plainForms)),
    base64: unique(known.flatMap((secret) => [0, 1, 2].map((shift) => base64At(secret, shift)))),
    hex: unique(known.map((secret) => Buffer.from(secret).toString('hex'))),
  };
}

/** A value that itself looks escaped is read further than it was written; and forms write a space as `+`. */
function plainForms(secret: string): string[] {
  const value = binaryOf(secret);
  const forms = [value, settled(value)];
  return forms.flatMap((form) => (form.includes(' ') ? [form, form.replaceAll(' ', '+')] : [form]));
}

function settled(value: string): string {
  let reading: Reading = { text: value, from: undefined };
  for (let depth = 0; depth < deepestEscape; depth += 1) {
    const next = unescaped(reading);
    if (next === undefined) break;
    reading = next;
  }
  return reading.text;
}

/** The characters of base64 that the value alone decides, when `shift` bytes stand before it. */
function base64At(secret: string, shift: number): string {
  const bytes = Buffer.from(secret);
  const padded = shift === 0 ? bytes : Buffer.concat([Buffer.alloc(shift), bytes]);
  const start = Math.ceil((shift * 8) / 6);
  const end = Math.floor(((shift + bytes.length) * 8) / 6);
  return padded.toString('base64').slice(start, end);
}

function unique(forms: readonly string[]): readonly string[] {
  return [...new Set(forms)].filter((form) => form.length >= shortestForm);
}
