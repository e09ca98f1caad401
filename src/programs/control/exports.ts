import { join } from 'node:path';
import { loadExports } from '#config/index.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import { systemClock } from '#kernel/time.ts';
import {
  answerNote,
  type AskedNote,
  type ExportsHealth,
  ExportWatch,
  placed,
  sayChanges,
} from '#planes/export/index.ts';
import { openExportBook } from '#storage/export-book/index.ts';
import { type AskedThread, startAskedThread } from '#storage/record-index/index.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';
import { sinkKinds } from './catalogue.ts';
import type { ExportTold, ExportWorkerData } from './export-worker-data.ts';

export interface RunningExports {
  health(tenant: string): ExportsHealth;
  stop(): Promise<void>;
}

/** Records on their way elsewhere, in a thread of its own: nothing of what serves waits for it. */
export async function startExports(
  { exports: file, data, tenant }: ControlSettings,
  { publicKey }: { readonly publicKey: Uint8Array },
  recorder: Pick<DeskRecorder, 'record'>,
): Promise<RunningExports> {
  const sinks = file === undefined ? [] : loadExports(file, sinkKinds, tenant);
  const record = (draft: AskedNote['draft']) => recorder.record(draft);
  const book = openExportBook(join(data, 'export'));
  await sayChanges({ sinks: placed(sinks, sinkKinds), book, systemTenant: tenant, record });
  const watch = new ExportWatch(systemClock);
  if (sinks.length === 0) {
    return { health: (of) => watch.health(of), stop: () => Promise.resolve() };
  }
  const note = async (asked: AskedNote): Promise<void> => {
    const answer = await answerNote(asked, record);
    // A thread that ended meanwhile comes to the same record again.
    await thread.ask('noted', answer).catch(() => undefined);
  };
  const thread: AskedThread = startAskedThread({
    name: 'export',
    file: new URL('./export-worker.ts', import.meta.url),
    workerData: { data, publicKey, sinks } satisfies ExportWorkerData,
    onTold: (told) => {
      const heard = told as ExportTold;
      if (heard.kind === 'states') watch.hear(heard.states);
      else void note(heard.note);
    },
    onFault: (fault) => tell({ event: 'progress', text: `exports: ${fault.message}` }),
  });
  return { health: (of) => watch.health(of), stop: () => thread.stop() };
}
