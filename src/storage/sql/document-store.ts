import { documentsDigest } from '#contracts/document-change.ts';
import type {
  DocumentChange,
  DocumentPage,
  DocumentStore,
  DocumentVersion,
  StoredDocument,
} from '#contracts/document-store.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import { oweRecompile } from '#contracts/owed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import { containing } from './contained.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';

interface Applied {
  readonly tenant: string;
  readonly owner: 'folder' | 'api';
  readonly by: string;
  readonly now: number;
  readonly reason?: string | undefined;
}

export function createDocumentStore(database: SqlDatabase, clock: Clock): DocumentStore {
  /** One change of documents after the other, with what it owes. */
  const change = async <T>(
    { tenant, now }: { readonly tenant: string; readonly now: number },
    also: readonly OutboxDraft[],
    work: (tx: SqlTransaction) => Promise<T>,
  ): Promise<T> => {
    const owed = [...ownDrafts(tenant, also), oweRecompile(tenant, now)];
    const done = await database.tenant(tenant, async (tx) => {
      await tx.lock('documents');
      const result = await work(tx);
      await putDrafts(tx, 'outbox', owed);
      return result;
    });
    await notifyPut(database, owed);
    return done;
  };
  return {
    list: (tenant) => database.tenant(tenant, (tx) => listAll(tx, tenant)),
    page: (wanted) => database.tenant(wanted.tenant, (tx) => pageOf(tx, wanted)),
    get: (tenant, kind, name) => database.tenant(tenant, (tx) => getOne(tx, tenant, kind, name)),
    replaceAll: (set) => change(set, set.also ?? [], (tx) => replaceAll(tx, set)),
    apply: (set) => change(set, set.also ?? [], (tx) => applySet(tx, set)),
    put: (one) => change(one, one.also ?? [], (tx) => putOne(tx, { ...one, owner: 'api' }, one)),
    remove: ({ tenant, kind, name, also = [], by, reason }) =>
      change({ tenant, now: clock.now() }, also, async (tx) => {
        const known = await getOne(tx, tenant, kind, name);
        if (known === undefined) return;
        if (known.owner !== 'api') throw ownedElsewhere(known);
        await removeOne(tx, known, { by, reason, now: clock.now() });
      }),
    history: (tenant, kind, name) =>
      database.tenant(tenant, (tx) => versionsOf(tx, tenant, kind, name)),
    async everStored(tenant) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all('SELECT 1 AS n FROM document_versions WHERE tenant = $1 LIMIT 1', [tenant]),
      );
      return rows.length > 0;
    },
    async byDigest(tenant, digest) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `SELECT * FROM document_versions WHERE tenant = $1 AND digest = $2
            ORDER BY applied_at DESC, version DESC, kind, name LIMIT 1`,
          [tenant, digest],
        ),
      );
      return rows[0] === undefined ? undefined : toDocument(rows[0]);
    },
  };
}

async function replaceAll(
  tx: SqlTransaction,
  set: Parameters<DocumentStore['replaceAll']>[0],
): Promise<StoredDocument[]> {
  const wanted = new Set(set.documents.map(({ kind, name }) => `${kind} ${name}`));
  for (const one of await listAll(tx, set.tenant)) {
    if (one.owner !== set.owner || wanted.has(`${one.kind} ${one.name}`)) continue;
    await removeOne(tx, one, set);
  }
  for (const document of set.documents) await putOne(tx, set, document);
  return listAll(tx, set.tenant);
}

/** INVARIANT: the state is looked at in the transaction that changes it. */
async function applySet(
  tx: SqlTransaction,
  set: Parameters<DocumentStore['apply']>[0],
): Promise<StoredDocument[]> {
  const before = await listAll(tx, set.tenant);
  if (documentsDigest(before) !== set.expects) throw new BailiwickError('config/moved');
  for (const { kind, name } of set.remove) {
    const known = before.find((one) => one.kind === kind && one.name === name);
    if (known !== undefined && known.owner !== set.owner) throw ownedElsewhere(known);
    if (known !== undefined) await removeOne(tx, known, set);
  }
  for (const document of set.put) await putOne(tx, set, document);
  return listAll(tx, set.tenant);
}

const mostVersions = 1_000;

async function versionsOf(
  tx: SqlTransaction,
  tenant: string,
  kind: string,
  name: string,
): Promise<DocumentVersion[]> {
  const rows = await tx.all(
    `SELECT v.*, r.removed_at, r.removed_by, r.reason AS removed_why FROM document_versions v
      LEFT JOIN document_removals r ON r.tenant = v.tenant AND r.kind = v.kind AND r.name = v.name
        AND r.version = v.version
      WHERE v.tenant = $1 AND v.kind = $2 AND v.name = $3
      ORDER BY v.version DESC LIMIT ${mostVersions}`,
    [tenant, kind, name],
  );
  return rows.map(toVersion);
}

