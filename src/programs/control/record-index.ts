import type { DeskRecorder } from '#contracts/desk.ts';
import { systemClock } from '#kernel/time.ts';
import {
  type IndexHealth,
  IndexWatch,
  queriesOver,
  type RecordQueries,
} from '#planes/query/index.ts';
import { startAskedThread } from '#storage/record-index/index.ts';
import { tell } from '../child.ts';
import type { IndexTold, IndexWorkerData } from './index-worker-data.ts';

export interface RunningIndex {
  readonly queries: RecordQueries;
  health(tenant: string): IndexHealth;
  stop(): Promise<void>;
}

/** The index of the records, in a thread of its own: nothing of the write path waits for it. */
export function startRecordIndex(parts: {
  readonly data: string;
  readonly writer: string;
  /** By which the logs are signed. */
  readonly publicKey: Uint8Array;
  readonly recorder: DeskRecorder;
}): RunningIndex {
  const { data, writer, recorder, publicKey } = parts;
  const watch = new IndexWatch(systemClock);
  const hear = (told: IndexTold): void => {
    if (told.kind === 'reports') watch.hear(told.reports);
    else noteRebuild(recorder, writer, told);
  };
  const thread = startAskedThread({
    name: 'index',
    file: new URL('./index-worker.ts', import.meta.url),
    workerData: { data, publicKey } satisfies IndexWorkerData,
    onTold: (told) => hear(told as IndexTold),
    onFault: (fault) => tell({ event: 'progress', text: `index of the records: ${fault.message}` }),
  });
  return {
    queries: queriesOver((...asked) => thread.ask(...asked)),
    health: (tenant) => watch.health(tenant),
    stop: () => thread.stop(),
  };
}

type RebuildTold = Extract<IndexTold, { readonly kind: 'rebuilt' }>;

function noteRebuild(recorder: DeskRecorder, writer: string, { tenant, why }: RebuildTold): void {
  // Whoever asked for it is on record by their own act.
  if (why === 'asked for') return;
  tell({ event: 'progress', text: `the index of the records is made anew: ${why}` });
  const actors = [{ kind: 'system', name: writer }] as const;
  const draft = { type: 'log.index-rebuilt', tenant, actors, details: { why } } as const;
  void recorder.owe(draft).catch((fault: unknown) => {
    const text = `that the index of the records is made anew is not on record: ${String(fault)}`;
    tell({ event: 'progress', text });
  });
}
