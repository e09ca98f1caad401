import { oweRecompile, oweToolPinned } from '#contracts/owed.ts';
import type {
  CatalogueEntry,
  CatalogueState,
  ObservedTool,
  ToolCatalogue,
} from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import { changesOf, forgetJudged } from './catalogue-changes.ts';
import { reportSeen } from './catalogue-report.ts';
import { getEntry, listEntries, pageEntries, pinOf, stateColumn } from './catalogue-rows.ts';
import { number, type SqlDatabase, type SqlTransaction, text } from './database.ts';
import { toColumn } from './json.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';

export function createToolCatalogue(database: SqlDatabase): ToolCatalogue {
  return {
    report: (seen) => reportSeen(database, seen),
    list: (tenant, server) => database.tenant(tenant, (tx) => listEntries(tx, tenant, server)),
    page: (wanted) => database.tenant(wanted.tenant, (tx) => pageEntries(tx, wanted)),
    get: (tenant, server, tool) =>
      database.tenant(tenant, (tx) => getEntry(tx, tenant, server, tool)),
    async pins(tenant) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `SELECT server, pinned FROM catalogue WHERE tenant = $1 AND pinned IS NOT NULL
            ORDER BY server, tool`,
          [tenant],
        ),
      );
      return rows.map((row) => ({ server: text(row, 'server'), pinned: pinOf(row) }));
    },
    counts: (tenant) => countAll(database, tenant),
    countsByServer: (tenant) => countByServer(database, tenant),
    forget: (tenant, server) => database.tenant(tenant, (tx) => forgetServer(tx, tenant, server)),
    approve: (yes) => approveTool(database, yes),
    reject: (no) => rejectTool(database, no),
    pinSeen: (yes) => pinSeen(database, yes),
    changes: (tenant, server, limit) =>
      database.tenant(tenant, (tx) => changesOf(tx, tenant, server, limit)),
    judged: (tenant, server, changes) =>
      database.tenant(tenant, (tx) => forgetJudged(tx, tenant, server, changes)),
  };
}

async function approveTool(
  database: SqlDatabase,
  yes: Parameters<ToolCatalogue['approve']>[0],
): Promise<CatalogueEntry> {
  const { tenant, server, now, also = [] } = yes;
  const owed = ownDrafts(tenant, also);
  const own = oweToolPinned(tenant, server, now);
  const entry = await database.tenant(tenant, async (tx) => {
    const pinned = await pin(tx, yes);
    await putDrafts(tx, 'outbox', [...owed, own]);
    return pinned;
  });
  await notifyPut(database, [own]);
  return entry;
}

async function rejectTool(
  database: SqlDatabase,
  no: Parameters<ToolCatalogue['reject']>[0],
): Promise<CatalogueEntry> {
  const owed = ownDrafts(no.tenant, no.also ?? []);
  const entry = await database.tenant(no.tenant, async (tx) => {
    const rejected = await reject(tx, no);
    await putDrafts(tx, 'outbox', owed);
    return rejected;
  });
  await notifyPut(database, owed);
  return entry;
}

async function pinSeen(
  database: SqlDatabase,
  yes: Parameters<ToolCatalogue['pinSeen']>[0],
): Promise<void> {
  const own = oweRecompile(yes.tenant, yes.now);
  await database.tenant(yes.tenant, async (tx) => {
    await tx.lock(`catalogue/${yes.server}`);
    for (const { tool, digest } of yes.tools) {
      const entry = await getEntry(tx, yes.tenant, yes.server, tool);
      if (entry?.pinned !== undefined || entry?.observed?.digest !== digest) continue;
      if (entry.rejected !== undefined) continue;
      await writePin(tx, entry, entry.observed, yes);
    }
    await putDrafts(tx, 'outbox', [own]);
  });
  await notifyPut(database, [own]);
}

async function countAll(
  database: SqlDatabase,
  tenant: string,
): Promise<Record<CatalogueState, number>> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT ${stateColumn} AS told, COUNT(*) AS n FROM catalogue WHERE tenant = $1 GROUP BY told`,
      [tenant],
    ),
  );
  const counts = noTools();
  for (const row of rows) counts[text(row, 'told') as CatalogueState] = number(row, 'n');
  return counts;
}

async function countByServer(
  database: SqlDatabase,
  tenant: string,
): Promise<ReadonlyMap<string, Record<CatalogueState, number>>> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT server, ${stateColumn} AS told, COUNT(*) AS n FROM catalogue WHERE tenant = $1
        GROUP BY server, told ORDER BY server`,
      [tenant],
    ),
  );
  const found = new Map<string, Record<CatalogueState, number>>();
  for (const row of rows) {
    const counts = found.get(text(row, 'server')) ?? noTools();
    counts[text(row, 'told') as CatalogueState] = number(row, 'n');
    found.set(text(row, 'server'), counts);
  }
  return found;
}

async function forgetServer(tx: SqlTransaction, tenant: string, server: string): Promise<void> {
  await tx.lock(`catalogue/${server}`);
  await tx.run('DELETE FROM catalogue WHERE tenant = $1 AND server = $2', [tenant, server]);
}

function noTools(): Record<CatalogueState, number> {
  return { pinned: 0, waiting: 0, quarantined: 0, rejected: 0, gone: 0 };
}

async function pin(
  tx: SqlTransaction,
  yes: Parameters<ToolCatalogue['approve']>[0],
): Promise<CatalogueEntry> {
  const { entry, shown } = await shownNow(tx, yes);
  return writePin(tx, entry, shown, yes);
}

async function reject(
  tx: SqlTransaction,
  no: Parameters<ToolCatalogue['reject']>[0],
): Promise<CatalogueEntry> {
  const { entry } = await shownNow(tx, no);
  const { tenant, server, tool, digest, by, reason, now } = no;
  const rejected = { digest, by, reason, at: now };
  await tx.run(
    `UPDATE catalogue SET rejected = $4, rejected_digest = $5
      WHERE tenant = $1 AND server = $2 AND tool = $3`,
    [tenant, server, tool, toColumn(rejected), digest],
  );
  return { ...entry, state: 'rejected', rejected };
}

/** INVARIANT: what somebody says is to the very definition that they looked at. */
async function shownNow(
  tx: SqlTransaction,
  {
    tenant,
    server,
    tool,
    digest,
  }: Pick<Parameters<ToolCatalogue['reject']>[0], 'tenant' | 'server' | 'tool' | 'digest'>,
): Promise<{ readonly entry: CatalogueEntry; readonly shown: ObservedTool | PinnedTool }> {
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
      suggestedAction: 'look at `bailiwick tool diff`, then decide about what it shows',
    });
  }
  return { entry, shown: observed };
}

async function writePin(
  tx: SqlTransaction,
  entry: CatalogueEntry,
  { digest, definition }: Pick<PinnedTool, 'digest' | 'definition'>,
  { by, now }: { readonly by: string; readonly now: number },
): Promise<CatalogueEntry> {
  const { tenant, server, tool } = entry;
  const pinned: PinnedTool = { tool, digest, definition, approvedBy: by, approvedAt: now };
  // A person, or the rule of the server, has just looked at it: nothing is left to be judged.
  await tx.run(
    `UPDATE catalogue SET pinned = $4, pinned_digest = $5, observed = NULL,
      observed_digest = NULL, state = 'pinned', judged = 1, rejected = NULL, rejected_digest = NULL
      WHERE tenant = $1 AND server = $2 AND tool = $3`,
    [tenant, server, tool, toColumn(pinned), digest],
  );
  const { rejected: _, ...rest } = entry;
  return { ...rest, pinned, observed: undefined, state: 'pinned' };
}
