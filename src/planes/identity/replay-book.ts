import type { ProofToUse } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import { clockStepBackMs } from './nonces.ts';

export type UsedProof = Omit<ProofToUse, 'generation'>;

/**
 * Proofs that were used, until they are too old to be used again. Bounded, and never forgetful:
 * when it is full the answer is no, because a forgotten proof is a replayable one.
 */
export interface ReplayBook {
  remember(proof: UsedProof, now: number): 'fresh' | 'used' | 'full';
  readonly size: number;
}

const sliceMs = 10_000;
/** Until when a proof could still be accepted after it was made. */
const keptMs = limits.proofAgeMs + limits.clockSkewMs + clockStepBackMs;

/**
 * One slice per ten seconds of `iat`, forgotten whole: no timer, no sweep. One key may take half
 * of the room, so that one instance cannot use it up for all.
 */
export function createReplayBook(most: number): ReplayBook {
  const slices = new Map<number, Map<string, Set<string>>>();
  const used = new Map<string, number>();
  const mostPerKey = Math.max(1, Math.floor(most / 2));
  let size = 0;
  let lookAt = Number.NEGATIVE_INFINITY;

  const forgetSlice = (slice: number, keys: Map<string, Set<string>>): void => {
    slices.delete(slice);
    for (const [thumbprint, jtis] of keys) {
      size -= jtis.size;
      const left = (used.get(thumbprint) ?? 0) - jtis.size;
      if (left > 0) used.set(thumbprint, left);
      else used.delete(thumbprint);
    }
  };
  const forgetOld = (now: number): void => {
    if (now < lookAt && now > lookAt - 2 * sliceMs) return;
    lookAt = now + sliceMs;
    for (const [slice, keys] of slices) {
      if ((slice + 1) * sliceMs + keptMs < now) forgetSlice(slice, keys);
    }
  };

  return {
    get size() {
      return size;
    },
    remember({ thumbprint, jti, issuedAt }, now) {
      forgetOld(now);
      const slice = Math.floor(issuedAt / sliceMs);
      const known = slices.get(slice)?.get(thumbprint);
      if (known?.has(jti) === true) return 'used';
      const own = used.get(thumbprint) ?? 0;
      if (size >= most || own >= mostPerKey) return 'full';
      if (known === undefined) {
        const keys = slices.get(slice) ?? new Map<string, Set<string>>();
        slices.set(slice, keys.set(thumbprint, new Set([jti])));
      } else {
        known.add(jti);
      }
      used.set(thumbprint, own + 1);
      size += 1;
      return 'fresh';
    },
  };
}
