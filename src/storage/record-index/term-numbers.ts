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
 */
export function createTermNumbers(salt: Uint8Array): TermNumbers {
  const prefix = Buffer.from(salt).toString('hex');
  let kept = new Map<string, number>();
  let older = new Map<string, number>();
  return {
    of(term) {
      const known = kept.get(term) ?? older.get(term);
      const number = known ?? hash('sha256', prefix + term, 'buffer').readUIntBE(0, 6);
      if (!kept.has(term)) kept.set(term, number);
      if (kept.size >= mostKept) {
        older = kept;
        kept = new Map();
      }
      return number;
    },
  };
}
