import type {
  EffectBook,
  EffectReport,
  GatewayEffects,
  GatewayLife,
} from '#contracts/effect-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry, OverlayTarget } from '#kernel/overlay.ts';
import { type SqlDatabase, type SqlTransaction, text } from './database.ts';
import { nextNumber, toEntry, writeEntry } from './overlay-rows.ts';

export function createEffectBook(database: SqlDatabase): EffectBook {
  return { ...gatewayEffects(database), ...controlEffects(database) };
}

/** One change of the overlay, told to everybody; answers its number. */
async function change(
  database: SqlDatabase,
  work: (tx: SqlTransaction, number: number) => Promise<void>,
): Promise<number> {
  const number = await database.system(async (tx) => {
    const next = await nextNumber(tx);
    await work(tx, next);
    return next;
  });
  await database.notify('overlay');
  return number;
}

function gatewayEffects(database: SqlDatabase): GatewayEffects {
  const run = (sql: string, values: readonly string[]) =>
    database.system(async (tx) => {
      await tx.run(sql, values);
    });
  return {
    serving: ({ writer, life }, tenant, task) =>
      run(
        `INSERT INTO serving (writer, life, tenant, task) VALUES ($1, $2, $3, $4)
          ON CONFLICT DO NOTHING`,
        [writer, life, tenant, task],
      ),
    report: (reports, now) =>
      change(database, async (tx, number) => {
        for (const report of reports) await writeReport(tx, report, { number, now });
      }),
    recovered: ({ writer, life }) =>
      run('DELETE FROM serving WHERE writer = $1 AND life <> $2', [writer, life]),
    left: ({ writer, life }) =>
      run('DELETE FROM serving WHERE writer = $1 AND life = $2', [writer, life]),
  };
}

function controlEffects(database: SqlDatabase): Omit<EffectBook, keyof GatewayEffects> {
  /** Changes the overlay only where something is taken out. */
  const takeOut = async (where: string, values: readonly (string | number)[]): Promise<void> => {
    const any = `SELECT id FROM overlay_entries WHERE ${where} LIMIT 1`;
    if (!(await finds(database, any, values))) return;
    await change(database, async (tx) => {
      await tx.run(`DELETE FROM overlay_entries WHERE ${where}`, values);
    });
  };
  return {
    lives: () =>
      database.system(async (tx) => {
        const rows = await tx.all('SELECT DISTINCT writer, life FROM serving', []);
        return rows.map((row) => ({ writer: text(row, 'writer'), life: text(row, 'life') }));
      }),
    async fence(gateway, now) {
      const { writer, life } = gateway;
      const served = 'SELECT task FROM serving WHERE writer = $1 AND life = $2 LIMIT 1';
      if (!(await finds(database, served, [writer, life]))) return;
      await change(database, (tx, number) => writeFence(tx, gateway, { number, now }));
    },
    unfence: ({ writer, life }) =>
      takeOut(`why = 'fenced' AND set_by = $1 AND ref = $2`, [writer, life]),
    async reconcile(tenant, id, now) {
      const taken: OverlayEntry[] = [];
      await change(database, async (tx) => {
        taken.push(await reconcile(tx, tenant, id, now));
      });
      const [entry] = taken;
      if (entry === undefined) throw new BailiwickError('store/unavailable');
      return entry;
    },
    expire: (now) => takeOut(over, [now]),
  };
}

/**
 * What leaves without a person: what is past its time; of what was done, all but as many of the
 * newest as answers can be lost at once; and the fence of a life that was read or said goodbye.
 */
const over = `leaves_at <= $1
  OR (why = 'already-done' AND id NOT IN (
    SELECT id FROM overlay_entries WHERE why = 'already-done'
    ORDER BY set_at DESC, position DESC, id LIMIT ${limits.lostAnswers}))
  OR (why = 'fenced' AND NOT EXISTS (
    SELECT 1 FROM serving WHERE writer = set_by AND life = ref))`;

async function finds(
  database: SqlDatabase,
  sql: string,
  values: readonly (string | number)[],
): Promise<boolean> {
  return (await database.system((tx) => tx.all(sql, values))).length > 0;
}

interface Moment {
  readonly number: number;
  readonly now: number;
}

