import type { CatalogueEntry, ObservedTool, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import {
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';

export function createToolCatalogue(database: SqlDatabase): ToolCatalogue {
  return {
    report: ({ tenant, server, tools }) =>
      database.tenant(tenant, async (tx) => {
        await tx.lock(`catalogue/${server}`);
        const entries = await listEntries(tx, tenant, server);
        const known = new Map(entries.map((entry) => [entry.tool, entry]));
        const seen = new Map(tools.map((tool) => [tool.tool, tool]));
        for (const tool of new Set([...known.keys(), ...seen.keys()])) {
          const before = known.get(tool);
          const after = entryOf({ tenant, server, tool, pinned: before?.pinned }, seen.get(tool));
          if (before === undefined || changed(before, after)) await writeEntry(tx, after);
        }
      }),
    list: (tenant, server) => database.tenant(tenant, (tx) => listEntries(tx, tenant, server)),
    get: (tenant, server, tool) =>
      database.tenant(tenant, (tx) => getEntry(tx, tenant, server, tool)),
    async approve(yes) {
      const { tenant, also = [] } = yes;
      const owed = ownDrafts(tenant, also);
      const entry = await database.tenant(tenant, async (tx) => {
        const pinned = await pin(tx, yes);
        await putDrafts(tx, 'outbox', owed);
        return pinned;
      });
      await notifyPut(database, also);
      return entry;
    },
  };
}

async function pin(
  tx: SqlTransaction,
  { tenant, server, tool, digest, by, now }: Parameters<ToolCatalogue['approve']>[0],
): Promise<CatalogueEntry> {
  await tx.lock(`catalogue/${server}`);
  const entry = await getEntry(tx, tenant, server, tool);
  if (entry === undefined) {
    throw new BailiwickError('api/not-found', { message: `no tool \`${server}/${tool}\`` });
  }
  // Shown as pinned again, after a quarantine: the yes is to the very definition that is pinned.
  const observed = entry.observed ?? entry.pinned;
  if (observed === undefined || observed.digest !== digest) {
    throw new BailiwickError('store/conflict', {
      message: 'the tool shows another definition by now',
      suggestedAction: 'look at `bailiwick tool diff`, then approve what it shows',
    });
  }
  const { definition } = observed;
  const pinned: PinnedTool = { tool, digest, definition, approvedBy: by, approvedAt: now };
  const after: CatalogueEntry = { ...entry, pinned, observed: undefined, state: 'pinned' };
  await writeEntry(tx, after);
  return after;
}

/** Equal to the pin: pinned. Another digest than the pin: quarantined. Nothing pinned: waiting. */
function entryOf(
  base: Pick<CatalogueEntry, 'tenant' | 'server' | 'tool' | 'pinned'>,
  seen: ObservedTool | undefined,
): CatalogueEntry {
  if (seen === undefined) return { ...base, observed: undefined, state: 'gone' };
  if (base.pinned === undefined) return { ...base, observed: seen, state: 'waiting' };
  return base.pinned.digest === seen.digest
    ? { ...base, observed: undefined, state: 'pinned' }
    : { ...base, observed: seen, state: 'quarantined' };
}

function changed(a: CatalogueEntry, b: CatalogueEntry): boolean {
  return a.state !== b.state || a.observed?.digest !== b.observed?.digest;
}

async function writeEntry(tx: SqlTransaction, entry: CatalogueEntry): Promise<void> {
  const column = (value: unknown) => (value === undefined ? null : toColumn(value));
  await tx.run(
    `INSERT INTO catalogue (tenant, server, tool, pinned, observed, state)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, server, tool) DO UPDATE SET
      pinned = $4, observed = $5, state = $6`,
    [
      entry.tenant,
      entry.server,
      entry.tool,
      column(entry.pinned),
      column(entry.observed),
      entry.state,
    ],
  );
}

async function listEntries(
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

async function getEntry(
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

function toEntry(row: SqlRow): CatalogueEntry {
  const column = (name: string): unknown => {
    const value = optionalText(row, name);
    return value === undefined ? undefined : fromColumn(value);
  };
  return {
    tenant: text(row, 'tenant'),
    server: text(row, 'server'),
    tool: text(row, 'tool'),
    pinned: column('pinned') as PinnedTool | undefined,
    observed: column('observed') as ObservedTool | undefined,
    state: text(row, 'state') as CatalogueEntry['state'],
  };
}
