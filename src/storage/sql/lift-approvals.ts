import { type ApprovalBinding, callDigestOf } from '#kernel/grant.ts';
import { parseTarget, targetText } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';
import { type SqlDatabase, type SqlTransaction, text } from './database.ts';
import { fromColumn, toColumn } from './json.ts';

/** As it was written before there were targets: a server and a tool. */
type OlderBinding = Omit<ApprovalBinding, 'target' | 'targetDigest'> & {
  readonly server: string;
  readonly tool: string;
  readonly toolDigest: string;
};

type StoredBinding = ApprovalBinding | OlderBinding;

/** A binding as its column holds it, in the words of today. */
export function bindingOf(column: string): ApprovalBinding {
  const stored = fromColumn(column) as StoredBinding;
  return isOlder(stored) ? lifted(stored) : stored;
}

function isOlder(stored: StoredBinding): stored is OlderBinding {
  return !('target' in stored);
}

/** The same call in other words: a tool of a server is one target, and its digest is what it was. */
function lifted({ server, tool, toolDigest, ...same }: OlderBinding): ApprovalBinding {
  const target = targetText(toolTarget({ server, tool }));
  return { ...same, target, targetDigest: toolDigest };
}

/**
 * What was open when this version took over stays open under the digest that calls have now.
 * INVARIANT: a yes is lifted whole or is none any more; nobody can spend one by half of its words.
 */
export async function liftOpenApprovals(database: SqlDatabase): Promise<void> {
  for (const tenant of await database.tenants()) {
    await database.tenant(tenant, (tx) => liftIn(tx, tenant));
  }
}

async function liftIn(tx: SqlTransaction, tenant: string): Promise<void> {
  const rows = await tx.all(
    `SELECT id, binding FROM approvals WHERE tenant = $1 AND state IN ('pending', 'approved')`,
    [tenant],
  );
  for (const row of rows) {
    const stored = fromColumn(text(row, 'binding')) as StoredBinding;
    if (!isOlder(stored)) continue;
    const binding = lifted(stored);
    const digest = callDigestOf(binding);
    const fits = parseTarget(binding.target) !== undefined && !(await isOpen(tx, tenant, digest));
    await (fits
      ? tx.run(
          'UPDATE approvals SET binding = $3, call_digest = $4 WHERE tenant = $1 AND id = $2',
          [tenant, text(row, 'id'), toColumn(binding), digest],
        )
      : tx.run(`UPDATE approvals SET state = 'void', reason = $3 WHERE tenant = $1 AND id = $2`, [
          tenant,
          text(row, 'id'),
          'asked before an upgrade, and could not be carried over: ask again',
        ]));
  }
}

/** Somebody asked the same anew while an older one was still there: one yes is enough. */
async function isOpen(tx: SqlTransaction, tenant: string, digest: string): Promise<boolean> {
  const rows = await tx.all(
    `SELECT id FROM approvals WHERE tenant = $1 AND call_digest = $2
      AND state IN ('pending', 'approved')`,
    [tenant, digest],
  );
  return rows.length > 0;
}
