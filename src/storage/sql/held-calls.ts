import { type GrantLedger, type HeldCall, mostHeldCalls } from '#contracts/grant-ledger.ts';
import type { ApprovalState, ApprovalYes } from '#kernel/grant.ts';
import { number, optionalNumber, optionalText, type SqlDatabase, text } from './database.ts';
import { fromColumn } from './json.ts';
import { bindingOf } from './lift-approvals.ts';

/** Without what was asked: rows of ten thousand calls are small. */
export async function heldCalls(
  database: SqlDatabase,
  ...[tenant, since]: Parameters<GrantLedger['held']>
): Promise<readonly HeldCall[]> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT id, agent, state, binding, requested_at, expires_at, decided_at, decided_by, yeses
        FROM approvals WHERE tenant = $1 AND (requested_at >= $2 OR state = 'pending')
        ORDER BY requested_at DESC, id DESC LIMIT $3`,
      [tenant, since, mostHeldCalls],
    ),
  );
  return rows.map((row) => {
    const { target, approvalClass } = bindingOf(text(row, 'binding'));
    const yeses = fromColumn(text(row, 'yeses')) as readonly ApprovalYes[];
    return {
      id: text(row, 'id'),
      agent: text(row, 'agent'),
      target,
      approvalClass,
      state: text(row, 'state') as ApprovalState,
      requestedAt: number(row, 'requested_at'),
      expiresAt: number(row, 'expires_at'),
      decidedAt: optionalNumber(row, 'decided_at'),
      decidedBy: optionalText(row, 'decided_by'),
      yeses: yeses.map(({ by, at }) => ({ by, at })),
    };
  });
}
