import type { CarriedOf, CarriedOpener, CarriedSealer } from '#contracts/carried-token.ts';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { createSecretOpener, sealSecret } from './envelope.ts';

/** The key of the keyring under which users' own tokens go along: never that of the vault. */
export const carriedKey = 'carried';

/** INVARIANT: sealed for one user and one instance; put into another token it opens for nobody. */
export function createCarriedTokens(wrapper: KeyringWrapper): CarriedSealer & CarriedOpener {
  const opener = createSecretOpener(wrapper);
  return {
    seal(of, { type, token }) {
      const value = Buffer.from(`${type}\n${token}`);
      const { wrappedKey, sealed } = sealSecret(wrapper, of.tenant, { ...placeOf(of), value });
      value.fill(0);
      return `${wrappedKey}.${sealed}`;
    },
    open(of, text) {
      const [wrappedKey = '', sealed = ''] = text.split('.');
      try {
        const value = opener.open(of.tenant, { ...placeOf(of), wrappedKey, sealed });
        const line = value.indexOf('\n');
        return { type: value.slice(0, line), token: value.slice(line + 1) };
      } catch (fault) {
        if (fault instanceof BailiwickError && fault.code === 'credentials/unwrap-failed') {
          return undefined;
        }
        throw fault;
      }
    },
  };
}

function placeOf({ instance, issuer, subject }: CarriedOf) {
  return { name: sha256Hex(canonicalText(['carried', instance, issuer, subject])), version: 1 };
}
