import { isUtf8 } from 'node:buffer';
import { type DeskRecorder, recordThenDo } from '#contracts/desk.ts';
import type { Keyring } from '#contracts/keyring.ts';
import type { SecretBook } from '#contracts/secret-book.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { commitment } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { randomBytesFromPool } from '#kernel/ids.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { Vault } from './door.ts';
import { rewrapped, sealSecret } from './envelope.ts';
import { createSecretKeys } from './secret-keys.ts';

/** Shorter values cannot be told from ordinary text when they come back in a result. */
const shortestSecret = 6;
const longestSecret = 8_192;

export interface VaultParts {
  readonly keyring: Pick<Keyring, 'wrapper'>;
  /** Where there are none, all are wrapped under one key. */
  readonly tenants?: TenantKeys;
  readonly book: SecretBook;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

type Deposit = Parameters<Vault['put']>[0];

export function createVault(parts: VaultParts): Vault {
  const { book } = parts;
  // One after the other: two deposits under one name must not both become the same version.
  let last: Promise<unknown> = Promise.resolve();
  const next = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    put: (deposit) => next(() => store(parts, deposit)).finally(() => deposit.value.fill(0)),
    remove: (gone) => next(() => remove(parts, gone)),
    rewrap: (of) => next(() => rewrap(parts, of)),
    async list(tenant) {
      return (await book.list(tenant)).map(({ name, version }) => ({ name, version }));
    },
  };
}

/** INVARIANT: on record before it is in the book; what cannot be recorded is not kept. */
async function store(parts: VaultParts, deposit: Deposit): Promise<SealedSecret> {
  const { keyring, book, recorder, clock } = parts;
  const { tenant, name, value, by, reason } = deposit;
  checkValue(value);
  const keys = createSecretKeys(await keyring.wrapper('vault'), parts.tenants);
  const known = (await book.list(tenant)).find((secret) => secret.name === name);
  const version = (known?.version ?? 0) + 1;
  const sealed = sealSecret(keys, tenant, { name, version, value });
  const draft: RecordDraft = {
    type: 'credential.stored',
    tenant,
    actors: [{ kind: 'human', name: by }],
    details: {
      secret: name,
      version,
      digest: saltedDigest(value),
      ...(reason === undefined ? {} : { reason }),
    },
  };
  return recordThenDo(recorder, draft, async () => {
    await book.put({ tenant, secret: sealed, by, now: clock.now() });
    return sealed;
  });
}

/**
 * What an earlier version wrapped under the key of all is wrapped under that of its tenant. Each by itself, so that a
 * crash leaves nothing half; what does not unwrap is left as it is, and told.
 */
async function rewrap(
  { keyring, tenants, book }: VaultParts,
  { tenants: of, left }: Parameters<Vault['rewrap']>[0],
): Promise<number> {
  const keys = createSecretKeys(await keyring.wrapper('vault'), tenants);
  const anew = async (tenant: string, secret: SealedSecret): Promise<number> => {
    if (keys.isOwn(secret.wrappedKey)) return 0;
    try {
      await book.rewrap(tenant, rewrapped(keys, tenant, secret), secret.wrappedKey);
      return 1;
    } catch (fault) {
      if (!(fault instanceof BailiwickError) || !isShut(fault)) throw fault;
      left(tenant, secret.name);
      return 0;
    }
  };
  let count = 0;
  for (const tenant of of) {
    for (const secret of await book.list(tenant)) count += await anew(tenant, secret);
  }
  return count;
}

const isShut = ({ code }: BailiwickError): boolean =>
  code === 'credentials/unwrap-failed' || code === 'audit/erased';

/** INVARIANT: on record before it is gone. */
async function remove(parts: VaultParts, gone: Parameters<Vault['remove']>[0]): Promise<void> {
  const { book, recorder, clock } = parts;
  const { tenant, name, by, reason } = gone;
  const known = (await book.list(tenant)).find((secret) => secret.name === name);
  if (known === undefined) {
    throw new BailiwickError('api/not-found', { message: `there is no secret \`${name}\`` });
  }
  const draft: RecordDraft = {
    type: 'credential.removed',
    tenant,
    actors: [{ kind: 'human', name: by }],
    details: {
      secret: name,
      version: known.version,
      ...(reason === undefined ? {} : { reason }),
    },
  };
  await recordThenDo(recorder, draft, () => book.remove({ tenant, name, now: clock.now() }));
}

function checkValue(value: Buffer): void {
  if (!isUtf8(value) || value.includes(0)) {
    throw invalid('a secret is text: UTF-8 without zero bytes');
  }
  if (value.toString('utf8').length < shortestSecret || value.length > longestSecret) {
    throw invalid(`a secret has ${shortestSecret} characters to ${longestSecret} bytes`);
  }
}

function invalid(message: string): BailiwickError {
  return new BailiwickError('api/invalid', { message });
}

/** What records say of a value; the salt makes it useless for guessing. */
export function saltedDigest(value: string | Uint8Array): string {
  const salt = randomBytesFromPool(16);
  return `${salt.toString('hex')}:${commitment(salt, value)}`;
}
