import type {
  CatalogueChange,
  ObservedTool,
  ToolsSeen,
  ToolsSeenBody,
} from '#contracts/tool-catalogue.ts';
import { limits } from '#kernel/limits.ts';
import { type CatalogueDigests, digestColumns, toDigests } from './catalogue-rows.ts';
import { places, type SqlDatabase, type SqlTransaction, text } from './database.ts';
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
  const { known, here } = await namesOf(database, tenant, server);
  const missing = here.filter((tool) => !shown.has(tool));
  for (let from = 0; from < missing.length; from += rowsAtOnce) {
    const some = missing.slice(from, from + rowsAtOnce);
    await database.tenant(tenant, async (tx) => {
      await tx.lock(`catalogue/${server}`);
      await owe(tx, seen, { passedOver: 0, dueAt: now + unfinishedLookMs });
      await setGone(tx, seen, some);
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
  let room = await roomLeft(tx, seen);
  // A name shown twice counts as it was shown last.
  const byName = new Map(tools.map((tool) => [tool.tool, { ...tool, tenant, server }]));
  const known = await digestsOf(tx, seen, [...byName.keys()]);
  const changed: SeenRow[] = [];
  for (const tool of byName.values()) {
    const before = known.get(tool.tool);
    if (before === undefined) {
      if (room <= 0) continue;
      room -= 1;
    }
    const state = stateOf(before, tool.digest);
    if (before !== undefined && !isNew(before, state, tool.digest)) continue;
    changed.push({ tool, state });
  }
  if (changed.length === 0) return;
  await writeSeen(tx, changed);
  await owe(tx, seen, { passedOver: 0, dueAt: now + unfinishedLookMs });
}

interface SeenRow {
  readonly tool: ObservedTool;
  readonly state: CatalogueChange['state'];
}

/** Equal to the pin: pinned. Another digest than the pin: quarantined. Nothing pinned: waiting. */
function stateOf(before: CatalogueDigests | undefined, digest: string): CatalogueChange['state'] {
  if (before?.pinnedDigest === undefined) return 'waiting';
  return before.pinnedDigest === digest ? 'pinned' : 'quarantined';
}

function isNew(before: CatalogueDigests, state: string, digest: string): boolean {
  return (
    before.state !== state || before.observedDigest !== (state === 'pinned' ? undefined : digest)
  );
}

/** INVARIANT: names no column of a pin; what a gateway may write is what it saw. */
async function writeSeen(tx: SqlTransaction, rows: readonly SeenRow[]): Promise<void> {
  const width = 6;
  const values = rows.map((_, at) => `(${places(1 + at * width, width)}, 0)`);
  await tx.run(
    `INSERT INTO catalogue (tenant, server, tool, observed, observed_digest, state, judged)
      VALUES ${values.join(', ')} ON CONFLICT (tenant, server, tool) DO UPDATE SET
      observed = excluded.observed, observed_digest = excluded.observed_digest,
      state = excluded.state, judged = 0`,
    rows.flatMap(({ tool, state }) => [
      tool.tenant,
      tool.server,
      tool.tool,
      state === 'pinned' ? null : toColumn(tool),
      state === 'pinned' ? null : tool.digest,
      state,
    ]),
  );
}

async function setGone(
  tx: SqlTransaction,
  { tenant, server }: ToolsSeen,
  tools: readonly string[],
): Promise<void> {
  await tx.run(
    `UPDATE catalogue SET observed = NULL, observed_digest = NULL, state = 'gone', judged = 0
      WHERE tenant = $1 AND server = $2 AND state <> 'gone' AND tool IN (${places(3, tools.length)})`,
    [tenant, server, ...tools],
  );
}

async function digestsOf(
  tx: SqlTransaction,
  { tenant, server }: ToolsSeen,
  tools: readonly string[],
): Promise<ReadonlyMap<string, CatalogueDigests>> {
  const rows = await tx.all(
    `SELECT ${digestColumns} FROM catalogue WHERE tenant = $1 AND server = $2
      AND tool IN (${places(3, tools.length)})`,
    [tenant, server, ...tools],
  );
  return new Map(rows.map(toDigests).map((one) => [one.tool, one]));
}

/**
 * What is gone and was never pinned goes as soon as it is judged, and takes no room; unless nothing
 * is judged any more, and it grows to as many again.
 */
async function roomLeft(tx: SqlTransaction, { tenant, server }: ToolsSeen): Promise<number> {
  const rows = await tx.all(
    `SELECT COUNT(*) AS n, COUNT(CASE WHEN state <> 'gone' OR pinned IS NOT NULL THEN 1 END) AS stay
      FROM catalogue WHERE tenant = $1 AND server = $2`,
    [tenant, server],
  );
  const most = limits.toolsPerServer;
  return Math.min(most - Number(rows[0]?.['stay'] ?? 0), 2 * most - Number(rows[0]?.['n'] ?? 0));
}

async function namesOf(database: SqlDatabase, tenant: string, server: string) {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all('SELECT tool, state FROM catalogue WHERE tenant = $1 AND server = $2', [tenant, server]),
  );
  const here = rows.filter((row) => row['state'] !== 'gone');
  return {
    known: new Set(rows.map((row) => text(row, 'tool'))),
    here: here.map((row) => text(row, 'tool')),
  };
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
