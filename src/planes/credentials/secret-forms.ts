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
  /** Its bytes as decimal numbers, parted by commas: what is left of a buffer that was printed. */
  readonly numbers: readonly string[];
}

export function formsOf(secrets: readonly string[]): SecretForms {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= shortestForm);
  // In the two ways in which programs keep text: UTF-8, and the UTF-16 of Windows and Java.
  const bytes = known.flatMap((secret) => [Buffer.from(secret), Buffer.from(secret, 'utf16le')]);
  return {
    plain: unique(known.flatMap(plainForms)),
    base64: unique(bytes.flatMap((one) => [0, 1, 2].map((shift) => base64At(one, shift)))),
    hex: unique(bytes.map((one) => one.toString('hex'))),
    numbers: unique(bytes.map((one) => [...one].join(','))),
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
function base64At(bytes: Buffer, shift: number): string {
  const padded = shift === 0 ? bytes : Buffer.concat([Buffer.alloc(shift), bytes]);
  const start = Math.ceil((shift * 8) / 6);
  const end = Math.floor(((shift + bytes.length) * 8) / 6);
  return padded.toString('base64').slice(start, end);
}

function unique(forms: readonly string[]): readonly string[] {
  return [...new Set(forms)].filter((form) => form.length >= shortestForm);
}
