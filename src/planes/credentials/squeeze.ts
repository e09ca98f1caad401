/** What is left of a text when what may stand between the characters of an encoding is taken out. */
export interface Squeezed {
  readonly text: string;
  /** Where each character that is left stood; asked for only when something was found. */
  places(): Uint32Array;
}

/** Blanks break lines of base64, and URLs have two characters of their own for it. */
export function withoutBlanks(text: string): Squeezed {
  return squeeze(text, base64Table);
}

/** Digits of hexadecimal in lower case; whatever is no letter may stand between them. */
export function digitsOnly(text: string): Squeezed {
  return squeeze(text, hexTable);
}

/**
 * Decimal numbers, each parted from the next by one comma, whatever stood there: bytes in a list.
 * Of a text that goes on, say whether what came before ended in a comma.
 */
export function numbersOnly(text: string, afterComma = false): Squeezed {
  return squeeze(text, numberTable, afterComma);
}

/** From where digits of a text that goes on cannot be read yet: `0` and `\` may belong to an `x`. */
export function undecidedDigits(text: string): number {
  return /[0\\]$/.test(text) ? text.length - 1 : text.length;
}

/** By byte: 0 is left out, anything else is what is written instead. */
type Table = Uint8Array;

const breaker = 122; // z: no digit, so that what stands on both sides of a word is not joined
const letterX = 120;
const zero = 48;
const backslash = 92;
const comma = 44;

const base64Table: Table = tableOf((character) => {
  if (/\s/.test(character)) return '';
  if (character === '-') return '+';
  return character === '_' ? '/' : character;
});

const hexTable: Table = tableOf((character) => {
  const lower = character.toLowerCase();
  if (/[0-9a-fx]/.test(lower)) return lower;
  return /[g-z]/.test(lower) ? 'z' : '';
});

const numberTable: Table = tableOf((character) => {
  if (/[0-9]/.test(character)) return character;
  return /[A-Za-z]/.test(character) ? 'z' : ',';
});

function tableOf(read: (character: string) => string): Table {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const written = read(String.fromCharCode(byte));
    return written === '' ? 0 : Math.max(1, written.charCodeAt(0));
  });
}

function squeeze(text: string, table: Table, afterComma = false): Squeezed {
  const bytes = Buffer.from(text, 'latin1');
  const squeezed = Buffer.allocUnsafe(bytes.length);
  const size = run({ bytes, table, afterComma }, squeezed, undefined);
  return {
    text: squeezed.toString('latin1', 0, size),
    places() {
      const places = new Uint32Array(size);
      run({ bytes, table, afterComma }, squeezed, places);
      return places;
    },
  };
}

interface Given {
  readonly bytes: Buffer;
  readonly table: Table;
  readonly afterComma: boolean;
}

function run(
  { bytes, table, afterComma }: Given,
  into: Buffer,
  places: Uint32Array | undefined,
): number {
  let size = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let written = table[bytes[at] ?? 0] ?? 0;
    if (written === 0) continue;
    if (written === letterX && table === hexTable) {
      const before = bytes[at - 1];
      if (before === backslash) continue;
      // `0x41`: the zero is no digit of the value.
      if (before === zero && size > 0) size -= 1;
      if (before === zero) continue;
      written = breaker;
    }
    if (written === comma && table === numberTable) {
      if (size === 0 ? afterComma : into[size - 1] === comma) continue;
    }
    into[size] = written;
    if (places !== undefined) places[size] = at;
    size += 1;
  }
  return size;
}
