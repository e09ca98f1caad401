import { Digest } from './digests.ts';

/** So many letters in a row say the same only where one was copied from the other. */
export const gramLetters = 20;
/** Of what is kept every so manieth run: what copies `gramLetters + gramStride - 1` letters holds one of them. */
export const gramStride = 4;

// Odd, so that every letter counts whatever follows it.
const [highBase, lowBase] = [0x85_eb_ca_6b, 0xc2_b2_ae_35];
const [highLast, lowLast] = [powerOf(highBase), powerOf(lowBase)];

/** Every run of a text, by a digest that rolls: one step a letter. The digest is the same object each time. */
export function* gramsOf(letters: string): Generator<{ readonly at: number; readonly of: Digest }> {
  if (letters.length < gramLetters) return;
  const of = new Digest();
  let [high, low] = [0, 0];
  for (let end = 0; end < letters.length; end += 1) {
    const come = letters.charCodeAt(end) + 1;
    if (end >= gramLetters) {
      const gone = letters.charCodeAt(end - gramLetters) + 1;
      high = (high - Math.imul(gone, highLast)) | 0;
      low = (low - Math.imul(gone, lowLast)) | 0;
    }
    high = (Math.imul(high, highBase) + come) | 0;
    low = (Math.imul(low, lowBase) + come) | 0;
    if (end < gramLetters - 1) continue;
    // By the seeds of this process, so that nobody outside can make two runs that count as one.
    of.begin();
    of.high ^= high;
    of.low ^= low;
    of.end();
    yield { at: end - gramLetters + 1, of };
  }
}

/** Of the letter that leaves a run. */
function powerOf(base: number): number {
  let power = 1;
  for (let n = 1; n < gramLetters; n += 1) power = Math.imul(power, base);
  return power;
}
