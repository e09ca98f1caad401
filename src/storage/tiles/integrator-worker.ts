import { parentPort, workerData } from 'node:worker_threads';
import { BailiwickError } from '#kernel/errors.ts';
import { systemClock } from '#kernel/time.ts';
import type { LogRatchet } from '#storage/ratchet/index.ts';
import { ratchetIn } from './catch-up.ts';
import type { FromWorker, IntegratorWorkerData, ToWorker } from './integrator.ts';
import { Integrator } from './integrator-core.ts';
import { Pace } from './pace.ts';
import { signerOf } from './signer.ts';

/** The worker thread of `startIntegrator`. */
const data = workerData as IntegratorWorkerData;
const port = parentPort;
if (port === null) throw new Error('this file runs only as a worker');

const retryMs = 1000;

const signer = signerOf(data);
const pace = new Pace(systemClock);
let integrator: Integrator | undefined;
let ratchet: LogRatchet | undefined;
let timer: NodeJS.Timeout | undefined;
/** Set by a contradiction: a person has to look, trying again can only make it worse. */
let halted = false;

/** Takes what the journal holds; signs for it when somebody waits, when it is time, or much waits. */
function run(mustSign: boolean): void {
  integrator ??= open();
  if (integrator === undefined) return;
  let more = true;
  while (more) {
    more = integrator.take();
    if (!more && !mustSign) continue;
    const frames = integrator.framesAhead;
    // Also without new frames: an earlier life may not have come to sign for the last ones.
    integrator.publish();
    if (frames > 0) pace.signed(frames);
    else pace.foundNothing();
  }
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

function open(): Integrator | undefined {
  const { ratchetFolder, writer } = data;
  const options = { ...data, signer, keepsReleased: true };
  if (ratchetFolder === undefined) return Integrator.open(options);
  ratchet = ratchetIn(ratchetFolder, writer);
  return Integrator.open({ ...options, ratchet });
}

/** Runs; a fault is told, and the next run starts again from what is on disk. */
function attempt(mustSign: boolean): Problem | undefined {
  if (halted) return { code: 'audit/inconsistent', message: 'the integrator has stopped' };
  try {
    run(mustSign);
    rest(pace.restMs);
    return undefined;
  } catch (error) {
    integrator?.abandon();
    integrator = undefined;
    rest(retryMs);
    const code = error instanceof BailiwickError ? error.code : 'audit/unavailable';
    halted = code === 'audit/inconsistent' || code === 'store/newer-version';
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Only now: from here on nobody will say again that these logs begin. */
function noteOpened(): Problem | undefined {
  const problem = attempt(true);
  if (problem === undefined) ratchet?.opened();
  return problem;
}

function tell(message: FromWorker): void {
  port?.postMessage(message);
}

/** Between two looks the thread costs nothing. */
function rest(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(look, ms);
}

function look(): void {
  if (halted) return;
  const problem = attempt(pace.mustSign);
  if (problem !== undefined) tell({ kind: 'problem', problem });
}

rest(0);
port.on('message', (message: ToWorker) => {
  const known = halted;
  const problem = message.kind === 'opened' ? noteOpened() : attempt(true);
  if (problem !== undefined && !known) tell({ kind: 'problem', problem });
  tell({ kind: 'done', id: message.id, ...(problem === undefined ? {} : { problem }) });
  if (message.kind !== 'stop') return;
  clearTimeout(timer);
  if (problem === undefined) integrator?.close();
  port.close();
});
