import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import {
  asyncBufferFromFile,
  parquetReadObjects,
  parquetSchema,
  parquetMetadataAsync,
} from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { leafHash } from '#tlog/index.ts';
import { parquetSink } from './parquet-sink.ts';

let folder = '';
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'bailiwick-parquet-')), 'out');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const files = () =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('.parquet'))
        .sort()
    : [];

/** By a reader of its own; it is told how to undo the compression. */
async function rowsOf(name: string): Promise<Record<string, unknown>[]> {
  const file = await asyncBufferFromFile(join(folder, name));
  const compressors = { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) };
  return parquetReadObjects({ file, compressors });
}

const leaf = '{"n":1}';
const entry = (day: string, more: JsonObject = {}): JsonObject => ({
  origin: 'bailiwick.local/main/standard/gw',
  index: 7,
  leaf,
  record: {
    id: '0199c0de-0000-7000-8000-000000000001',
    type: 'policy.outcome',
    tenant: 'main',
    time: `${day}T10:11:12.345Z`,
    actors: [
      { kind: 'human', name: 'ada' },
      { kind: 'agent', name: 'support' },
    ],
    target: { target: 'tool:billing/refund', digest: 'd', effectClass: 'write' },
    decision: { effect: 'allow', rules: ['default/reads', 'own/two'] },
    effect: 'done',
    durationUs: 1_234,
    details: { b: 1, a: 'ü' },
    ...more,
  },
});
const [day, next] = ['2026-11-27', '2026-11-28'];
const progress = (records: number, annotations = 0) =>
  ({ question: '', next: 'x', records, annotations, annotationsCut: false, sizes: {} }) as const;

describe('an export as parquet', () => {
  it('has what records have in common, each in its type, and the hash that leads back to the log', async () => {
    const sink = parquetSink(folder);
    sink.entry(entry(day));
    sink.entry({ origin: 'o', index: 8, record: { type: 'log.read', time: `${day}T11:00:00Z` } });
    expect(sink.settle(true)).toBe(true);
    const name = `day=${day}/part-000000000000.parquet`;
    expect(files()).toEqual([name]);
    const [first, second] = await rowsOf(name);
    expect(first).toEqual({
      time: new Date(`${day}T10:11:12.345Z`),
      id: '0199c0de-0000-7000-8000-000000000001',
      type: 'policy.outcome',
      tenant: 'main',
      agent: 'support',
      human: 'ada',
      actors: 'human ada > agent support',
      named: null,
      target: 'tool:billing/refund',
      tool: 'billing/refund',
      effect_class: 'write',
      decision: 'allow',
      rules: ['default/reads', 'own/two'],
      refusal_code: null,
      refusal_stage: null,
      effect: 'done',
      approval: null,
      task: null,
      session: null,
      call: null,
      trace: null,
      duration_us: 1_234n,
      details: { a: 'ü', b: 1 },
      log: 'bailiwick.local/main/standard/gw',
      index: 7n,
      leaf_hash: expect.anything() as unknown,
      annotates: null,
    });
    expect(second).toMatchObject({ type: 'log.read', index: 8n, leaf_hash: null, agent: null });
    const file = await asyncBufferFromFile(join(folder, name));
    const metadata = await parquetMetadataAsync(file);
    const kinds = parquetSchema(metadata).children.map(({ element }) => element.type);
    expect(new Set(kinds)).toEqual(new Set(['INT64', 'BYTE_ARRAY']));
    const raw = await parquetReadObjects({
      file,
      compressors: { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) },
      utf8: false,
    });
    expect(Buffer.from(raw[0]?.['leaf_hash'] as Uint8Array)).toEqual(
      Buffer.from(leafHash(Buffer.from(leaf))),
    );
  });

  it('is parted by days, and by what fits into memory', async () => {
    const sink = parquetSink(folder, { rows: 3, bytes: 1_000 });
    for (const of of [day, next, day]) sink.entry(entry(of));
    expect(sink.settle(false)).toBe(true);
    sink.entry(entry(next));
    expect(sink.settle(false)).toBe(false);
    for (let n = 0; n < 150; n += 1) sink.entry(entry(next));
    expect(sink.settle(false)).toBe(true);
    expect(sink.settle(true)).toBe(true);
    expect(files()).toEqual([
      `day=${day}/part-000000000000.parquet`,
      `day=${next}/part-000000000000.parquet`,
      `day=${next}/part-000000000003.parquet`,
    ]);
    const counts = await Promise.all(files().map(async (name) => (await rowsOf(name)).length));
    expect(counts).toEqual([2, 1, 151]);
  });

  it('takes away what was written beyond what is known, and what is half written', () => {
    const sink = parquetSink(folder, { rows: 2, bytes: 1_000_000 });
    for (let n = 0; n < 3; n += 1) {
      sink.entry(entry(day));
      sink.annotation(entry(day));
      sink.settle(false);
    }
    writeFileSync(join(folder, `day=${day}/part-000000000006.parquet.new`), 'half');
    const again = parquetSink(folder, { rows: 2, bytes: 1_000_000 });
    again.cutBack(progress(1, 1));
    expect(files()).toEqual([`day=${day}/part-000000000000.parquet`]);
    again.entry(entry(day));
    again.settle(true);
    expect(files().at(-1)).toBe(`day=${day}/part-000000000002.parquet`);
  });

  it('does not write into a folder that something else is in', () => {
    expect(parquetSink(folder).isThere).toBe(false);
    writeFileSync(join(folder, 'mine.txt'), '');
    expect(parquetSink(folder).isThere).toBe(true);
  });
});
