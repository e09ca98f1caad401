import type { ObservedTool, ToolsSeen, ToolsSeenBody } from '#contracts/tool-catalogue.ts';
import { limits } from '#kernel/limits.ts';
import { type CatalogueDigests, digestColumns, toDigests } from './catalogue-rows.ts';
import { number, type SqlDatabase, type SqlTransaction, text } from './database.ts';
import { toColumn } from './json.ts';

/** Rows of one transaction: others get their turn between two of them, and so does the loop. */
const rowsAtOnce = limits.toolsPerReport;
/** What a look owes is due so long after a part whose last part never came. */
const unfinishedLookMs = 5_000;

export async function reportSeen(database: SqlDatabase, seen: ToolsSeen): Promise<void> {
  const { tenant, tools, shown } = seen;
  for (let from = 0; from < tools.length; from += rowsAtOnce) {
    const some = tools.slice(from, from + rowsAtOnce);
    await database.tenant(tenant, (tx) => writePart(tx, seen, some));
    await aTurn();
  }
  if (shown !== undefined) await finish(database, seen, new Set(shown));
}

/** Whatever is known of the server and was not shown is gone; then what the look owes is due. */
async function finish(
  database: SqlDatabase,
  seen: ToolsSeen,
  shown: ReadonlySet<string>,
): Promise<void> {
  const { tenant, server, now } = seen;
  const known = await namesOf(database, tenant, server);
  const missing = [...known].filter((tool) => !shown.has(tool));
  for (let from = 0; from < missing.length; from += rowsAtOnce) {
    const some = missing.slice(from, from + rowsAtOnce);
    await database.tenant(tenant, async (tx) => {
      await tx.lock(`catalogue/${server}`);
      await owe(tx, seen, { passedOver: 0, dueAt: now + unfinishedLookMs });
      for (const tool of some) await setGone(tx, seen, tool);
    });
    await aTurn();
  }
  let passedOver = 0;
  for (const tool of shown) if (!known.has(tool)) passedOver += 1;
  const owes = await database.tenant(tenant, async (tx) => {
    if (passedOver === 0 && !(await isOwed(tx, seen))) return false;
    await owe(tx, seen, { passedOver, dueAt: now });
    return true;
  });
  if (owes) await database.notify('outbox');
}

async function writePart(
  tx: SqlTransaction,
  seen: ToolsSeen,
  tools: readonly ObservedTool[],
): Promise<void> {
  const { tenant, server, now } = seen;
  await tx.lock(`catalogue/${server}`);
  let room = limits.toolsPerServer - (await rowsThatStay(tx, tenant, server));
  let changed = false;
  for (const tool of tools) {
    const before = await digestsOf(tx, tenant, server, tool.tool);
    if (before === undefined) {
      if (room <= 0) continue;
      room -= 1;
    }
    const state = stateOf(before, tool.digest);
    if (before !== undefined && !isNew(before, state, tool.digest)) continue;
    await writeSeen(tx, { ...tool, tenant, server }, state);
    changed = true;
  }
  if (changed) await owe(tx, seen, { passedOver: 0, dueAt: now + unfinishedLookMs });
}

/** Equal to the pin: pinned. Another digest than the pin: quarantined. Nothing pinned: waiting. */
function stateOf(before: CatalogueDigests | undefined, digest: string) {
  if (before?.pinnedDigest === undefined) return 'waiting';
  return before.pinnedDigest === digest ? 'pinned' : 'quarantined';
}

function isNew(before: CatalogueDigests, state: string, digest: string): boolean {
  return (
    before.state !== state || before.observedDigest !== (state === 'pinned' ? undefined : digest)
  );
}

/** INVARIANT: names no column of a pin; what a gateway may write is what it saw. */
async function writeSeen(tx: SqlTransaction, tool: ObservedTool, state: string): Promise<void> {
  const kept = state !== 'pinned';
  await tx.run(
    `INSERT INTO catalogue (tenant, server, tool, observed, observed_digest, state, judged)
      VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (tenant, server, tool) DO UPDATE SET
      observed = $4, observed_digest = $5, state = $6, judged = 0`,
    [
      tool.tenant,
      tool.server,
      tool.tool,
      kept ? toColumn(tool) : null,
      kept ? tool.digest : null,
      state,
    ],
  );
}

async function setGone(
  tx: SqlTransaction,
  { tenant, server }: ToolsSeen,
  tool: string,
): Promise<void> {
  await tx.run(
    `UPDATE catalogue SET observed = NULL, observed_digest = NULL, state = 'gone', judged = 0
      WHERE tenant = $1 AND server = $2 AND tool = $3 AND state <> 'gone'`,
    [tenant, server, tool],
  );
}

async function digestsOf(
  tx: SqlTransaction,
  tenant: string,
  server: string,
  tool: string,
): Promise<CatalogueDigests | undefined> {
  const rows = await tx.all(
    `SELECT ${digestColumns} FROM catalogue WHERE tenant = $1 AND server = $2 AND tool = $3`,
    [tenant, server, tool],
  );
  return rows[0] === undefined ? undefined : toDigests(rows[0]);
}

/** What is gone and was never pinned goes as soon as it is judged, and takes no room. */
async function rowsThatStay(tx: SqlTransaction, tenant: string, server: string): Promise<number> {
  const rows = await tx.all(
    `SELECT COUNT(*) AS n FROM catalogue WHERE tenant = $1 AND server = $2
      AND (state <> 'gone' OR pinned IS NOT NULL)`,
    [tenant, server],
  );
  return rows[0] === undefined ? 0 : number(rows[0], 'n');
}

async function namesOf(
  database: SqlDatabase,
  tenant: string,
  server: string,
): Promise<ReadonlySet<string>> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all('SELECT tool FROM catalogue WHERE tenant = $1 AND server = $2', [tenant, server]),
  );
  return new Set(rows.map((row) => text(row, 'tool')));
}

async function isOwed(tx: SqlTransaction, { tenant, look }: ToolsSeen): Promise<boolean> {
  const rows = await tx.all('SELECT id FROM outbox WHERE tenant = $1 AND id = $2', [tenant, look]);
  return rows.length > 0;
}

/** One draft a look, in the transaction of each of its parts; the last part makes it due. */
async function owe(
  tx: SqlTransaction,
  { tenant, server, look, now }: ToolsSeen,
  { passedOver, dueAt }: { readonly passedOver: number; readonly dueAt: number },
): Promise<void> {
  const body = { server, passedOver } satisfies ToolsSeenBody;
  await tx.run(
    `INSERT INTO outbox (tenant, id, kind, body, put_at, due_at)
      VALUES ($1, $2, 'tools-seen', $3, $4, $5)
      ON CONFLICT (tenant, id) DO UPDATE SET body = $3, due_at = $5`,
    [tenant, look, toColumn(body), now, dueAt],
  );
}

function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
