import type { ApprovalRequest, ConsumeResult, GrantLedger } from '#contracts/grant-ledger.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval, ApprovalState } from '#kernel/grant.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { currentEpoch, raiseEpoch } from './epoch.ts';
import { fromColumn, toColumn } from './json.ts';

export function createGrantLedger(database: SqlDatabase): GrantLedger {
  const one = async (tenant: string, where: string, value: string) => {
    const rows = await database.tenant(tenant, (tx) =>
      tx.all(`SELECT * FROM approvals WHERE tenant = $1 AND ${where} = $2`, [tenant, value]),
    );
    return rows[0] === undefined ? undefined : toApproval(rows[0]);
  };
  return {
    async request(request) {
      const epoch = await currentEpoch(database);
      return database.tenant(request.binding.tenant, (tx) => openApproval(tx, request, epoch));
    },
    byHandle: (tenant, handle) => one(tenant, 'handle', handle),
    byId: (tenant, id) => one(tenant, 'id', id),
    async openFor(tenant, callDigest) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `SELECT * FROM approvals WHERE tenant = $1 AND call_digest = $2
            AND state IN ('pending', 'approved')`,
          [tenant, callDigest],
        ),
      );
      return rows[0] === undefined ? undefined : toApproval(rows[0]);
    },
    async list({ tenant, state, agent, limit }) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `SELECT * FROM approvals WHERE tenant = $1 AND ($2 = '' OR state = $2)
            AND ($3 = '' OR agent = $3) ORDER BY requested_at, id LIMIT $4`,
          [tenant, state ?? '', agent ?? '', limit],
        ),
      );
      return rows.map(toApproval);
    },
    async decide({ tenant, id, verdict, by, reason, now, grantExpiresAt }) {
      const rows = await database.tenant(tenant, (tx) =>
        tx.all(
          `UPDATE approvals SET state = $3, decided_by = $4, reason = $5, decided_at = $6,
            grant_expires_at = $7
            WHERE tenant = $1 AND id = $2 AND state = 'pending' AND expires_at > $6 RETURNING *`,
          [
            tenant,
            id,
            verdictState[verdict],
            by,
            reason,
            now,
            verdict === 'approve' ? grantExpiresAt : null,
          ],
        ),
      );
      if (rows[0] !== undefined) return toApproval(rows[0]);
      const known = await one(tenant, 'id', id);
      throw new BailiwickError(known === undefined ? 'approvals/unknown' : 'approvals/not-pending');
    },
    consume: (spend) => consume(database, spend),
    async noteUse({ tenant, id, outcome }) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `UPDATE approvals SET used = $3 WHERE tenant = $1 AND id = $2 AND state = 'spent'
            AND used = 'unused'`,
          [tenant, id, outcome],
        ),
      );
    },
    async expire(now) {
      const changed: Approval[] = [];
      for (const tenant of await database.tenants()) {
        changed.push(...(await database.tenant(tenant, (tx) => expireIn(tx, tenant, now))));
      }
      return changed;
    },
    async raiseEpoch() {
      const epoch = await raiseEpoch(database);
      for (const tenant of await database.tenants()) {
        await database.tenant(tenant, (tx) =>
          tx.run(
            `UPDATE approvals SET state = 'void' WHERE tenant = $1 AND epoch < $2
              AND state IN ('pending', 'approved')`,
            [tenant, epoch],
          ),
        );
      }
      return epoch;
    },
  };
}

const verdictState = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const;

