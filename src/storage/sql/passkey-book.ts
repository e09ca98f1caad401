import type { Passkey, PasskeyBook } from '#contracts/passkey-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import {
  number,
  optionalNumber,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { notifyPut, putDrafts } from './outbox.ts';

export function createPasskeyBook(database: SqlDatabase): PasskeyBook {
  return {
    add: (passkey) => database.system((tx) => addPasskey(tx, passkey)),
    async byCredential(credential) {
      const [row] = await database.system((tx) =>
        tx.all('SELECT * FROM passkeys WHERE credential = $1', [credential]),
      );
      return row === undefined ? undefined : toPasskey(row);
    },
    async list(tenant, person) {
      const rows = await database.system((tx) =>
        tx.all(
          'SELECT * FROM passkeys WHERE tenant = $1 AND person = $2 ORDER BY created_at, credential',
          [tenant, person],
        ),
      );
      return rows.map(toPasskey);
    },
    use: ({ credential, counter, now }) =>
      database.system(async (tx) => {
        const used = await tx.run(
          `UPDATE passkeys SET counter = $2, used_at = $3
            WHERE credential = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))`,
          [credential, counter, now],
        );
        return used === 1;
      }),
    async remove({ tenant, person, credential, also }) {
      const removed = await database.system(async (tx) => {
        const [row] = await tx.all(
          'DELETE FROM passkeys WHERE tenant = $1 AND person = $2 AND credential = $3 RETURNING *',
          [tenant, person, credential],
        );
        if (row !== undefined) await putDrafts(tx, 'system_outbox', also);
        return row;
      });
      if (removed === undefined) return undefined;
      await notifyPut(database, also);
      return toPasskey(removed);
    },
  };
}

async function addPasskey(tx: SqlTransaction, one: Omit<Passkey, 'usedAt'>): Promise<void> {
  const { tenant, person } = one;
  await tx.lock(`passkeys ${tenant}`);
  const held = await tx.all('SELECT credential FROM passkeys WHERE tenant = $1 AND person = $2', [
    tenant,
    person,
  ]);
  if (held.length >= limits.passkeysPerPerson) {
    throw new BailiwickError('store/conflict', {
      message: `a person has at most ${limits.passkeysPerPerson} passkeys`,
      suggestedAction: 'remove one that is not used any more',
    });
  }
  const added = await tx.run(
    `INSERT INTO passkeys (credential, tenant, person, name, public_key, counter, transports, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    [
      one.credential,
      tenant,
      person,
      one.name,
      one.publicKey,
      one.counter,
      toColumn([...one.transports]),
      one.createdAt,
    ],
  );
  if (added === 1) return;
  throw new BailiwickError('store/conflict', { message: 'this passkey is somebody`s already' });
}

function toPasskey(row: SqlRow): Passkey {
  return {
    credential: text(row, 'credential'),
    tenant: text(row, 'tenant'),
    person: text(row, 'person'),
    name: text(row, 'name'),
    publicKey: text(row, 'public_key'),
    counter: number(row, 'counter'),
    transports: fromColumn(text(row, 'transports')) as readonly string[],
    createdAt: number(row, 'created_at'),
    usedAt: optionalNumber(row, 'used_at'),
  };
}
