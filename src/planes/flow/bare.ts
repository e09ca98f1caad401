import { twins } from './text-forms.ts';

/** A text by its letters and digits alone, as a hurried reader sees them: what parts them says nothing. */
export interface Bare {
  readonly letters: string;
  /** 1 where a word begins. */
  readonly starts: Uint8Array;
}

const asciiOnly = /^[\x00-\x7f]*$/;
const ignorable = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{M}]/gu;
const isLetter = /[\p{L}\p{N}]/u;

export function bareOf(text: string): Bare {
  const shown = asciiOnly.test(text)
    ? text.toLowerCase()
    : text.toWellFormed().normalize('NFKD').replace(ignorable, '').toLowerCase();
  const starts = new Uint8Array(shown.length);
  let letters = '';
  let isNew = true;
  for (let at = 0; at < shown.length; at += 1) {
    const seen = seenAs(shown[at] ?? '');
    if (seen === '') {
      isNew = true;
      continue;
    }
    if (isNew) starts[letters.length] = 1;
    isNew = false;
    letters += seen;
  }
  return { letters, starts };
}

/** Empty: it parts words. */
function seenAs(letter: string): string {
  const code = letter.charCodeAt(0);
  if (code === 0x30) return 'o';
  if (code === 0x31) return 'l';
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x32 && code <= 0x39)) return letter;
  if (code < 0x80) return '';
  const twin = twins[letter];
  if (twin !== undefined) return twin;
  // Half of a pair stands for itself: two of them are one letter of another script.
  return isLetter.test(letter) || (code >= 0xd800 && code <= 0xdfff) ? letter : '';
}

/** Several in a row, as one. */
export function joined(all: readonly Bare[]): Bare {
  const letters = all.map((one) => one.letters).join('');
  const starts = new Uint8Array(letters.length);
  let at = 0;
  for (const one of all) {
    starts.set(one.starts.subarray(0, one.letters.length), at);
    at += one.letters.length;
  }
  return { letters, starts };
}