async function writeReport(
  tx: SqlTransaction,
  report: EffectReport,
  { number, now }: Moment,
): Promise<void> {
  if (await isReconciled(tx, report)) return;
  const { tenant, task, target: named, argumentsDigest, effect, ref, by, at } = report;
  const isFull = effect === 'unknown' && (await isCrowded(tx, tenant, task));
  // INVARIANT: so many unknown effects of one task are all of it: nothing that is reported is lost.
  const target: OverlayTarget = isFull
    ? { kind: 'effect', tenant, task }
    : { kind: 'effect', tenant, task, target: named, argumentsDigest };
  const why = effect === 'unknown' ? 'unreconciled' : 'already-done';
  const entry: OverlayEntry = {
    id: nameOf('effect', why, tenant, task, isFull ? '' : `${named} ${argumentsDigest}`),
    target,
    why,
    by,
    reason: '',
    at,
    ref,
    ...(effect === 'done' ? { until: now + limits.alreadyDoneMs } : {}),
  };
  await writeEntry(tx, entry, number);
}

/** An id that says nothing, and is the same for the same thing. */
function nameOf(kind: string, ...parts: readonly string[]): string {
  return `${kind}-${sha256Hex(parts.join('\n')).slice(0, 24)}`;
}

async function isReconciled(
  tx: SqlTransaction,
  { tenant, task, ref, at }: EffectReport,
): Promise<boolean> {
  const rows = await tx.all(
    `SELECT ref FROM reconciled_effects WHERE tenant = $1
      AND (ref = $2 OR (ref = $3 AND reconciled_at >= $4)) LIMIT 1`,
    [tenant, ref, wholeTask(task), at],
  );
  return rows.length > 0;
}

function wholeTask(task: string): string {
  return `task/${task}`;
}

async function isCrowded(tx: SqlTransaction, tenant: string, task: string): Promise<boolean> {
  const rows = await tx.all(
    `SELECT COUNT(*) AS n FROM overlay_entries WHERE task = $1 AND why = 'unreconciled'`,
    [`${tenant}/${task}`],
  );
  return Number(rows[0]?.['n'] ?? 0) >= limits.unknownEffectsPerTask;
}

async function writeFence(
  tx: SqlTransaction,
  { writer, life }: GatewayLife,
  { number, now }: Moment,
): Promise<void> {
  const rows = await tx.all('SELECT tenant, task FROM serving WHERE writer = $1 AND life = $2', [
    writer,
    life,
  ]);
  for (const row of rows) {
    const tenant = text(row, 'tenant');
    const task = text(row, 'task');
    const entry: OverlayEntry = {
      id: nameOf('fence', writer, life, tenant, task),
      target: { kind: 'fence', tenant, task, writer, life },
      why: 'fenced',
      by: writer,
      reason: '',
      at: now,
      ref: life,
    };
    await writeEntry(tx, entry, number);
  }
}

async function reconcile(
  tx: SqlTransaction,
  tenant: string,
  id: string,
  now: number,
): Promise<OverlayEntry> {
  const rows = await tx.all('SELECT * FROM overlay_entries WHERE id = $1', [id]);
  const entry = rows[0] === undefined ? undefined : toEntry(rows[0]);
  const target = entry?.target;
  if (
    entry === undefined ||
    target === undefined ||
    target.kind === 'all' ||
    target.tenant !== tenant
  ) {
    throw unknownEffect(id);
  }
  if (target.kind === 'fence') {
    const { writer, life, task } = target;
    await tx.run(
      'DELETE FROM serving WHERE writer = $1 AND life = $2 AND tenant = $3 AND task = $4',
      [writer, life, tenant, task],
    );
  } else if (target.kind === 'effect') {
    const isWhole = target.target === undefined;
    await tx.run(
      `INSERT INTO reconciled_effects (tenant, ref, reconciled_at) VALUES ($1, $2, $3)
        ON CONFLICT (tenant, ref) DO UPDATE SET reconciled_at = $3`,
      [tenant, isWhole ? wholeTask(target.task) : (entry.ref ?? id), now],
    );
    if (isWhole) {
      await tx.run(`DELETE FROM overlay_entries WHERE task = $1 AND why = 'unreconciled'`, [
        `${tenant}/${target.task}`,
      ]);
    }
  } else {
    throw unknownEffect(id);
  }
  await tx.run('DELETE FROM overlay_entries WHERE id = $1', [id]);
  return entry;
}

function unknownEffect(id: string): BailiwickError {
  return new BailiwickError('api/not-found', { message: `no effect is called \`${id}\`` });
}
