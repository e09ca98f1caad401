/**
 * A second reader of strict JSON, slow and plain, sharing nothing with the product's: tokens by
 * pattern, decimals by BigInt, keys in a Set. It answers the canonical text, or that it refuses.
 */
export type SlowReading =
  | { readonly kind: 'read'; readonly canonical: string }
  | { readonly kind: 'refused'; readonly why: string };

export function slowRead(bytes: Uint8Array, maxDepth = 64): SlowReading {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const tokens = tokensOf(text);
    const canonical = valueOf(tokens, 0, maxDepth);
    if (tokens.length > 0) throw new Error('more than one value');
    return { kind: 'read', canonical };
  } catch (error) {
    return { kind: 'refused', why: String(error) };
  }
}

const token =
  /[ \t\r\n]*(?:([[\]{},:]|true|false|null)|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"))/uy;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const end = text.replace(/[ \t\r\n]+$/, '').length;
  token.lastIndex = 0;
  while (token.lastIndex < end) {
    const found = token.exec(text);
    if (found === null) throw new Error('no token');
    tokens.push(found[1] ?? found[2] ?? found[3] ?? '');
  }
  return tokens;
}

function valueOf(tokens: string[], depth: number, maxDepth: number): string {
  const first = tokens.shift();
  if (first === undefined) throw new Error('ended');
  if (first === '{' || first === '[') {
    if (depth === maxDepth) throw new Error('too deep');
    return first === '{'
      ? objectOf(tokens, depth + 1, maxDepth)
      : arrayOf(tokens, depth + 1, maxDepth);
  }
  if (first.startsWith('"')) return JSON.stringify(stringOf(first));
  if (['true', 'false', 'null'].includes(first)) return first;
  if (/^[-\d]/.test(first)) return numberOf(first);
  throw new Error('no value');
}

function arrayOf(tokens: string[], depth: number, maxDepth: number): string {
  const items: string[] = [];
  if (tokens[0] === ']') {
    tokens.shift();
    return '[]';
  }
  for (;;) {
    items.push(valueOf(tokens, depth, maxDepth));
    const after = tokens.shift();
    if (after === ']') return `[${items.join(',')}]`;
    if (after !== ',') throw new Error('no comma');
  }
}

function objectOf(tokens: string[], depth: number, maxDepth: number): string {
  const members: { key: string; value: string }[] = [];
  const seen = new Set<string>(['__proto__']);
  if (tokens[0] === '}') {
    tokens.shift();
    return '{}';
  }
  for (;;) {
    const literal = tokens.shift() ?? '';
    if (!literal.startsWith('"')) throw new Error('no key');
    const key = stringOf(literal);
    if (seen.has(key)) throw new Error('key twice or forbidden');
    seen.add(key);
    if (tokens.shift() !== ':') throw new Error('no colon');
    members.push({ key, value: valueOf(tokens, depth, maxDepth) });
    const after = tokens.shift();
    if (after === '}') break;
    if (after !== ',') throw new Error('no comma');
  }
  members.sort((a, b) => byCodeUnits(a.key, b.key));
  return `{${members.map(({ key, value }) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}

function byCodeUnits(a: string, b: string): number {
  const left = Array.from({ length: a.length }, (_, at) => a.charCodeAt(at));
  for (const [at, code] of left.entries()) {
    if (at >= b.length) return 1;
    if (code !== b.charCodeAt(at)) return code - b.charCodeAt(at);
  }
  return a.length - b.length;
}

function stringOf(literal: string): string {
  const letters: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
  const text = literal
    .slice(1, -1)
    .replace(/\\(?:u(....)|(.))/g, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (letters[letter] ?? letter) : String.fromCharCode(Number(`0x${hex}`)),
    );
  if (/\p{Cs}/u.test(text)) throw new Error('lone surrogate');
  return text;
}

function numberOf(literal: string): string {
  const value = Number(literal);
  if (!Number.isFinite(value) || !sameDecimal(literal, String(value))) throw new Error('lossy');
  return String(value === 0 ? 0 : value);
}

function sameDecimal(a: string, b: string): boolean {
  const left = exact(a);
  const right = exact(b);
  if (left.digits === 0n || right.digits === 0n) return left.digits === right.digits;
  const shift = left.exponent - right.exponent;
  // Farther apart than the digits are long: cannot be equal, and must not be multiplied out.
  if (Math.abs(shift) > a.length + b.length + 700) return false;
  return shift >= 0
    ? left.digits * 10n ** BigInt(shift) === right.digits
    : left.digits === right.digits * 10n ** BigInt(-shift);
}

function exact(literal: string): { digits: bigint; exponent: number } {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}
