import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LogReader } from '#contracts/log-store.ts';
import { logVkey, parseVkey, recordIdOf, TileLogReader } from '#tlog/index.ts';
import { idTime } from '#kernel/ids.ts';
import { nodeLogFs, readFilePart } from './files.ts';
import { defaultOriginPrefix, logOrigin } from './origin.ts';
import { stateFile } from './state.ts';

export interface OpenLogReaderOptions {
  readonly folder: string;
  /** The verifier key of the log; its name is the origin. */
  readonly vkey: string;
  readonly witnesses?: readonly string[];
}

export function openLogReader(options: OpenLogReaderOptions): LogReader {
  const witnesses = (options.witnesses ?? []).map(parseVkey);
  return new TileLogReader({
    read: (path) => nodeLogFs.read(join(options.folder, path)),
    readPart: (path, from, length) => readFilePart(join(options.folder, path), from, length),
    trust: { log: parseVkey(options.vkey), witnesses },
  });
}

export interface LogName {
  readonly tenant: string;
  readonly retention: string;
  readonly writer: string;
}

/** Every log below `DIR/log`. */
export function listLogs(logRoot: string): LogName[] {
  const logs = folders(logRoot).flatMap((tenant) =>
    folders(join(logRoot, tenant)).flatMap((retention) =>
      folders(join(logRoot, tenant, retention)).map((writer) => ({ tenant, retention, writer })),
    ),
  );
  const marks = [stateFile, 'checkpoint', 'tile'];
  return logs.filter((log) =>
    marks.some((mark) => existsSync(join(logFolder(logRoot, log), mark))),
  );
}

export function logFolder(logRoot: string, log: LogName): string {
  return join(logRoot, log.tenant, log.retention, log.writer);
}

function folders(path: string): string[] {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

export interface LocatedLog extends LogName {
  readonly origin: string;
  readonly vkey: string;
  readonly reader: LogReader;
}

/** A reader for every log below `DIR/log`; all of one data folder are signed by one key. */
export function openLogReaders(
  logRoot: string,
  publicKey: Uint8Array,
  originPrefix: string = defaultOriginPrefix,
): LocatedLog[] {
  return listLogs(logRoot).map((log) => located(logRoot, log, publicKey, originPrefix));
}

/**
 * The same for who looks again and again, also for logs that are new: making a reader costs more than
 * looking, and whoever looks may be carrying calls.
 */
export function keptLogReaders(logRoot: string, publicKey: Uint8Array): () => LocatedLog[] {
  let kept = new Map<string, LocatedLog>();
  return () => {
    const found = listLogs(logRoot).map((log) => {
      const folder = logFolder(logRoot, log);
      const known = kept.get(folder) ?? located(logRoot, log, publicKey, defaultOriginPrefix);
      return [folder, known] as const;
    });
    kept = new Map(found);
    return [...kept.values()];
  };
}

function located(
  logRoot: string,
  log: LogName,
  publicKey: Uint8Array,
  originPrefix: string,
): LocatedLog {
  const origin = logOrigin(originPrefix, log);
  const vkey = logVkey(origin, publicKey);
  const reader = openLogReader({ folder: logFolder(logRoot, log), vkey });
  return { ...log, origin, vkey, reader };
}

/** When the id of the last record was made, by its own word; 0 for a log without any. */
export function newestIdTime(reader: LogReader): number {
  const size = reader.head()?.size ?? 0;
  const id = size === 0 ? undefined : recordIdOf(reader.entry(size - 1));
  return id === undefined ? 0 : idTime(id);
}
