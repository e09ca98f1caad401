import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { systemClock } from '#kernel/time.ts';
import { parseRecord } from '#planes/audit/index.ts';
import {
  createExporters,
  type NotedAnswer,
  NotesOnTheirWay,
  runExporters,
} from '#planes/export/index.ts';
import { openExportBook } from '#storage/export-book/index.ts';
import { answerAsks, giveWay, tellFromThread } from '#storage/record-index/index.ts';
import { keptLogReaders } from '#storage/tiles/index.ts';
import { sinkKinds, sinkOutbound } from './catalogue.ts';
import { type ExportTold, type ExportWorkerData, statesMs } from './export-worker-data.ts';

/** The thread that takes records to whoever is to have them. */
const { data, publicKey, sinks } = workerData as ExportWorkerData;
giveWay();
const say = (told: ExportTold): void => tellFromThread(told);
const notes = new NotesOnTheirWay((note) => say({ kind: 'note', note }));
const exporters = createExporters(sinks, {
  kinds: sinkKinds,
  sinkParts: {
    outbound: sinkOutbound(),
    secret: async (file) => (await readFile(file, 'utf8')).replace(/\r?\n$/u, ''),
    now: () => systemClock.now(),
  },
  logs: keptLogReaders(join(data, 'log'), publicKey),
  book: openExportBook(join(data, 'export')),
  note: (draft) => notes.put(draft),
  parse: parseRecord,
  clock: systemClock,
  random: Math.random,
});
const running = runExporters(exporters, {
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
});
const tellStates = (): void => say({ kind: 'states', states: running.states() });
const timer = setInterval(tellStates, statesMs);
tellStates();

answerAsks({
  answers: {
    noted: (about) => {
      notes.hear(about as NotedAnswer);
      return Promise.resolve(undefined);
    },
  },
  onStop: () => {
    clearInterval(timer);
    notes.end();
    void running.stop();
  },
});
