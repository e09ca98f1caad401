import type { DirectoryTerm } from '#contracts/directory-book.ts';
import { foldName } from '#contracts/directory-book.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { SqlDatabase, SqlTransaction, SqlValue } from './database.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';

/** One change after the other, with what it owes in its own transaction. */
export async function changeDirectory<T>(
  database: SqlDatabase,
  { tenant, also = [] }: { readonly tenant: string; readonly also?: readonly OutboxDraft[] },
  work: (tx: SqlTransaction) => Promise<T>,
): Promise<T> {
  const owed = ownDrafts(tenant, also);
  const done = await database.tenant(tenant, async (tx) => {
    await tx.lock('directory');
    const result = await work(tx);
    await putDrafts(tx, 'outbox', owed);
    return result;
  });
  await notifyPut(database, owed);
  return done;
}

export async function checkRoom(
  tx: SqlTransaction,
  table: 'directory_users' | 'directory_groups',
  { tenant, most }: { readonly tenant: string; readonly most: number },
): Promise<void> {
  const rows = await tx.all(`SELECT COUNT(*) AS n FROM ${table} WHERE tenant = $1`, [tenant]);
  if (Number(rows[0]?.['n'] ?? 0) >= most) {
    throw new BailiwickError('store/conflict', {
      message: 'the directory holds as many as it may',
      suggestedAction: 'provision fewer, or take out who is not needed',
    });
  }
}

export function checkChanged(changed: number): void {
  if (changed !== 1) throw new BailiwickError('store/conflict');
}

/** `$1` is the tenant; what is asked for by a name goes through the table of names. */
export function conditionsOf(
  terms: readonly DirectoryTerm[],
  byAttribute: Readonly<Partial<Record<DirectoryTerm['attribute'], (place: string) => string>>>,
): { readonly where: string; readonly values: readonly SqlValue[] } {
  const parts = terms.map(({ attribute }, at) => {
    const condition = byAttribute[attribute];
    // What cannot be asked for is found nowhere.
    return condition === undefined ? '1 = 0' : condition(`$${at + 2}`);
  });
  const values = terms.map(({ attribute, value }) => columnOf(attribute, value));
  const asked = parts.filter((part) => part !== '1 = 0');
  if (asked.length < parts.length) return { where: '1 = 0', values: [] };
  return { where: parts.length === 0 ? '1 = 1' : parts.join(' AND '), values };
}

function columnOf(attribute: DirectoryTerm['attribute'], value: string): SqlValue {
  switch (attribute) {
    case 'userName':
    case 'email':
    case 'displayName':
      return foldName(value);
    case 'active':
      return value === 'true' ? 1 : 0;
    case 'id':
    case 'externalId':
    case 'member':
      return value;
  }
}
