import type { BegunRepeat, RepeatBook, RepeatedAct } from '#contracts/repeat-book.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';

type Begin = Parameters<RepeatBook['begin']>[0];

export function createRepeatBook(database: SqlDatabase): RepeatBook {
  return {
    begin: (act) => database.tenant(act.tenant, (tx) => begin(tx, act)),
    async finish({ tenant, person, key, answer, now }) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `UPDATE repeated_acts SET done_at = $4, answer = $5
            WHERE tenant = $1 AND person = $2 AND name = $3`,
          [tenant, person, key, now, answer ?? null],
        ),
      );
    },
    async drop({ tenant, person, key }) {
      await database.tenant(tenant, (tx) =>
        tx.run(
          `DELETE FROM repeated_acts
            WHERE tenant = $1 AND person = $2 AND name = $3 AND done_at IS NULL`,
          [tenant, person, key],
        ),
      );
    },
    async forget(now) {
      let forgotten = 0;
      for (const tenant of await database.tenants()) {
        forgotten += await database.tenant(tenant, (tx) => forget(tx, tenant, now));
      }
      return forgotten;
    },
  };
}

async function begin(tx: SqlTransaction, act: Begin): Promise<BegunRepeat> {
  const { tenant, person, key, request, now, until, most } = act;
  // Two at once would each count what the other has not written yet.
  await tx.lock(`repeated acts of ${person}`);
  await forget(tx, tenant, now);
  const [row] = await tx.all(
    'SELECT * FROM repeated_acts WHERE tenant = $1 AND person = $2 AND name = $3',
    [tenant, person, key],
  );
  if (row !== undefined) return { kind: 'known', act: toAct(row) };
  const [counted] = await tx.all(
    'SELECT count(*) AS held FROM repeated_acts WHERE tenant = $1 AND person = $2',
    [tenant, person],
  );
  if (counted !== undefined && Number(counted['held']) >= most) return { kind: 'full' };
  await tx.run(
    `INSERT INTO repeated_acts (tenant, person, name, request, begun_at, until_at)
      VALUES ($1, $2, $3, $4, $5, $6)`,
    [tenant, person, key, request, now, until],
  );
  return { kind: 'begun' };
}

function forget(tx: SqlTransaction, tenant: string, now: number): Promise<number> {
  return tx.run('DELETE FROM repeated_acts WHERE tenant = $1 AND until_at <= $2', [tenant, now]);
}

function toAct(row: SqlRow): RepeatedAct {
  return {
    request: text(row, 'request'),
    begunAt: number(row, 'begun_at'),
    doneAt: optionalNumber(row, 'done_at'),
    answer: optionalText(row, 'answer'),
  };
}