async function openApproval(
  tx: SqlTransaction,
  request: ApprovalRequest,
  epoch: number,
): Promise<Approval> {
  const { binding, callDigest, context, now, expiresAt, pendingLimit } = request;
  const { tenant, agent } = binding;
  await lapse(tx, tenant, now);
  const pending = await tx.all(
    `SELECT COUNT(*) AS n FROM approvals WHERE tenant = $1 AND agent = $2 AND state = 'pending'
      AND call_digest <> $3`,
    [tenant, agent, callDigest],
  );
  if (Number(pending[0]?.['n'] ?? 0) >= pendingLimit)
    throw new BailiwickError('approvals/too-many');
  // The open index lets one win; whoever loses is given the same approval.
  await tx.run(
    `INSERT INTO approvals (tenant, id, handle, state, agent, call_digest, binding, context,
      requested_at, expires_at, epoch)
      VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
    [
      tenant,
      newId(now),
      newCapability(),
      agent,
      callDigest,
      toColumn(binding),
      toColumn(context),
      now,
      expiresAt,
      epoch,
    ],
  );
  const rows = await tx.all(
    `SELECT * FROM approvals WHERE tenant = $1 AND call_digest = $2
      AND state IN ('pending', 'approved')`,
    [tenant, callDigest],
  );
  if (rows[0] === undefined) throw new BailiwickError('store/conflict');
  return toApproval(rows[0]);
}

/** What is past its time is not open any more, whether or not the timer has come by. */
async function lapse(tx: SqlTransaction, tenant: string, now: number): Promise<void> {
  await tx.run(
    `UPDATE approvals SET state = 'expired' WHERE tenant = $1
      AND ((state = 'pending' AND expires_at <= $2) OR (state = 'approved' AND grant_expires_at <= $2))`,
    [tenant, now],
  );
}

/** Each expiry is told once, so that it is recorded once, whoever noticed it. */
async function expireIn(tx: SqlTransaction, tenant: string, now: number): Promise<Approval[]> {
  await lapse(tx, tenant, now);
  const rows = await tx.all(
    `UPDATE approvals SET told = 1 WHERE tenant = $1 AND state = 'expired' AND told = 0 RETURNING *`,
    [tenant],
  );
  return rows.map(toApproval);
}

async function consume(
  database: SqlDatabase,
  spend: Parameters<GrantLedger['consume']>[0],
): Promise<ConsumeResult> {
  const { tenant, id, callDigest, by, now } = spend;
  const epoch = await currentEpoch(database);
  return database.tenant(tenant, async (tx) => {
    const spent = await tx.all(
      `UPDATE approvals SET state = 'spent', spent_at = $4, spent_by = $5, used = 'unused'
        WHERE tenant = $1 AND id = $2 AND call_digest = $3 AND state = 'approved'
        AND grant_expires_at > $4 AND epoch = $6 RETURNING *`,
      [tenant, id, callDigest, now, by, epoch],
    );
    if (spent[0] !== undefined) return { kind: 'consumed', approval: toApproval(spent[0]) };
    const rows = await tx.all('SELECT * FROM approvals WHERE tenant = $1 AND id = $2', [
      tenant,
      id,
    ]);
    const approval = rows[0] === undefined ? undefined : toApproval(rows[0]);
    return { kind: 'refused', why: whyNot(approval, callDigest, epoch), approval };
  });
}

function whyNot(
  approval: Approval | undefined,
  callDigest: string,
  epoch: number,
): Extract<ConsumeResult, { kind: 'refused' }>['why'] {
  if (approval === undefined) return 'unknown';
  if (approval.callDigest !== callDigest) return 'mismatch';
  if (approval.epoch !== epoch) return 'void';
  switch (approval.state) {
    case 'pending':
    case 'rejected':
    case 'spent':
    case 'void':
      return approval.state;
    case 'withdrawn':
      return 'rejected';
    case 'expired':
    case 'approved':
      return 'expired';
  }
}

function toApproval(row: SqlRow): Approval {
  return {
    id: text(row, 'id'),
    handle: text(row, 'handle'),
    state: text(row, 'state') as ApprovalState,
    binding: fromColumn(text(row, 'binding')),
    callDigest: text(row, 'call_digest'),
    context: fromColumn(text(row, 'context')),
    requestedAt: number(row, 'requested_at'),
    expiresAt: number(row, 'expires_at'),
    decidedAt: optionalNumber(row, 'decided_at'),
    decidedBy: optionalText(row, 'decided_by'),
    reason: optionalText(row, 'reason'),
    grantExpiresAt: optionalNumber(row, 'grant_expires_at'),
    spentAt: optionalNumber(row, 'spent_at'),
    spentBy: optionalText(row, 'spent_by'),
    use: optionalText(row, 'used') as Approval['use'],
    epoch: number(row, 'epoch'),
  };
}
