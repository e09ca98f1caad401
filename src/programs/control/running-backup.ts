import { join } from 'node:path';
import type { Store } from '#contracts/store.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { type CutServer, cutSocket, serveCuts } from '#storage/backup/index.ts';

/** Whoever owns the data folder may take a backup of it while it runs; none without a record. */
export async function followBackups(
  { data, tenant }: { readonly data: string; readonly tenant: string },
  { cuts }: Pick<Store, 'cuts'>,
  { recorder }: { readonly recorder: Recorder },
): Promise<CutServer> {
  if (cuts === undefined) return { close: () => Promise.resolve() };
  return serveCuts({
    path: join(data, cutSocket),
    cuts,
    taken: async (details) => {
      await recorder.record({
        type: 'log.backup-taken',
        tenant,
        actors: [{ kind: 'system', name: 'backup' }],
        details,
      });
    },
  });
}
