import { join } from 'node:path';
import { DurableFolder, type LogFs, nodeLogFs } from './files.ts';

const notesFile = 'retention.json';

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
