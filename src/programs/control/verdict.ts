import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { JsonObject } from '#kernel/json/index.ts';
import type { VerdictAsk } from '../../cli/audit/log-verdict.ts';

/** In a thread of its own, which ends with it. Rejects with what it could not read. */
export async function verdictOnLogs(asked: VerdictAsk): Promise<JsonObject> {
  const file = new URL('./verdict-worker.ts', import.meta.url);
  const worker = new Worker(file, { workerData: asked, name: 'verdict' });
  try {
    const [verdict] = (await once(worker, 'message')) as [JsonObject];
    return verdict;
  } finally {
    await worker.terminate();
  }
}
