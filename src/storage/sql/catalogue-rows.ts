import type {
  CatalogueChange,
  CatalogueEntry,
  CataloguePage,
  ObservedTool,
  ToolRejection,
} from '#contracts/tool-catalogue.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import { containing } from './contained.ts';
import { optionalText, type SqlRow, type SqlTransaction, text } from './database.ts';
import { fromColumn } from './json.ts';

export async function listEntries(
  tx: SqlTransaction,
  tenant: string,
  server: string | undefined,
): Promise<CatalogueEntry[]> {
  const rows = await tx.all(
    `SELECT * FROM catalogue WHERE tenant = $1 AND ($2 = '' OR server = $2) ORDER BY server, tool`,
    [tenant, server ?? ''],
  );
  return rows.map(toEntry);
}

export async function pageEntries(
  tx: SqlTransaction,
  { tenant, server, states, q, after, limit }: CataloguePage,
): Promise<CatalogueEntry[]> {
  const rows = await tx.all(
    `SELECT * FROM catalogue WHERE tenant = $1 AND ($2 = '' OR server = $2)
      AND (server > $3 OR (server = $3 AND tool > $4))
      AND ($5 = '' OR $5 LIKE '%,' || ${stateColumn} || ',%')
      AND lower(server || '/' || tool) LIKE $6 ESCAPE '!'
      ORDER BY server, tool LIMIT $7`,
    [
      tenant,
      server ?? '',
      after?.server ?? '',
      after?.tool ?? '',
      states === undefined ? '' : `,${states.join(',')},`,
      containing(q),
      limit,
    ],
  );
  return rows.map(toEntry);
}

export async function getEntry(
  tx: SqlTransaction,
  tenant: string,
  server: string,
  tool: string,
): Promise<CatalogueEntry | undefined> {
  const rows = await tx.all(
    'SELECT * FROM catalogue WHERE tenant = $1 AND server = $2 AND tool = $3',
    [tenant, server, tool],
  );
  return rows[0] === undefined ? undefined : toEntry(rows[0]);
}

export function pinOf(row: SqlRow): PinnedTool {
  return fromColumn(text(row, 'pinned')) as PinnedTool;
}

/** The state that people are told, of a row without its definitions. */
export const stateColumn = `CASE WHEN state <> 'gone'
  AND rejected_digest = COALESCE(observed_digest, pinned_digest) THEN 'rejected' ELSE state END`;

/** A row without its definitions. */
export interface CatalogueDigests {
  readonly tool: string;
  readonly state: CatalogueChange['state'];
  readonly pinnedDigest: string | undefined;
  readonly observedDigest: string | undefined;
}

/** Definitions only of rows that an older version wrote, which have no digest beside them. */
export const digestColumns = `tool, state, pinned_digest, observed_digest,
  CASE WHEN pinned_digest IS NULL THEN pinned END AS old_pinned,
  CASE WHEN observed_digest IS NULL THEN observed END AS old_observed`;

export function toDigests(row: SqlRow): CatalogueDigests {
  const digest = (name: 'pinned' | 'observed'): string | undefined => {
    const known = optionalText(row, `${name}_digest`);
    const old = optionalText(row, `old_${name}`);
    if (known !== undefined || old === undefined) return known;
    return (fromColumn(old) as { readonly digest: string }).digest;
  };
  return {
    tool: text(row, 'tool'),
    state: text(row, 'state') as CatalogueChange['state'],
    pinnedDigest: digest('pinned'),
    observedDigest: digest('observed'),
  };
}

function toEntry(row: SqlRow): CatalogueEntry {
  const column = (name: string): unknown => {
    const value = optionalText(row, name);
    return value === undefined ? undefined : fromColumn(value);
  };
  const pinned = column('pinned') as PinnedTool | undefined;
  const observed = column('observed') as ObservedTool | undefined;
  const state = text(row, 'state') as CatalogueEntry['state'];
  const no = column('rejected') as ToolRejection | undefined;
  const isRejected =
    state !== 'gone' && no !== undefined && no.digest === (observed ?? pinned)?.digest;
  return {
    tenant: text(row, 'tenant'),
    server: text(row, 'server'),
    tool: text(row, 'tool'),
    pinned,
    observed,
    state: isRejected ? 'rejected' : state,
    ...(isRejected ? { rejected: no } : {}),
  };
}
