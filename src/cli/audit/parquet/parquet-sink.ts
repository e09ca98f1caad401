import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import type { JsonObject } from '#kernel/json/value.ts';
import { ExportFiles, type ExportProgress } from '../export-files.ts';
import type { ExportSink } from '../export-sink.ts';
import { addRow, type ColumnData, dayOf, emptyColumns } from './columns.ts';

/** Rows, and bytes of their leaves, that are kept in memory until they become files. */
const mostKept = { rows: 20_000, bytes: 33_554_432 };

/**
 * `DIR/day=YYYY-MM-DD/part-N.parquet`, as DuckDB, Spark and others read a folder that is parted by days. N is the number
 * of rows before it. INVARIANT: a file is whole or not there; after a kill those that began behind what is known to be
 * whole are taken away, and no row is there twice.
 */
export function parquetSink(to: string, most = mostKept): ExportSink {
  const progress = join(to, 'progress');
  const isThere = existsSync(to) && readdirSync(to).length > 0 && !existsSync(progress);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const days = new Map<string, ColumnData[]>();
  let [written, rows, bytes] = [0, 0, 0];
  const take = (entry: JsonObject): void => {
    const day = dayOf(entry);
    const columns = days.get(day) ?? emptyColumns();
    days.set(day, [...columns]);
    addRow(columns, entry);
    rows += 1;
    bytes += typeof entry['leaf'] === 'string' ? entry['leaf'].length : 0;
  };
  return {
    files: new ExportFiles(progress, {}),
    isThere,
    cutBack({ records, annotations }: ExportProgress) {
      written = records + annotations;
      for (const path of partsFrom(to, written)) rmSync(path);
    },
    begin: () => undefined,
    entry: take,
    annotation: take,
    settle(isLast) {
      if (!isLast && rows < most.rows && bytes < most.bytes) return false;
      for (const [day, columns] of days) writePart(join(to, `day=${day}`), written, columns);
      days.clear();
      written += rows;
      [rows, bytes] = [0, 0];
      return true;
    },
  };
}

function partsFrom(to: string, rows: number): readonly string[] {
  return readdirSync(to, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const [, number] = /part-(\d+)\.parquet(?:\.new)?$/u.exec(name) ?? [];
    return number !== undefined && Number(number) >= rows ? [join(to, name)] : [];
  });
}

function writePart(folder: string, before: number, columnData: ColumnData[]): void {
  const writer = new ByteWriter();
  // Into memory: all of it is there when this returns.
  void parquetWrite({
    writer,
    columnData,
    codec: 'ZSTD',
    compressors: { ZSTD: (input: Uint8Array) => zstdCompressSync(input) },
    // One group of rows: a file is no larger than that.
    rowGroupSize: columnData[0]?.data.length ?? 0,
    createdBy: 'bailiwick',
  });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `part-${String(before).padStart(12, '0')}.parquet`);
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    const bytes = writer.getBytes();
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
