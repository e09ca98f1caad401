import { parentPort, workerData } from 'node:worker_threads';
import { logVerdict, type VerdictAsk } from '../../cli/audit/log-verdict.ts';

/** Reads all logs of a tenant once, beside everything else that control does, and says whether they hold. */
parentPort?.postMessage(logVerdict(workerData as VerdictAsk), []);
