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
