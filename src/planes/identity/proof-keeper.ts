import type { Fellows, ProofJudged, ProofToUse } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import type { Nonces } from './nonces.ts';
import { createReplayBook } from './replay-book.ts';

/** Was this proof used before? Each is kept by one gateway, and by no other. */
export interface ProofKeeper {
  /** Waits only for another gateway. It never rejects. */
  use(proof: ProofToUse, now: number): ProofJudged | Promise<ProofJudged>;
  /** Of a proof that this gateway keeps, whoever of the gateways was shown it. */
  useOwn(proof: ProofToUse, now: number): ProofJudged;
}

export interface ProofKeeperParts {
  readonly nonces: Nonces;
  readonly fellows: Pick<Fellows, 'keeperOf'>;
  readonly entries: number;
}

export function createProofKeeper({ nonces, fellows, entries }: ProofKeeperParts): ProofKeeper {
  const book = createReplayBook(entries);
  const judge = (proof: ProofToUse, now: number): ProofJudged['use'] => {
    // INVARIANT: what an earlier life of this gateway saw, or this one forgot when its clock went
    // back, carries an older nonce than this.
    if (proof.generation < nonces.floor(now)) return 'stale';
    nonces.hear(proof.generation);
    // Again, by this clock: whoever was shown it may have waited, and the book forgets by age.
    if (now - proof.issuedAt > limits.proofAgeMs + limits.clockSkewMs) return 'old';
    return book.remember(proof, now);
  };
  const useOwn = (proof: ProofToUse, now: number): ProofJudged => {
    const use = judge(proof, now);
    return { use, generation: nonces.generation };
  };
  return {
    useOwn,
    use(proof, now) {
      const keeper = fellows.keeperOf(`${proof.thumbprint}\n${proof.jti}`);
      if (keeper === undefined) return useOwn(proof, now);
      return keeper.ask.useProof(proof).then(
        (judged) => {
          nonces.hear(judged.generation);
          return judged;
        },
        () => ({ use: 'unasked', generation: nonces.generation }),
      );
    },
  };
}
