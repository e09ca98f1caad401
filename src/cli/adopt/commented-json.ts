import { BailiwickError } from '#kernel/errors.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';

/** A value in a text, by its place: what is not changed stays as it was written. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface CommentedJson {
  readonly text: string;
  /** The same text and length, with blanks where comments and trailing commas stood. */
  readonly plain: string;
  readonly value: Json;
}

/** JSON as editors keep it: comments and trailing commas are read past; everything else is JSON. */
export function readCommentedJson(bytes: Uint8Array): CommentedJson {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const plain = withoutTrailingCommas(withoutComments(text));
  try {
    return { text, plain, value: parseJson(Buffer.from(plain)) };
  } catch (cause) {
    throw new BailiwickError('cli/usage', {
      message: `the file is no JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`,
      suggestedAction: 'mend it in the client that it belongs to, then adopt it',
      cause,
    });
  }
}

/** A string, or a comment; a string hides what looks like a comment in it. */
const stringOrComment = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function withoutComments(text: string): string {
  return text.replace(stringOrComment, (found) =>
    found.startsWith('"') ? found : found.replace(/[^\n]/g, ' '),
  );
}

/** Each line of each comment, and where it stands. */
export function commentLines(
  text: string,
): readonly { readonly line: number; readonly text: string }[] {
  return [...text.matchAll(stringOrComment)].flatMap(({ 0: found, index }) => {
    if (found.startsWith('"')) return [];
    const first = text.slice(0, index).split('\n').length;
    return found.split('\n').map((one, at) => ({ line: first + at, text: one }));
  });
}

const stringOrComma = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;

function withoutTrailingCommas(text: string): string {
  return text.replace(stringOrComma, (found) => (found === ',' ? ' ' : found));
}

/** Where the members of the object that begins at `at` stand. INVARIANT: of a plain text that was read. */
export function membersAt(plain: string, at: number): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>();
  let place = skipBlank(plain, at + 1);
  while (plain[place] === '"') {
    const nameEnd = endOfValue(plain, place);
    const name = parseJson(Buffer.from(plain.slice(place, nameEnd)));
    const from = skipBlank(plain, skipBlank(plain, nameEnd) + 1);
    const to = endOfValue(plain, from);
    if (typeof name === 'string') found.set(name, { from, to });
    place = skipBlank(plain, to);
    if (plain[place] === ',') place = skipBlank(plain, place + 1);
  }
  return found;
}

export function skipBlank(plain: string, at: number): number {
  let place = at;
  while (place < plain.length && /\s|\ufeff/.test(plain[place] ?? '')) place += 1;
  return place;
}

function endOfValue(plain: string, from: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s,[\]{}:"]+/y;
  let depth = 0;
  let at = from;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(plain);
    if (match === null) at += 1;
    else {
      at = token.lastIndex;
      if (match[0] === '{' || match[0] === '[') depth += 1;
      if (match[0] === '}' || match[0] === ']') depth -= 1;
      if (depth === 0) return at;
    }
    if (at >= plain.length) return plain.length;
  }
}
