import { join } from 'node:path';
import { logVkey, type ReadLogFile } from '#tlog/index.ts';
import { nodeLogFs } from './files.ts';
import { anchorsIn } from './log-files.ts';
import { listLogs, logFolder, type LogName } from './log-reader.ts';
import { defaultOriginPrefix, logOrigin } from './origin.ts';

export interface LogFilesToArchive extends LogName {
  readonly vkey: string;
  readonly read: ReadLogFile;
  /** Names of what others outside noted of it, in their order. */
  readonly anchors: () => readonly string[];
}

/**
 * Every log below `DIR/log` at the time of asking, those that others succeeded too: they are evidence. It is asked again
 * and again: what is known of a log is made once.
 */
export function logsToArchive(
  logRoot: string,
  publicKey: Uint8Array,
): () => readonly LogFilesToArchive[] {
  let known = new Map<string, LogFilesToArchive>();
  return () => {
    const listed = listLogs(logRoot).map((log) => {
      const folder = logFolder(logRoot, log);
      return [folder, known.get(folder) ?? logToArchive(logRoot, log, publicKey)] as const;
    });
    known = new Map(listed);
    return [...known.values()];
  };
}

function logToArchive(logRoot: string, log: LogName, publicKey: Uint8Array): LogFilesToArchive {
  const folder = logFolder(logRoot, log);
  const vkey = logVkey(logOrigin(defaultOriginPrefix, log), publicKey);
  return {
    ...log,
    vkey,
    read: (path) => nodeLogFs.read(join(folder, path)),
    anchors: () => anchorsIn(folder),
  };
}
