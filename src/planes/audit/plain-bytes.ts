import type { NativeBuffer } from '#kernel/json/native-buffer.ts';
import { limits } from '#kernel/limits.ts';

// As long as the longest record can be, three bytes for each unit of text. Words of four bytes, which
// are asked at once whether one of them is a control character.
const scratch = Buffer.allocUnsafeSlow(4 * limits.recordBytes) as NativeBuffer;
const words = new Int32Array(scratch.buffer, 0, limits.recordBytes);
const blanks = 0x20202020;
const highBits = 0x80808080;

/**
 * The bytes of a JSON text put together of strings as they were. Undefined when one of them wants an
 * escape after all (a quote is not seen here: it looks like the end of a string), when it is no text,
 * or a long one: then it has to be written string by string.
 */
export function plainBytes(text: string): Buffer | undefined {
  if (text.length > limits.recordBytes || text.includes('\\') || !text.isWellFormed()) {
    return undefined;
  }
  const end = scratch.utf8Write(text, 0);
  if (hasControl(end)) return undefined;
  const bytes = Buffer.allocUnsafe(end);
  scratch.copy(bytes, 0, 0, end);
  return bytes;
}

/** A byte below a blank borrows from the high bit; one of another script has it already. */
function hasControl(end: number): boolean {
  // What stands behind the end in its last word is not asked.
  for (let at = end; at < end + 3; at += 1) scratch[at] = 32;
  const all = (end + 3) >> 2;
  let borrowed = 0;
  for (let at = 0; at < all; at += 1) {
    const word = words[at] ?? 0;
    borrowed |= (word - blanks) & ~word;
  }
  return (borrowed & highBits) !== 0;
}
