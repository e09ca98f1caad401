import type {
  ApprovalFilter,
  ApprovalRequest,
  ApprovalVerdict,
  ConsumeResult,
  GrantLedger,
} from '#contracts/grant-ledger.ts';
import { oweUserSaid } from '#contracts/owed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  type Approval,
  type ApprovalContext,
  type ApprovalState,
  type ApprovalYes,
  type ValueYes,
  valueYesOf,
} from '#kernel/grant.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import type { Clock } from '#kernel/time.ts';
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
import { heldCalls } from './held-calls.ts';
import { fromColumn, toColumn } from './json.ts';
import { bindingOf } from './lift-approvals.ts';
import { notifyPut, ownDrafts, putDrafts } from './outbox.ts';
import { lettersSql, lettersValue, olderSql, olderValues, orderSql } from './older.ts';

export function createGrantLedger(database: SqlDatabase, clock: Clock): GrantLedger {
  return {
    async request(request) {
      const epoch = await currentEpoch(database);
      return database.tenant(request.binding.tenant, (tx) => openApproval(tx, request, epoch));
    },
    byHandle: (tenant, handle) => findOne(database, tenant, 'handle', handle),
    byId: (tenant, id) => findOne(database, tenant, 'id', id),
    openFor: (tenant, callDigest) =>
      database.tenant(tenant, async (tx) => {
        const open = await findOpen(tx, tenant, callDigest);
        return open === undefined || isOver(open, clock.now()) ? undefined : open;
      }),
    userSaid: (said) => oweSaid(database, said),
    valueYeses: (tenant, agent) => valueYeses(database, tenant, agent, clock.now()),
    list: (filter) => list(database, filter),
    held: (...of) => heldCalls(database, ...of),
    decide: (verdict) => decide(database, verdict),
    overrideFor: () => Promise.resolve(undefined),
    consume: (spend) => consume(database, spend),
    makeVoid: (ended) => makeVoid(database, ended),
    async noteUse({ tenant, id, outcome }) {
      const known = await database.tenant(tenant, (tx) =>
        tx.run(
          `UPDATE approvals SET used = CASE WHEN used = 'unused' THEN $3 ELSE used END
            WHERE tenant = $1 AND id = $2 AND state = 'spent'`,
          [tenant, id, outcome],
        ),
      );
      if (known === 0) throw new BailiwickError('approvals/unknown');
    },
    async expire(now) {
      const epoch = await currentEpoch(database);
      const changed: Approval[] = [];
      for (const tenant of await database.tenants()) {
        const moment = { tenant, now, epoch };
        changed.push(...(await database.tenant(tenant, (tx) => expireIn(tx, moment))));
      }
      return changed;
    },
    async raiseEpoch() {
      // INVARIANT: the epoch first. Everything older is refused from here on, even if what follows
      // is cut off; the rest makes it show.
      const epoch = await raiseEpoch(database);
      for (const tenant of await database.tenants()) {
        const moment = { tenant, now: clock.now(), epoch };
        await database.tenant(tenant, (tx) => closeEarlier(tx, moment));
      }
      return epoch;
    },
  };
}

async function oweSaid(
  database: SqlDatabase,
  { tenant, id, verdict, now }: Parameters<GrantLedger['userSaid']>[0],
): Promise<void> {
  const draft = oweUserSaid(tenant, { approval: id, verdict }, now);
  await database.tenant(tenant, (tx) => putDrafts(tx, 'outbox', [draft]));
  await notifyPut(database, [draft]);
}

async function valueYeses(
  database: SqlDatabase,
  tenant: string,
  agent: string,
  now: number,
): Promise<readonly ValueYes[]> {
  const epoch = await currentEpoch(database);
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT * FROM approvals WHERE tenant = $1 AND agent = $2
        AND state IN ('approved', 'spent') AND grant_expires_at > $3 AND epoch = $4
        ORDER BY decided_at DESC, id DESC LIMIT 32`,
      [tenant, agent, now, epoch],
    ),
  );
  return rows.map((row) => valueYesOf(toApproval(row)));
}

async function findOne(
  database: SqlDatabase,
  tenant: string,
  column: 'id' | 'handle',
  value: string,
): Promise<Approval | undefined> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(`SELECT * FROM approvals WHERE tenant = $1 AND ${column} = $2`, [tenant, value]),
  );
  return rows[0] === undefined ? undefined : toApproval(rows[0]);
}

async function list(database: SqlDatabase, asked: ApprovalFilter): Promise<Approval[]> {
  const { tenant, state, agent, limit } = asked;
  // Its index is asked where there is one for it: those that wait are few among those that did.
  const ofState = state === undefined ? `$2 = ''` : 'state = $2';
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT * FROM approvals WHERE tenant = $1 AND ${ofState}
        AND ($3 = '' OR agent = $3) AND ${olderSql('requested_at', 5, asked)}
        AND ${lettersSql(['agent'], 7)} ${orderSql('requested_at', asked)} LIMIT $4`,
      [tenant, state ?? '', agent ?? '', limit, ...olderValues(asked), lettersValue(asked)],
    ),
  );
  return rows.map(toApproval);
}

