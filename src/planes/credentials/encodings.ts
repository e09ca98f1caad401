/** Fewer characters than this would take ordinary text out of results. */
const shortestNeedle = 6;

/** URLs, HTML, shells and JSON leave these characters as they are. */
const plain = /^[A-Za-z0-9_.-]*$/;

/** Texts that a server may echo a secret as: itself, hex, and base64 at any offset. */
export function encodingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const found = new Set([secret, hex, hex.toUpperCase()]);
  for (const shift of [0, 1, 2]) {
    const base64 = alignedBase64(bytes, shift);
    found.add(base64);
    if (/[+/]/.test(base64)) found.add(base64.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [...found].filter((text) => text.length >= shortestNeedle);
}

/** The characters of base64 that the bytes alone decide, when `shift` bytes stand before them. */
function alignedBase64(bytes: Buffer, shift: number): string {
  const padded = shift === 0 ? bytes : Buffer.concat([Buffer.alloc(shift), bytes]);
  const start = Math.ceil((shift * 8) / 6);
  const end = Math.floor(((shift + bytes.length) * 8) / 6);
  return padded.toString('base64').slice(start, end);
}

/**
 * The secret with each of its characters as it is, or escaped for JSON (once or twice), a URL or
 * HTML: every writer has its own list of what it escapes. Undefined when nobody escapes any.
 * INVARIANT: one way to read each text. A run of backslashes is taken whole or not at all, so that
 * a secret full of them does not make the search slow.
 */
export function escapedPattern(secret: string): RegExp | undefined {
  if (plain.test(secret)) return undefined;
  let source = '';
  let runs = 0;
  for (const part of secret.match(/\\+|[^\\]/gu) ?? []) {
    if (part.startsWith('\\')) {
      runs += 1;
      source += atomic(`\\\\{${part.length},${part.length * 4}}|(?:%5[cC]){${part.length}}`, runs);
    } else source += plain.test(part) ? literal(part) : formsOf(part);
  }
  return new RegExp(source, 'gu');
}

function atomic(source: string, group: number): string {
  return `(?=(?<r${group}>${source}))\\k<r${group}>`;
}

function formsOf(character: string): string {
  const forms = [`\\\\{0,3}${literal(character)}`, percentForm(character), unicodeForm(character)];
  const short = jsonShort[character];
  if (short !== undefined) forms.push(`\\\\{1,3}${short}`);
  if (character === ' ') forms.push('\\+');
  const entity = entities[character];
  if (entity !== undefined) forms.push(entity);
  return `(?:${forms.join('|')})`;
}

function percentForm(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${hexForm(byte, 2)}`).join('');
}

function unicodeForm(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\\\{1,3}u${hexForm(unit, 4)}`).join('');
}

/** Hexadecimal digits in either case. */
function hexForm(value: number, width: number): string {
  const digits = value.toString(16).padStart(width, '0');
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function literal(character: string): string {
  return character.replace(/[\^$\\.*+?()[\]{}|/]/, '\\$&');
}

const jsonShort: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
};

const entities: Readonly<Record<string, string>> = {
  '&': '&(?:amp|#38|#x26);',
  '<': '&(?:lt|#60|#x3[cC]);',
  '>': '&(?:gt|#62|#x3[eE]);',
  '"': '&(?:quot|#34|#x22);',
  "'": '&(?:apos|#0?39|#x27);',
};
