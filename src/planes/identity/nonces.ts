import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { limits } from '#kernel/limits.ts';

/**
 * Nonces that every gateway of one listener knows, whichever gave them: a time window and a
 * generation, sealed with a key that they share. A generation is young or old: what was forgotten
 * about the proofs of old ones is made good by not taking them any more.
 */
export interface Nonces {
  current(now: number): string;
  /** Undefined for what nobody of us gave out, or too long ago. */
  generationOf(nonce: string, now: number): number | undefined;
  /**
   * The oldest generation whose proofs this gateway can judge. INVARIANT: it has forgotten no proof
   * with a nonce of this generation, or a younger one, that is fresh.
   */
  floor(now: number): number;
  readonly generation: number;
  /** There is one as young as this: what is given out from now on is no older. */
  hear(generation: number): void;
}

export interface NonceOptions {
  /** Of all gateways of one listener, and of nobody else. */
  readonly key: Uint8Array;
  /**
   * Of this life: zero where no earlier one had the key, else a time of the machine's own clock
   * behind everything that an earlier life can have seen.
   */
  readonly generation: number;
  /** A clock that all of them read alike, and that only grows as long as one of them lives. */
  readonly machineMs: () => number;
}

/** Wall clocks step back a little when they are set; more than this makes old proofs young again. */
export const clockStepBackMs = 1_000;

/** For a gateway that shares its listener with nobody. */
export function ownNonces(): NonceOptions {
  return { key: randomBytes(32), generation: 0, machineMs: () => 0 };
}

/**
 * INVARIANT: when the clock goes back, every nonce that was ever given out is void here, because
 * the replay book may have forgotten proofs that would be fresh again.
 */
export function createNonces({ key, generation: first, machineMs }: NonceOptions): Nonces {
  const seal = createNonceSeal(key);
  let generation = first;
  let floor = first;
  let newest = Number.NEGATIVE_INFINITY;
  let given: (Sealed & { readonly text: string }) | undefined;
  const turn = (now: number): number => {
    if (now < newest - clockStepBackMs) {
      generation = Math.max(generation + 1, machineMs());
      floor = generation;
      newest = now;
    }
    newest = Math.max(newest, now);
    return Math.floor(now / limits.nonceMs);
  };
  return {
    current(now) {
      const window = turn(now);
      if (given?.window !== window || given.generation !== generation) {
        given = { window, generation, text: seal.write({ window, generation }) };
      }
      return given.text;
    },
    generationOf(nonce, now) {
      const window = turn(now);
      const known = seal.read(nonce);
      const age = window - (known?.window ?? Number.NaN);
      return age === 0 || age === 1 ? known?.generation : undefined;
    },
    floor(now) {
      turn(now);
      return floor;
    },
    get generation() {
      return generation;
    },
    hear(heard) {
      generation = Math.max(generation, heard);
    },
  };
}

interface Sealed {
  readonly window: number;
  readonly generation: number;
}

interface NonceSeal {
  write(nonce: Sealed): string;
  /** Undefined for what was not sealed with the key. */
  read(text: string): Sealed | undefined;
}

const form = /^([0-9a-z]{1,12})\.([0-9a-z]{1,12})\.[A-Za-z0-9_-]{22}$/;
const kept = 64;

function createNonceSeal(key: Uint8Array): NonceSeal {
  const secret = createSecretKey(key);
  // INVARIANT: holds only what the key made; small, so that old windows leave it.
  const known = new Map<string, Sealed>();
  const remember = (text: string, nonce: Sealed): Sealed => {
    if (known.size >= kept) known.clear();
    known.set(text, nonce);
    return nonce;
  };
  const textOf = ({ window, generation }: Sealed): string => {
    const named = `${window.toString(36)}.${generation.toString(36)}`;
    const mac = createHmac('sha256', secret).update(named).digest('base64url');
    return `${named}.${mac.slice(0, 22)}`;
  };
  return {
    write(nonce) {
      const text = textOf(nonce);
      remember(text, nonce);
      return text;
    },
    read(text) {
      const seen = known.get(text);
      if (seen !== undefined) return seen;
      const [, window = '', generation = ''] = form.exec(text) ?? [];
      if (generation === '') return undefined;
      const nonce = {
        window: Number.parseInt(window, 36),
        generation: Number.parseInt(generation, 36),
      };
      const ours = Buffer.from(textOf(nonce));
      const theirs = Buffer.from(text);
      const same = ours.length === theirs.length && timingSafeEqual(ours, theirs);
      return same ? remember(text, nonce) : undefined;
    },
  };
}
