import { Unsupported } from './unsupported.ts';

// What ECMAScript means by these, spelled out for the linear-time engine.
const spaces =
  '\\t\\n\\x0b\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const notSpaces =
  '\\x00-\\x08\\x0e-\\x1f!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
const anyButLineEnds = '[^\\n\\r\\x{2028}\\x{2029}]';

const generalCategories: ReadonlyMap<string, string> = new Map([
  ['Letter', 'L'],
  ['Lowercase_Letter', 'Ll'],
  ['Uppercase_Letter', 'Lu'],
  ['Titlecase_Letter', 'Lt'],
  ['Modifier_Letter', 'Lm'],
  ['Other_Letter', 'Lo'],
  ['Mark', 'M'],
  ['Number', 'N'],
  ['Decimal_Number', 'Nd'],
  ['digit', 'Nd'],
  ['Punctuation', 'P'],
  ['punct', 'P'],
  ['Symbol', 'S'],
  ['Separator', 'Z'],
  ['Space_Separator', 'Zs'],
  ['Other', 'C'],
  ['Control', 'Cc'],
  ['cntrl', 'Cc'],
]);

/**
 * From ECMAScript's pattern language to RE2's. The two spell some things alike and mean others
 * (`\s`, `.`, `[[:alpha:]]`, `\A`, `(?i)`); here only what surely means the same gets through.
 */
export function translatePattern(source: string): string {
  let result = '';
  let at = 0;
  while (at < source.length) {
    const code = source.charAt(at);
    if (code === '\\') {
      const escape = readEscape(source, at, false);
      result += escape.text;
      at = escape.end;
    } else if (code === '[') {
      const set = readSet(source, at);
      result += set.text;
      at = set.end;
    } else {
      if (code === '(') refuseGroup(source, at);
      result += code === '.' ? anyButLineEnds : code;
      at += 1;
    }
  }
  return result;
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

function refuseGroup(source: string, at: number): void {
  if (source.charAt(at + 1) !== '?' || source.startsWith('(?:', at)) return;
  if (/^\(\?<[A-Za-z_][A-Za-z0-9_]*>/.test(source.slice(at, at + 100))) return;
  throw refused(source, 'look-around and inline flags');
}

function readSet(source: string, start: number): Piece {
  const negated = source.charAt(start + 1) === '^';
  let at = start + (negated ? 2 : 1);
  if (source.charAt(at) === ']') throw refused(source, 'an empty set');
  let text = negated ? '[^' : '[';
  while (at < source.length && source.charAt(at) !== ']') {
    if (source.charAt(at) === '\\') {
      const escape = readEscape(source, at, true);
      text += escape.text;
      at = escape.end;
    } else {
      // An open bracket or a caret in a set stands for itself; RE2 would see `[:class:]`.
      text += /[[^]/.test(source.charAt(at)) ? `\\${source.charAt(at)}` : source.charAt(at);
      at += 1;
    }
  }
  if (at >= source.length) throw refused(source, 'an open set');
  return { text: `${text}]`, end: at + 1 };
}

const outsideSets: ReadonlyMap<string, string> = new Map([
  ...Array.from('dDwWtrnfbB', (letter) => [letter, `\\${letter}`] as const),
  ['s', `[${spaces}]`],
  ['S', `[^${spaces}]`],
  ['v', '\\x0b'],
]);

const insideSets: ReadonlyMap<string, string> = new Map([
  ...Array.from('dDwWtrnf', (letter) => [letter, `\\${letter}`] as const),
  ['s', spaces],
  ['S', notSpaces],
  ['v', '\\x0b'],
  ['b', '\\x08'],
]);

function readEscape(source: string, at: number, inSet: boolean): Piece {
  const letter = source.charAt(at + 1);
  const end = at + 2;
  const known = (inSet ? insideSets : outsideSets).get(letter);
  if (known !== undefined) return { text: known, end };
  if (letter === '0' && !/[0-9]/.test(source.charAt(end))) return { text: '\\x00', end };
  if (/^[pP]$/.test(letter)) return readProperty(source, at);
  if (/^[xuc]$/.test(letter)) return readCode(source, at);
  if (letter === ' ') return { text: ' ', end };
  if (/^[!-/:-@[-`{-~]$/.test(letter)) return { text: `\\${letter}`, end };
  throw refused(source, `the escape \`\\${letter}\``);
}

function readProperty(source: string, at: number): Piece {
  const found = /^\\([pP])\{(?:(?:gc|General_Category|sc|Script|scx)=)?([A-Za-z_]+)\}/.exec(
    source.slice(at, at + 80),
  );
  if (found === null) throw refused(source, 'this Unicode property');
  const [whole, letter = 'p', name = ''] = found;
  const known = generalCategories.get(name) ?? name;
  return { text: `\\${letter}{${known}}`, end: at + whole.length };
}

function readCode(source: string, at: number): Piece {
  const rest = source.slice(at, at + 14);
  const control = /^\\c([A-Za-z])/.exec(rest);
  if (control !== null) {
    return { text: hex((control[1] ?? '').charCodeAt(0) % 32), end: at + 3 };
  }
  const pair = /^\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(rest);
  if (pair !== null) {
    const [high, low] = [Number.parseInt(pair[1] ?? '', 16), Number.parseInt(pair[2] ?? '', 16)];
    return { text: hex((high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000), end: at + 12 };
  }
  const found = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\})/.exec(rest);
  if (found === null) throw refused(source, 'this escape');
  const code = Number.parseInt(found[1] ?? found[2] ?? found[3] ?? '', 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw refused(source, 'this escape');
  return { text: hex(code), end: at + found[0].length };
}

function hex(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

function refused(source: string, what: string): Unsupported {
  return new Unsupported(
    `the pattern \`${source.slice(0, 100)}\` uses ${what}, which cannot be run`,
  );
}