export function isOver({ state, expiresAt, grantExpiresAt }: Approval, now: number): boolean {
  return state === 'pending' ? expiresAt <= now : (grantExpiresAt ?? 0) <= now;
}

async function decide(database: SqlDatabase, said: ApprovalVerdict): Promise<Approval> {
  const { tenant, id, also = [] } = said;
  const owed = ownDrafts(tenant, also);
  const rows = await database.tenant(tenant, async (tx) => {
    const decided = said.yes?.isLast === false ? await agree(tx, said) : await end(tx, said);
    if (decided.length > 0) await putDrafts(tx, 'outbox', owed);
    return decided;
  });
  await notifyPut(database, also);
  if (rows[0] !== undefined) return toApproval(rows[0]);
  const known = await findOne(database, tenant, 'id', id);
  throw new BailiwickError(known === undefined ? 'approvals/unknown' : 'approvals/not-pending');
}

/** Of no verdict but a yes: `[]` stays `[]`. */
async function yesesWith(tx: SqlTransaction, { tenant, id, yes }: ApprovalVerdict) {
  const rows = await tx.all('SELECT yeses FROM approvals WHERE tenant = $1 AND id = $2', [
    tenant,
    id,
  ]);
  const was = rows[0] === undefined ? '[]' : text(rows[0], 'yeses');
  if (yes === undefined) return { was, yeses: was };
  const before = fromColumn(was) as readonly ApprovalYes[];
  if (before.length !== yes.before) throw new BailiwickError('approvals/not-pending');
  return { was, yeses: toColumn([...before, yes.said]) };
}

async function end(tx: SqlTransaction, said: ApprovalVerdict): Promise<readonly SqlRow[]> {
  const { tenant, id, verdict, by, reason, now, grantExpiresAt } = said;
  const until = verdict === 'approve' ? grantExpiresAt : null;
  const { was, yeses } = await yesesWith(tx, said);
  return tx.all(
    `UPDATE approvals SET state = $3, decided_by = $4, reason = $5, decided_at = $6,
      grant_expires_at = $7, yeses = $8
      WHERE tenant = $1 AND id = $2 AND state = 'pending' AND expires_at > $6 AND yeses = $9
      RETURNING *`,
    [tenant, id, verdictState[verdict], by, reason, now, until, yeses, was],
  );
}

/** A yes that is not enough: it waits on. */
async function agree(tx: SqlTransaction, said: ApprovalVerdict): Promise<readonly SqlRow[]> {
  const { tenant, id, now } = said;
  const { was, yeses } = await yesesWith(tx, said);
  return tx.all(
    `UPDATE approvals SET yeses = $3 WHERE tenant = $1 AND id = $2 AND state = 'pending'
      AND expires_at > $4 AND yeses = $5 RETURNING *`,
    [tenant, id, yeses, now, was],
  );
}

async function makeVoid(
  database: SqlDatabase,
  { tenant, id, also = [] }: Parameters<GrantLedger['makeVoid']>[0],
): Promise<void> {
  const owed = ownDrafts(tenant, also);
  await database.tenant(tenant, async (tx) => {
    const ended = await tx.run(
      `UPDATE approvals SET state = 'void' WHERE tenant = $1 AND id = $2
        AND state IN ('pending', 'approved')`,
      [tenant, id],
    );
    if (ended > 0) await putDrafts(tx, 'outbox', owed);
  });
  await notifyPut(database, also);
}

const verdictState = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const;

interface Moment {
  readonly tenant: string;
  readonly now: number;
  readonly epoch: number;
}

async function openApproval(
  tx: SqlTransaction,
  request: ApprovalRequest,
  epoch: number,
): Promise<Approval> {
  const { binding, callDigest, now, pendingLimit } = request;
  const { tenant, agent } = binding;
  // The count below and the row that follows it belong together.
  await tx.lock(`approvals/${agent}`);
  await lapse(tx, { tenant, now, epoch });
  const open = await findOpen(tx, tenant, callDigest);
  if (open !== undefined) return open;
  const pending = await tx.all(
    `SELECT COUNT(*) AS n FROM approvals WHERE tenant = $1 AND agent = $2 AND state = 'pending'`,
    [tenant, agent],
  );
  if (Number(pending[0]?.['n'] ?? 0) >= pendingLimit) {
    throw new BailiwickError('approvals/too-many');
  }
  return insertPending(tx, request, epoch);
}

