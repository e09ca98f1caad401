import {
  type GatewayOutflow,
  longestOutflowMs,
  type Moved,
  mostOutflowKeys,
  type OutflowCount,
  slotOf,
} from '#contracts/outflow-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { number, type SqlDatabase, type SqlTransaction } from './database.ts';

/** A row a key and slot; it goes after twice the longest window, whatever its own. */
export function createOutflowBook(database: SqlDatabase): GatewayOutflow {
  return {
    async count(ask) {
      checkCount(ask);
      const { slot, ms } = slotOf(ask.windowMs, ask.now);
      const from = ask.now - ask.windowMs - ms;
      return database.tenant(ask.tenant, async (tx) => {
        // One after the other, so that whoever counts last sees all that was counted, in whichever slot.
        await tx.lock(`outflow ${ask.tenant}`);
        await tx.run('DELETE FROM outflow WHERE tenant = $1 AND slot < $2', [
          ask.tenant,
          ask.now - 2 * longestOutflowMs,
        ]);
        let within: Moved = { rows: 0, bytes: 0, calls: 0 };
        for (const key of ask.keys) {
          await addTo(tx, { ...ask, key, slot });
          within = mostOf(within, await sumOf(tx, ask.tenant, key, from));
        }
        return { within, slot };
      });
    },
    async giveBack({ tenant, keys, moved: { rows, bytes, calls }, slot }) {
      await database.tenant(tenant, async (tx) => {
        await tx.lock(`outflow ${tenant}`);
        for (const key of keys) {
          // INVARIANT: nobody gives back more than was counted.
          await tx.run(
            `UPDATE outflow SET row_count = row_count - $4, bytes = bytes - $5, calls = calls - $6
              WHERE tenant = $1 AND name = $2 AND slot = $3
                AND row_count >= $4 AND bytes >= $5 AND calls >= $6`,
            [tenant, key, slot, rows, bytes, calls],
          );
        }
      });
    },
  };
}

async function addTo(
  tx: SqlTransaction,
  { tenant, key, slot, moved }: OutflowCount & { readonly key: string; readonly slot: number },
): Promise<void> {
  await tx.run(
    `INSERT INTO outflow (tenant, name, slot, row_count, bytes, calls) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (tenant, name, slot) DO UPDATE
      SET row_count = outflow.row_count + $4, bytes = outflow.bytes + $5, calls = outflow.calls + $6`,
    [tenant, key, slot, moved.rows, moved.bytes, moved.calls],
  );
}

async function sumOf(
  tx: SqlTransaction,
  tenant: string,
  key: string,
  from: number,
): Promise<Moved> {
  const rows = await tx.all(
    'SELECT row_count, bytes, calls FROM outflow WHERE tenant = $1 AND name = $2 AND slot > $3',
    [tenant, key, from],
  );
  const sum = (column: string) => rows.reduce((all, row) => all + number(row, column), 0);
  return { rows: sum('row_count'), bytes: sum('bytes'), calls: sum('calls') };
}

function mostOf(one: Moved, other: Moved): Moved {
  return {
    rows: Math.max(one.rows, other.rows),
    bytes: Math.max(one.bytes, other.bytes),
    calls: Math.max(one.calls, other.calls),
  };
}

function checkCount({ keys, moved, windowMs }: OutflowCount): void {
  const isCount = (one: number) => Number.isSafeInteger(one) && one >= 0 && one <= 2 ** 40;
  const isFit =
    keys.length <= mostOutflowKeys &&
    Object.values(moved).every(isCount) &&
    windowMs > 0 &&
    windowMs <= longestOutflowMs;
  if (isFit) return;
  throw new BailiwickError('api/invalid', {
    message: 'what is counted is a whole number, of a few ways and within 31 days',
    suggestedAction: 'count less at once',
  });
}
