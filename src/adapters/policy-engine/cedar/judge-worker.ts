import { parentPort } from 'node:worker_threads';
import type { PolicySet } from '#contracts/policy-engine.ts';
import { judgeToText } from './judge.ts';
import { createCedarRuntime } from './runtime.ts';

/** A thread that reads and validates policies, so that no call waits for it. */
const runtime = createCedarRuntime();

parentPort?.on('message', ({ id, set }: { readonly id: number; readonly set: PolicySet }) => {
  parentPort?.postMessage({ id, judged: judgeToText(runtime, set) }, []);
});
