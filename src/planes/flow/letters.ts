/** The letters of ASCII by code: tables that stand for the patterns of `text-forms`. */
export const isAscii = /^\p{ASCII}*$/u;

export const blank = 1;
export const inWord = 2;
export const opens = 4;
export const closes = 8;

const ascii = Array.from({ length: 128 }, (_unused, code) => String.fromCharCode(code));

function classOf(letter: string): number {
  let found = 0;
  if (/\s/.test(letter)) found |= blank;
  if (/[a-z0-9]/i.test(letter)) found |= inWord;
  if ('"\'`([{<*_'.includes(letter)) found |= opens;
  if ('"\'`)]}>*_.,;:!?'.includes(letter)) found |= closes;
  return found;
}

export const classes = Uint8Array.from(ascii, classOf);

export function is(text: string, at: number, one: number): boolean {
  return ((classes[text.charCodeAt(at)] ?? 0) & one) !== 0;
}

function lettersOf(of: (letter: string) => string): Uint8Array {
  return Uint8Array.from(ascii, (letter) => of(letter).charCodeAt(0));
}

const twins: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', '|': 'l', '!': 'l' };

/** As `exact` and as `skeleton` write it. */
export const lower = lettersOf((letter) => letter.toLowerCase());
export const folded = lettersOf((letter) => twins[letter] ?? letter.toLowerCase());
