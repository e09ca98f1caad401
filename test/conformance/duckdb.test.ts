import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parquetSink } from '../../src/cli/audit/parquet/parquet-sink.ts';

/**
 * Our Parquet before a reader that shares nothing with its writer: DuckDB. It is 70 MB of native code, so `bailiwick soak`
 * installs it (or $BAILIWICK_DUCKDB names a folder with it in `node_modules`).
 */
const named = process.env['BAILIWICK_DUCKDB'];
const isAsked = named !== undefined || process.env['BAILIWICK_STRANGERS'] === 'all';
const root = mkdtempSync(join(tmpdir(), 'bailiwick-duckdb-'));
const records = join(root, 'records');

interface DuckDB {
  readonly DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{
        runAndReadAll(sql: string): Promise<{ getRowsJson(): unknown[][] }>;
      }>;
    }>;
  };
}
let ask: (sql: string) => Promise<unknown[][]>;

async function open(): Promise<void> {
  const folder = named ?? root;
  if (named === undefined) {
    const words = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', [...words, '--prefix', root, '@duckdb/node-api@1.5.6-r.1'], {
      cwd: root,
      stdio: 'pipe',
    });
  }
  const { DuckDBInstance } = createRequire(join(folder, 'x.js'))('@duckdb/node-api') as DuckDB;
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  ask = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson();
}

if (!isAsked) {
  it('the reader DuckDB is for the soak', () => {
    expect(isAsked).toBe(false);
  });
}

const inSoak = isAsked ? describe : () => undefined;
inSoak('an export as parquet, before DuckDB', () => {
  beforeAll(open, 300_000);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is read whole, in its types, and counted', async () => {
    const sink = parquetSink(records, { rows: 300, bytes: 10_000_000 });
    for (let at = 0; at < 1_000; at += 1) {
      const time = `2026-11-2${7 + (at % 2)}T10:00:00.123Z`;
      const target = { target: `tool:billing/t${at % 3}` };
      const effect = at % 5 === 0 ? 'unknown' : 'done';
      const record = { id: `i-${at}`, type: 'policy.outcome', time, target, effect };
      const more = { durationUs: at, details: { n: at, word: 'ü' } };
      sink.entry({ origin: 'o', index: at, leaf: `{"n":${at}}`, record: { ...record, ...more } });
      sink.settle(false);
    }
    sink.settle(true);
    const from = `read_parquet('${records}/*/*.parquet', hive_partitioning = true)`;
    expect(
      await ask(
        `select count(*), count(distinct id), sum("index"), sum(duration_us), sum((details->>'n')::int) from ${from}`,
      ),
    ).toEqual([['1000', '1000', '499500', '499500', '499500']]);
    const counted = await ask(
      `select day, tool, count(*) from ${from} where effect = 'unknown' group by all order by all`,
    );
    expect(counted).toHaveLength(6);
    expect(counted.map((row) => Number(row[2])).reduce((sum, one) => sum + one, 0)).toBe(200);
    expect(
      await ask(
        `select time, details->>'word', octet_length(leaf_hash) from ${from} where id = 'i-7'`,
      ),
    ).toEqual([['2026-11-28 10:00:00.123', 'ü', '32']]);
  });
});