function toVersion(row: SqlRow): DocumentVersion {
  const reason = optionalText(row, 'reason');
  const at = optionalNumber(row, 'removed_at');
  const why = optionalText(row, 'removed_why');
  const whose = reason === undefined ? {} : { reason };
  if (at === undefined) return { ...toDocument(row), ...whose };
  const removed = {
    at,
    by: text(row, 'removed_by'),
    ...(why === undefined ? {} : { reason: why }),
  };
  return { ...toDocument(row), ...whose, removed };
}

async function listAll(tx: SqlTransaction, tenant: string): Promise<StoredDocument[]> {
  const rows = await tx.all('SELECT * FROM documents WHERE tenant = $1 ORDER BY kind, name', [
    tenant,
  ]);
  return rows.map(toDocument);
}

async function pageOf(
  tx: SqlTransaction,
  { tenant, kind, q, after, limit }: DocumentPage,
): Promise<StoredDocument[]> {
  const rows = await tx.all(
    `SELECT * FROM documents WHERE tenant = $1 AND ($2 = '' OR kind = $2)
      AND (kind > $3 OR (kind = $3 AND name > $4)) AND lower(name) LIKE $5 ESCAPE '!'
      ORDER BY kind, name LIMIT $6`,
    [tenant, kind ?? '', after?.kind ?? '', after?.name ?? '', containing(q), limit],
  );
  return rows.map(toDocument);
}

async function getOne(
  tx: SqlTransaction,
  tenant: string,
  kind: string,
  name: string,
): Promise<StoredDocument | undefined> {
  const rows = await tx.all(
    'SELECT * FROM documents WHERE tenant = $1 AND kind = $2 AND name = $3',
    [tenant, kind, name],
  );
  return rows[0] === undefined ? undefined : toDocument(rows[0]);
}

/** That it went stays known too. */
async function removeOne(
  tx: SqlTransaction,
  { tenant, kind, name, version }: StoredDocument,
  { by, now, reason }: Pick<Applied, 'by' | 'now' | 'reason'>,
): Promise<void> {
  await tx.run(
    `INSERT INTO document_removals (tenant, kind, name, version, removed_at, removed_by, reason)
      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [tenant, kind, name, version, now, by, reason ?? null],
  );
  await tx.run('DELETE FROM documents WHERE tenant = $1 AND kind = $2 AND name = $3', [
    tenant,
    kind,
    name,
  ]);
}

/** One owner per document; every version that was ever applied stays readable. */
async function putOne(
  tx: SqlTransaction,
  { tenant, owner, by, now, reason }: Applied,
  change: DocumentChange,
): Promise<StoredDocument> {
  const { kind, name, spec, digest } = change;
  const known = await getOne(tx, tenant, kind, name);
  const isTakenOver = owner === 'folder' && known?.digest === digest;
  if (known !== undefined && known.owner !== owner && !isTakenOver) throw ownedElsewhere(known);
  if (known?.digest === digest) return known.owner === owner ? known : ownedBy(tx, known, owner);
  const last = await tx.all(
    `SELECT COALESCE(MAX(version), 0) AS n FROM document_versions
      WHERE tenant = $1 AND kind = $2 AND name = $3`,
    [tenant, kind, name],
  );
  const version = Number(last[0]?.['n'] ?? 0) + 1;
  const row = [tenant, kind, name, toColumn(spec), digest, owner, version, now, by];
  await tx.run(
    `INSERT INTO documents (tenant, kind, name, spec, digest, owner, version, applied_at, applied_by)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, kind, name) DO UPDATE SET
      spec = $4, digest = $5, owner = $6, version = $7, applied_at = $8, applied_by = $9`,
    row,
  );
  await tx.run(
    `INSERT INTO document_versions
      (tenant, kind, name, spec, digest, owner, version, applied_at, applied_by, reason)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [...row, reason ?? null],
  );
  return { tenant, kind, name, spec, digest, owner, version, appliedAt: now, appliedBy: by };
}

/** The same version: nothing of what it says is another. */
async function ownedBy(
  tx: SqlTransaction,
  known: StoredDocument,
  owner: StoredDocument['owner'],
): Promise<StoredDocument> {
  await tx.run('UPDATE documents SET owner = $4 WHERE tenant = $1 AND kind = $2 AND name = $3', [
    known.tenant,
    known.kind,
    known.name,
    owner,
  ]);
  return { ...known, owner };
}

function ownedElsewhere({ kind, name, owner }: StoredDocument): BailiwickError {
  return new BailiwickError('store/conflict', {
    message: `${kind} \`${name}\` is owned by the ${owner === 'folder' ? 'document folder' : 'API'}`,
    suggestedAction: 'change it where it is owned',
  });
}

function toDocument(row: SqlRow): StoredDocument {
  return {
    tenant: text(row, 'tenant'),
    kind: text(row, 'kind'),
    name: text(row, 'name'),
    spec: fromColumn(text(row, 'spec')) as JsonObject,
    digest: text(row, 'digest'),
    owner: text(row, 'owner') as 'folder' | 'api',
    version: number(row, 'version'),
    appliedAt: number(row, 'applied_at'),
    appliedBy: text(row, 'applied_by'),
  };
}
