import { workerData } from 'node:worker_threads';
import { join } from 'node:path';
import { systemClock } from '#kernel/time.ts';
import { isBackground, parseRecord, refused } from '#planes/audit/index.ts';
import { answersOf, IndexKeeper, restAfter, termsVersion } from '#planes/query/index.ts';
import {
  answerAsks,
  giveWay,
  isTorn,
  openRecordIndexes,
  tellFromThread,
} from '#storage/record-index/index.ts';
import { keptLogReaders } from '#storage/tiles/index.ts';
import { type IndexTold, type IndexWorkerData, reportMs } from './index-worker-data.ts';

/** The thread that keeps the index of the records and answers by it. */
const { data, publicKey } = workerData as IndexWorkerData;
giveWay();
const keeper = new IndexKeeper({
  indexes: openRecordIndexes({ folder: join(data, 'index'), publicKey, termsVersion }),
  logs: keptLogReaders(join(data, 'log'), publicKey),
  parse: parseRecord,
  judge: { refused, isBackground },
  clock: systemClock,
  isTorn,
  onRebuild: (tenant, why) => tellFromThread({ kind: 'rebuilt', tenant, why } satisfies IndexTold),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
});

let timer: NodeJS.Timeout | undefined;
let reportAt = 0;
function look(): void {
  // Also where nothing is asked: whoever runs the system sees that it stands still.
  if (systemClock.monotonic() >= reportAt) {
    reportAt = systemClock.monotonic() + reportMs;
    tellFromThread({ kind: 'reports', reports: keeper.reports() } satisfies IndexTold);
  }
  timer = setTimeout(look, restAfter(keeper.step()));
}
timer = setTimeout(look, 0);

answerAsks({
  answers: answersOf(keeper),
  onStop: () => {
    clearTimeout(timer);
    keeper.close();
  },
});
