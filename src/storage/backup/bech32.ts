import { BailiwickError } from '#kernel/errors.ts';

const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const mostLetters = 200;

/** Bech32 (BIP 173), in which age writes its keys. */
export function decodeBech32(text: string, prefix: string): Buffer {
  const lower = text.toLowerCase();
  const isOneCase = text === lower || text === text.toUpperCase();
  const words = Array.from(lower.slice(prefix.length + 1), (letter) => letters.indexOf(letter));
  const isWhole = isOneCase && lower.startsWith(`${prefix}1`) && text.length <= mostLetters;
  if (!isWhole || words.includes(-1) || checksum([...expanded(prefix), ...words]) !== 1) {
    throw new BailiwickError('backup/sealed', { message: 'this is no key in the form of age' });
  }
  return inBytes(words.slice(0, -6));
}

export function encodeBech32(bytes: Uint8Array, prefix: string): string {
  const words = inWords(bytes);
  const sum = checksum([...expanded(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const ends = [25, 20, 15, 10, 5, 0].map((shift) => (sum >>> shift) & 31);
  return `${prefix}1${[...words, ...ends].map((word) => letters[word] ?? '').join('')}`;
}

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    generator.forEach((value, bit) => {
      if ((top >>> bit) & 1) sum ^= value;
    });
  }
  return sum;
}

function expanded(prefix: string): number[] {
  const codes = prefix.split('').map((letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

function inBytes(words: readonly number[]): Buffer {
  const bits = words.map((word) => word.toString(2).padStart(5, '0')).join('');
  const whole = Math.floor(bits.length / 8);
  const bytes = Array.from({ length: whole }, (_, at) => bits.slice(at * 8, at * 8 + 8));
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

function inWords(bytes: Uint8Array): number[] {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/gu) ?? []).map((word) => Number.parseInt(word.padEnd(5, '0'), 2));
}
