import type { KeyringWrapper } from '#contracts/keyring.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { seal, unseal } from './seal.ts';

export function openWrapper(name: string, key: Buffer): KeyringWrapper {
  return {
    name,
    wrap: (plain, context) => seal(key, plain, context),
    unwrap: (wrapped, context) => {
      const plain = unseal(key, wrapped, context);
      if (plain === undefined) throw new BailiwickError('credentials/unwrap-failed');
      return plain;
    },
  };
}
