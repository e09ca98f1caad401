import { hash } from 'node:crypto';

/** What stands in the file for a term. */
export interface TermNumbers {
  of(term: string): number;
}

/** Most terms come again and again; of the others nothing is remembered for long. */
const mostKept = 20_000;

/**
 * A term is 48 bits of a salted digest. Two that share a number only propose each other's records,
 * and whoever asks looks at each record; so the file needs no list of terms, and no text stands in it.
 *
 * A term that names an id which begins with its time (a call, and the trace that it began) has that time before fewer bits
 * of digest: each such term comes once or twice, and by digest alone each would be written to another page of the tree.
 */
export function createTermNumbers(salt: Uint8Array): TermNumbers {
  const prefix = Buffer.from(salt).toString('hex');
  let kept = new Map<string, number>();
  let older = new Map<string, number>();
  return {
    of(term) {
      const known = kept.get(term) ?? older.get(term);
      const number = known ?? numberOf(term, hash('sha256', prefix + term, 'buffer'));
      if (!kept.has(term)) kept.set(term, number);
      if (kept.size >= mostKept) {
        older = kept;
        kept = new Map();
      }
      return number;
    },
  };
}

/** UUIDv7, as it is and as a trace has it: 48 bits of milliseconds come first. */
const timedId =
  /^[a-z]+:([0-9a-f]{8})-?([0-9a-f]{4})-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/u;
/** About a second; with 25 bits of them the same numbers come again after a year, which costs pages and no more. */
const stepMs = 1_024;
const timeSteps = 2 ** 25;
const digestBits = 2 ** 28;

/** INVARIANT: below 2^53, so that it is the same number in the file and here. */
function numberOf(term: string, digest: Buffer): number {
  const [, high, low] = timedId.exec(term) ?? [];
  if (high === undefined || low === undefined) return digest.readUIntBE(0, 6);
  const step = Math.floor(Number.parseInt(high + low, 16) / stepMs) % timeSteps;
  return step * digestBits + (digest.readUInt32BE(0) % digestBits);
}