async function findOpen(
  tx: SqlTransaction,
  tenant: string,
  callDigest: string,
): Promise<Approval | undefined> {
  const rows = await tx.all(
    `SELECT * FROM approvals WHERE tenant = $1 AND call_digest = $2
      AND state IN ('pending', 'approved')`,
    [tenant, callDigest],
  );
  return rows[0] === undefined ? undefined : toApproval(rows[0]);
}

async function insertPending(
  tx: SqlTransaction,
  { binding, callDigest, context, now, expiresAt }: ApprovalRequest,
  epoch: number,
): Promise<Approval> {
  const rows = await tx.all(
    `INSERT INTO approvals (tenant, id, handle, state, agent, call_digest, binding, context,
      requested_at, expires_at, epoch)
      VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, $8, $9, $10) RETURNING *`,
    [
      binding.tenant,
      newId(now),
      newCapability(),
      binding.agent,
      callDigest,
      toColumn(binding),
      toColumn(context),
      now,
      expiresAt,
      epoch,
    ],
  );
  if (rows[0] === undefined) throw new BailiwickError('store/conflict');
  return toApproval(rows[0]);
}

/** What is past its time is not open any more, whether or not the timer has come by. */
async function lapse(tx: SqlTransaction, { tenant, now, epoch }: Moment): Promise<void> {
  await tx.run(
    `UPDATE approvals SET state = CASE WHEN epoch < $3 THEN 'void' ELSE 'expired' END
      WHERE tenant = $1 AND state IN ('pending', 'approved') AND (epoch < $3
        OR (state = 'pending' AND expires_at <= $2)
        OR (state = 'approved' AND grant_expires_at <= $2))`,
    [tenant, now, epoch],
  );
}

/** Each expiry is told once, so that it is recorded once, whoever noticed it. */
async function expireIn(tx: SqlTransaction, moment: Moment): Promise<Approval[]> {
  await lapse(tx, moment);
  const rows = await tx.all(
    `UPDATE approvals SET told = 1 WHERE tenant = $1 AND state = 'expired' AND told = 0 RETURNING *`,
    [moment.tenant],
  );
  return rows.map(toApproval);
}

/** What was granted or lent before a restore counts no more. */
async function closeEarlier(tx: SqlTransaction, moment: Moment): Promise<void> {
  await lapse(tx, moment);
  await tx.run(
    `UPDATE leases SET ended_at = $2, ended_by = 'system/epoch' WHERE tenant = $1
      AND ended_at IS NULL AND epoch < $3`,
    [moment.tenant, moment.now, moment.epoch],
  );
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

type RefusedWhy = Extract<ConsumeResult, { kind: 'refused' }>['why'];

const whyOfState: Readonly<Record<ApprovalState, RefusedWhy>> = {
  pending: 'pending',
  // The update did not take it, so its time is over.
  approved: 'expired',
  rejected: 'rejected',
  withdrawn: 'rejected',
  expired: 'expired',
  void: 'void',
  spent: 'spent',
};

function whyNot(approval: Approval | undefined, callDigest: string, epoch: number): RefusedWhy {
  if (approval === undefined) return 'unknown';
  if (approval.callDigest !== callDigest) return 'mismatch';
  return approval.epoch === epoch ? whyOfState[approval.state] : 'void';
}

export function toApproval(row: SqlRow): Approval {
  return {
    id: text(row, 'id'),
    handle: text(row, 'handle'),
    state: text(row, 'state') as ApprovalState,
    binding: bindingOf(text(row, 'binding')),
    callDigest: text(row, 'call_digest'),
    context: fromColumn(text(row, 'context')) as ApprovalContext,
    requestedAt: number(row, 'requested_at'),
    expiresAt: number(row, 'expires_at'),
    decidedAt: optionalNumber(row, 'decided_at'),
    decidedBy: optionalText(row, 'decided_by'),
    reason: optionalText(row, 'reason'),
    yeses: fromColumn(text(row, 'yeses')) as readonly ApprovalYes[],
    grantExpiresAt: optionalNumber(row, 'grant_expires_at'),
    spentAt: optionalNumber(row, 'spent_at'),
    spentBy: optionalText(row, 'spent_by'),
    use: optionalText(row, 'used') as Approval['use'],
    epoch: number(row, 'epoch'),
  };
}
