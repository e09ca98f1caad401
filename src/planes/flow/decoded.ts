const base64 = /^[A-Za-z0-9+/_-]{12,65536}={0,2}$/;
const hex = /^(?:[0-9a-fA-F]{2}){8,32768}$/;
const percent = /%[0-9a-fA-F]{2}/;
const strict = new TextDecoder('utf-8', { fatal: true });

/** What a piece of text says once one or two layers of base64, hex or URL encoding are taken off. */
export function decodings(piece: string, steps = 2): readonly string[] {
  if (steps === 0) return [];
  const once = [fromPercent(piece), fromHex(piece), fromBase64(piece)].filter(
    (one) => one !== undefined && one !== piece,
  ) as string[];
  return once.flatMap((one) => [one, ...decodings(one, steps - 1)]);
}

/** Whether it is worth a try at all: most of every text is not. */
export function mayBeEncoded(piece: string): boolean {
  return piece.length >= 12 && (percent.test(piece) || hex.test(piece) || base64.test(piece));
}

function fromPercent(text: string): string | undefined {
  if (!percent.test(text)) return undefined;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function fromHex(text: string): string | undefined {
  return hex.test(text) ? readable(Buffer.from(text, 'hex')) : undefined;
}

function fromBase64(text: string): string | undefined {
  return base64.test(text) ? readable(Buffer.from(text, 'base64')) : undefined;
}

/** Anything decodes to bytes; text that somebody meant has no controls in it. */
function readable(bytes: Buffer): string | undefined {
  try {
    const text = strict.decode(bytes);
    return text.length >= 4 && !/[\p{Cc}\p{Cn}\p{Co}]/u.test(text.replace(/[\r\n\t]/g, ' '))
      ? text
      : undefined;
  } catch {
    return undefined;
  }
}

const sixBits = new Int8Array(128).fill(-1);
for (const [at, letter] of Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries()) {
  sixBits[letter.charCodeAt(0)] = at;
}
sixBits['-'.charCodeAt(0)] = 62;
sixBits['_'.charCodeAt(0)] = 63;

/**
 * Whether a piece could say something once a layer is taken off, by its first letters. Nearly every word says no within a few of
 * them. INVARIANT: never no where `decodings` finds a text.
 */
export function mayHideText(text: string, from: number, to: number): boolean {
  const piece = { hex: true, base64: true };
  for (let at = from; at < to && (piece.hex || piece.base64); at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x25) return true;
    if (!isHexCode(code)) piece.hex = false;
    if (code !== 0x3d && (sixBits[code] ?? -1) < 0) piece.base64 = false;
  }
  if (piece.hex) return true;
  if (!piece.base64) return text.slice(from, to).includes('%');
  return beginsAsText(text, from, Math.min(to, from + 24));
}

function isHexCode(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  return isDigit || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** Of groups of four letters each: three bytes, as UTF-8 has them, without controls. */
function beginsAsText(text: string, from: number, to: number): boolean {
  let more = 0;
  for (let at = from; at + 4 <= to; at += 4) {
    let bits = 0;
    for (let n = 0; n < 4; n += 1) {
      const six = sixBits[text.charCodeAt(at + n)] ?? -1;
      if (six < 0) return true;
      bits = bits * 64 + six;
    }
    for (const byte of [bits >> 16, (bits >> 8) & 0xff, bits & 0xff]) {
      more = bytesToCome(byte, more);
      if (more < 0) return false;
    }
  }
  return true;
}

/** How many bytes of the same letter follow; less than none where no text has it there. */
function bytesToCome(byte: number, more: number): number {
  if (more > 0) return byte >= 0x80 && byte <= 0xbf ? more - 1 : -1;
  if (byte < 0x20) return byte === 9 || byte === 10 || byte === 13 ? 0 : -1;
  if (byte < 0x7f) return 0;
  if (byte >= 0xc2 && byte <= 0xdf) return 1;
  if (byte >= 0xe0 && byte <= 0xef) return 2;
  return byte >= 0xf0 && byte <= 0xf4 ? 3 : -1;
}
