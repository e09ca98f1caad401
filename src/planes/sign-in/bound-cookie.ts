import { createHash, timingSafeEqual } from 'node:crypto';
import type { KeyringSigner } from '#contracts/keyring.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import { newCapability } from '#kernel/ids.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';

/** The name of the key in the keyring. */
export const sessionKey = 'person-session';

/**
 * Cookies that say, under a key the store does not have, of which sign-in they are. INVARIANT: whoever writes or
 * changes a sign-in in the store has no cookie for it.
 */
export interface CookieBinding {
  valueOf(session: PersonSession): string;
  isOf(value: string, session: PersonSession): boolean;
}

export function createCookieBinding(signer: Pick<KeyringSigner, 'sign'>): CookieBinding {
  const seal = (secret: string, session: PersonSession): string => {
    // What is undefined is in no column.
    const said = parseJson(Buffer.from(JSON.stringify(session)));
    const text = canonicalText(['bailiwick person session 1', secret, said]);
    // Ed25519 signs the same the same way, and its signatures are known to nobody without the key.
    const signature = signer.sign(Buffer.from(text));
    return createHash('sha256').update(signature).digest('base64url').slice(0, sealLength);
  };
  return {
    valueOf(session) {
      const secret = newCapability();
      return `${secret}${seal(secret, session)}`;
    },
    isOf(value, session) {
      const [secret, told] = [value.slice(0, -sealLength), value.slice(-sealLength)];
      const wanted = seal(secret, session);
      return told.length === sealLength && timingSafeEqual(Buffer.from(told), Buffer.from(wanted));
    },
  };
}

/** 132 bits, as a capability. */
const sealLength = 22;
