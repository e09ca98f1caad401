import { join } from 'node:path';
import type { LogReader } from '#contracts/log-store.ts';
import { parseVkey, TileLogReader } from '#tlog/index.ts';
import { nodeLogFs } from './files.ts';

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
    trust: { log: parseVkey(options.vkey), witnesses },
  });
}
