import type { Keyring } from '#contracts/keyring.ts';
import type { SecretBook } from '#contracts/secret-book.ts';
import { commitment } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { randomBytesFromPool } from '#kernel/ids.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { Vault } from './door.ts';
import { sealSecret } from './envelope.ts';

/** Shorter values cannot be told from ordinary text when they come back in a result. */
const shortestSecret = 6;

export interface VaultParts {
  readonly keyring: Keyring;
  readonly book: SecretBook;
  readonly recorder: { record(draft: RecordDraft): Promise<unknown> };
  readonly clock: Clock;
}

export function createVault(parts: VaultParts): Vault {
  const { keyring, book, recorder, clock } = parts;
  return {
    async put({ tenant, name, value, by }) {
      if (value.length < shortestSecret) {
        throw new BailiwickError('api/invalid', {
          message: `a secret has at least ${shortestSecret} bytes`,
        });
      }
      const wrapper = await keyring.wrapper('vault');
      const known = (await book.list(tenant)).find((secret) => secret.name === name);
      const sealed = sealSecret(wrapper, tenant, {
        name,
        version: (known?.version ?? 0) + 1,
        value,
      });
      const salt = randomBytesFromPool(16);
      const digest = `${salt.toString('hex')}:${commitment(salt, value)}`;
      value.fill(0);
      await recorder.record({
        type: 'credential.stored',
        tenant,
        actors: [{ kind: 'human', name: by }],
        details: { secret: name, version: sealed.version, digest },
      });
      await book.put(tenant, sealed, by, clock.now());
      return sealed;
    },
    async list(tenant) {
      return (await book.list(tenant)).map(({ name, version }) => ({ name, version }));
    },
  };
}
