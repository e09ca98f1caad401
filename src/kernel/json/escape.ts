import { no } from './refuse.ts';

const backslash = 92;
const letterU = 117;

/** Decodes the inside of a string literal. `position` is where it stands in the body. */
export function unescape(literal: string, position: number): string {
  let result = '';
  let from = 0;
  for (;;) {
    const at = literal.indexOf('\\', from);
    if (at === -1) break;
    const unicode = literal.charCodeAt(at + 1) === letterU;
    const decoded = unicode ? fourHexDigits(literal, at + 2) : short(literal.charCodeAt(at + 1));
    if (decoded === -1) throw no('json/syntax', position + at);
    result += literal.slice(from, at) + String.fromCharCode(decoded);
    from = at + (unicode ? 6 : 2);
  }
  result += literal.slice(from);
  if (!result.isWellFormed()) throw no('json/lone-surrogate', position);
  return result;
}

function short(letter: number): number {
  switch (letter) {
    case 34:
    case 47:
    case backslash:
      return letter;
    case 98:
      return 8;
    case 102:
      return 12;
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    default:
      return -1;
  }
}

function fourHexDigits(text: string, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index += 1) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit === -1) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
