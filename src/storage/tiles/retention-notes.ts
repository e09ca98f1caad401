import { join } from 'node:path';
import { DurableFolder, type LogFs, nodeLogFs } from './files.ts';
import { logFolder, type LogName } from './log-reader.ts';

const notesFile = 'retention.json';
const extendedFile = 'archive-kept.json';

/** A small file beside the logs of one tenant and class, replaced as a whole. */
export function retentionNotes(logRoot: string, io: LogFs = nodeLogFs) {
  return {
    read: (tenant: string, retention: string): Uint8Array | undefined =>
      io.read(join(logRoot, tenant, retention, notesFile)),
    async write(tenant: string, retention: string, bytes: Uint8Array): Promise<void> {
      new DurableFolder(io, join(logRoot, tenant, retention)).commit(notesFile, bytes);
    },
  };
}

/** How far periods in an archive were made longer, beside each log: lost, it is asked again. */
export function extendedNotes(logRoot: string, io: LogFs = nodeLogFs) {
  return {
    read: (log: LogName): Uint8Array | undefined =>
      io.read(join(logFolder(logRoot, log), extendedFile)),
    async write(log: LogName, bytes: Uint8Array): Promise<void> {
      new DurableFolder(io, logFolder(logRoot, log)).commit(extendedFile, bytes);
    },
  };
}
