export interface VisibleOptions {
  /** In characters of the given text, before anything is made visible; the rest is cut. */
  readonly maxLength?: number;
  /** Line breaks and tabs stay; without it they become visible too. */
  readonly multiline?: boolean;
}

// Controls, formats (bidi, zero width, soft hyphen, tags), all that fonts may leave blank, line and
// paragraph separators, lone surrogates, private use, unassigned, the blank braille cell. One
// class without repetition: linear, and safe to run natively.
const hidden =
  /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\u{2800}]/gu;

// Spaces that look like the space and are not, the space itself apart.
const oddSpaces = /(?! )\p{Zs}/gu;

/**
 * The one renderer of text that somebody else wrote. INVARIANT: what comes out holds no character
 * that moves the cursor, hides, reorders or joins what a person reads.
 */
export function visibleText(text: string, options: VisibleOptions = {}): string {
  const multiline = options.multiline === true;
  const escape = (character: string): string =>
    multiline && (character === '\n' || character === '\t') ? character : escaped(character);
  const { kept, more } = cut(text, options.maxLength ?? 10_000);
  const visible = kept.replace(hidden, escape).replace(oddSpaces, escape);
  return more ? `${visible}…` : visible;
}

/**
 * JSON text as a terminal may show it: what hides, moves or reorders is written as `\\u` escapes,
 * which every reader of JSON reads back to the same value.
 */
export function visibleJson(text: string): string {
  return text.replace(hidden, escapedUnits).replace(oddSpaces, escapedUnits);
}

/** Some readers drop them, so that two texts become one. */
export function withoutHiddenCharacters(text: string): string {
  return text.replace(hidden, '');
}

/** An escape for each half of a pair: JSON knows no longer ones. */
function escapedUnits(character: string): string {
  let units = '';
  for (let at = 0; at < character.length; at += 1) {
    units += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return units;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Never between the halves of a pair. */
function cut(text: string, length: number): { kept: string; more: boolean } {
  if (text.length <= length) return { kept: text, more: false };
  const last = text.charCodeAt(length - 1);
  const next = text.charCodeAt(length);
  const splits = last >= 0xd800 && last <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
  return { kept: text.slice(0, splits ? length - 1 : length), more: true };
}

const longestName = 64;

/** The one name that somebody may have meant, when there is one that is near enough. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(3, Math.ceil(name.length / 2));
  for (const candidate of names) {
    const distance = distanceOf(name.slice(0, longestName), candidate.slice(0, longestName));
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

/** How many letters to add, to drop or to change (Levenshtein), in one row of numbers. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_unused, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
