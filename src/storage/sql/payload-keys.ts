import type { DestroyedKey, PayloadKey, PayloadKeyBook } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { number, type SqlDatabase, type SqlRow, type SqlTransaction, text } from './database.ts';

export function createPayloadKeyBook(database: SqlDatabase): PayloadKeyBook {
  const listeners = new Set<Parameters<PayloadKeyBook['onDestroyed']>[0]>();
  const of = (tenant: string, subject: string): Promise<PayloadKey | undefined> =>
    database.tenant(tenant, async (tx) => keyOf((await tx.all(bySubject, [tenant, subject]))[0]));
  return {
    of,
    like: (tenant, subject, most) => namesLike(database, tenant, subject, most),
    byHandle(tenant, handle) {
      return database.tenant(tenant, async (tx) => {
        const rows = await tx.all('SELECT * FROM payload_keys WHERE tenant = $1 AND handle = $2', [
          tenant,
          handle,
        ]);
        return keyOf(rows[0]);
      });
    },
    async keep({ tenant, subject, key, now }) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          // INVARIANT: a key that was destroyed stays destroyed, also when a memory still has it.
          `INSERT INTO payload_keys (tenant, subject, handle, wrapped_key, made_at)
            SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS
              (SELECT 1 FROM destroyed_keys WHERE tenant = $1 AND handle = $3)
            ON CONFLICT (tenant, subject) DO NOTHING`,
          [tenant, subject, key.handle, key.wrappedKey, now],
        ),
      );
      // In a transaction of its own: it sees whichever key of two that came at once was kept.
      const kept = await of(tenant, subject);
      if (kept === undefined) throw new BailiwickError('store/conflict');
      return kept;
    },
    async destroy(gone) {
      const { tenant } = gone;
      const { was, key } = await database.tenant(tenant, (tx) => bury(tx, gone));
      // INVARIANT: nobody hears that it is gone while its bytes stand in a file of the engine.
      await database.scrub(tenant);
      for (const listener of listeners) listener(tenant, key);
      return was;
    },
    rewrap: (form, anew) => rewrapAll(database, form, anew),
    destroyed: (tenant, handle) =>
      database.tenant(tenant, async (tx) => {
        const rows = await tx.all(byDestroyedHandle, [tenant, handle]);
        return rows[0] && destroyedOf(rows[0]);
      }),
    destroyedSince: (tenant, after, most) =>
      database.tenant(tenant, async (tx) => {
        const rows = await tx.all(
          `SELECT * FROM destroyed_keys WHERE tenant = $1 AND number > $2
            ORDER BY number LIMIT $3`,
          [tenant, after, most],
        );
        return rows.map(destroyedOf);
      }),
    onDestroyed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function namesLike(
  database: SqlDatabase,
  ...[tenant, subject, most]: Parameters<PayloadKeyBook['like']>
): Promise<readonly string[]> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT subject FROM payload_keys WHERE tenant = $1
        AND lower(substr(subject, 1, 1)) = lower(substr($2, 1, 1)) ORDER BY subject LIMIT $3`,
      [tenant, subject, most],
    ),
  );
  return rows.map((row) => text(row, 'subject'));
}

const rewrappedAtOnce = 500;

async function rewrapAll(
  database: SqlDatabase,
  ...[form, anew]: Parameters<PayloadKeyBook['rewrap']>
): Promise<number> {
  let count = 0;
  for (const tenant of await database.tenants()) {
    const changed = await rewrapIn(database, tenant, form, (key) => anew(tenant, key));
    if (changed > 0) await database.scrub(tenant);
    count += changed;
  }
  return count;
}

async function rewrapIn(
  database: SqlDatabase,
  tenant: string,
  form: string,
  anew: (key: PayloadKey) => string | undefined,
): Promise<number> {
  for (let count = 0, after = ''; ; ) {
    const handles = await database.tenant(tenant, async (tx) => {
      const rows = await tx.all(oldForms, [tenant, form.length, form, after, rewrappedAtOnce]);
      for (const key of rows.flatMap((row) => keyOf(row) ?? [])) {
        const wrapped = anew(key);
        if (wrapped === undefined) continue;
        count += await tx.run(newForm, [tenant, key.handle, wrapped]);
      }
      return rows.map((row) => text(row, 'handle'));
    });
    after = handles.at(-1) ?? after;
    if (handles.length < rewrappedAtOnce) return count;
  }
}

const oldForms = `SELECT * FROM payload_keys WHERE tenant = $1 AND substr(wrapped_key, 1, $2) <> $3
  AND handle > $4 ORDER BY handle LIMIT $5`;
const newForm = 'UPDATE payload_keys SET wrapped_key = $3 WHERE tenant = $1 AND handle = $2';

async function bury(
  tx: SqlTransaction,
  { tenant, handle, record, now }: Parameters<PayloadKeyBook['destroy']>[0],
): Promise<{ readonly was: boolean; readonly key: DestroyedKey }> {
  // The number below and the row that has it belong together.
  await tx.lock('destroyed-keys');
  const was = await tx.run('DELETE FROM payload_keys WHERE tenant = $1 AND handle = $2', [
    tenant,
    handle,
  ]);
  await tx.run(
    `INSERT INTO destroyed_keys (tenant, number, handle, record, at)
      SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4 FROM destroyed_keys WHERE tenant = $1
      ON CONFLICT (tenant, handle) DO NOTHING`,
    [tenant, handle, record, now],
  );
  const rows = await tx.all(byDestroyedHandle, [tenant, handle]);
  if (rows[0] === undefined) throw new BailiwickError('store/conflict');
  return { was: was > 0, key: destroyedOf(rows[0]) };
}

const bySubject = 'SELECT * FROM payload_keys WHERE tenant = $1 AND subject = $2';

const byDestroyedHandle = 'SELECT * FROM destroyed_keys WHERE tenant = $1 AND handle = $2';

function destroyedOf(row: SqlRow): DestroyedKey {
  return {
    number: number(row, 'number'),
    handle: text(row, 'handle'),
    record: text(row, 'record'),
    at: number(row, 'at'),
  };
}

function keyOf(row: SqlRow | undefined): PayloadKey | undefined {
  return row && { handle: text(row, 'handle'), wrappedKey: text(row, 'wrapped_key') };
}
