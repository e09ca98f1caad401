/**
 * One text, written otherwise. INVARIANT: a grant compares `exact` forms alone; the wider `skeleton` only ever
 * finds that a value came from somebody else.
 */
export function exact(text: string): string {
  return text.toWellFormed().normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

const ignorable = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{M}]/gu;

/** Letters of other scripts that look like Latin ones, and digits that look like letters. */
export const twins: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  ...twinsOf('асԁеһіјӏорԛѕтѵѡху', 'acdehijlopqstvwxy'),
  ...twinsOf('вгкмн', 'brkmh'),
  ...twinsOf('αβγεικνορτυχω', 'abyeiknoptuxw'),
  ...twinsOf('ıɡɑß', 'igab'),
  ...twinsOf('01|!', 'olll'),
});

const asciiOnly = /^[\x20-\x7e]*$/;

/** What a hurried reader sees. */
export function skeleton(text: string): string {
  if (asciiOnly.test(text)) {
    const plain = text.toLowerCase().replace(/[01|!]/g, (letter) => twins[letter] ?? letter);
    return plain.replace(/ {2,}/g, ' ').trim();
  }
  const folded = text.toWellFormed().normalize('NFKD').replace(ignorable, '').toLowerCase();
  let shown = '';
  for (const letter of folded) shown += twins[letter] ?? letter;
  return shown.replace(/\s+/gu, ' ').trim();
}

/** Finds a text within others that are written as JSON, by what a hurried reader sees of ASCII. */
export function patternOf(text: string): RegExp {
  const letters = Array.from(text.toWellFormed().normalize('NFC'), (letter) => {
    if (/[0o]/i.test(letter)) return '[0oO]';
    if (/[1l|!]/i.test(letter)) return '[1lL|!]';
    if (/\s/u.test(letter)) return String.raw`(?:\s|\\[nrt])+`;
    return JSON.stringify(letter)
      .slice(1, -1)
      .replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
  });
  return new RegExp(letters.join(''), 'giu');
}

function twinsOf(from: string, to: string): Record<string, string> {
  // Letters of one unit each.
  return Object.fromEntries(
    Array.from(from, (letter, at): [string, string] => [letter, to[at] ?? letter]),
  );
}

export function hasDigit(text: string): boolean {
  return /\d/.test(text);
}

const inWord = /[\p{L}\p{N}_]/u;

export function isInWord(character: string | undefined): boolean {
  return character !== undefined && inWord.test(character);
}

/** Words of a text, in lower case, each once. */
export function* wordsIn(text: string): Generator<string> {
  for (const [word] of text.matchAll(/[\p{L}\p{N}]{1,64}/gu)) yield word;
}

/** What stands between blanks, without the marks of the sentence around it. */
export function* piecesIn(text: string): Generator<string> {
  for (const [piece] of text.matchAll(/\S{1,2048}/gu)) {
    const bare = bareOf(piece);
    if (bare !== '') yield bare;
  }
}

const opening = new Set('"\'`([{<«“‘*_');
const closing = new Set('"\'`)]}>»”’*_.,;:!?…');

function bareOf(piece: string): string {
  let from = 0;
  let to = piece.length;
  while (from < to && opening.has(piece[from] ?? '')) from += 1;
  while (to > from && closing.has(piece[to - 1] ?? '')) to -= 1;
  return piece.slice(from, to);
}
