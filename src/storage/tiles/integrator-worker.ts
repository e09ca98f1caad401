import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { LogRatchet } from '#storage/ratchet/index.ts';
import type { RawSigner } from '#tlog/index.ts';
import type { FromWorker, IntegratorWorkerData, ToWorker } from './integrator.ts';
import { Integrator } from './integrator-core.ts';

/** The worker thread of `startIntegrator`. */
const data = workerData as IntegratorWorkerData;
const port = parentPort;
if (port === null) throw new Error('this file runs only as a worker');

const tickMs = 50;
const retryMs = 1000;
/** Under steady load a checkpoint is signed after so many reads of the journal. */
const stepsPerCheckpoint = 4;

const signer = signerOf(Buffer.from(data.signerKeyPkcs8));
let integrator: Integrator | undefined;
let ratchet: LogRatchet | undefined;
let lastRun = 0;
/** Set by a contradiction: a person has to look, trying again can only make it worse. */
let halted = false;

function signerOf(pkcs8: Buffer): RawSigner {
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  pkcs8.fill(0);
  return { publicKey: spki.subarray(-32), sign: (bytes) => sign(null, bytes, key) };
}

function run(): void {
  lastRun = performance.now();
  integrator ??= open();
  if (integrator === undefined) return;
  let more = true;
  while (more) {
    more = integrator.integrate(stepsPerCheckpoint);
    integrator.publish();
  }
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** What was signed is read anew each time: it is the only thing that a fault cannot have spoilt. */
function open(): Integrator | undefined {
  const { ratchetFolder, writer } = data;
  if (ratchetFolder === undefined) return Integrator.open({ ...data, signer });
  ratchet = LogRatchet.open(ratchetFolder, writer);
  if (ratchet !== undefined) return Integrator.open({ ...data, signer, ratchet });
  throw new BailiwickError('audit/inconsistent', { message: 'the ratchet of the logs is gone' });
}

/** Runs; a fault is told, and the next run starts again from what is on disk. */
function attempt(): Problem | undefined {
  if (halted) return { code: 'audit/inconsistent', message: 'the integrator has stopped' };
  try {
    run();
    return undefined;
  } catch (error) {
    integrator?.abandon();
    integrator = undefined;
    lastRun = performance.now() + retryMs;
    const code = error instanceof BailiwickError ? error.code : 'audit/unavailable';
    halted = code === 'audit/inconsistent' || code === 'store/newer-version';
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Only now: from here on nobody will say again that these logs begin. */
function noteOpened(): Problem | undefined {
  const problem = attempt();
  if (problem === undefined) ratchet?.opened();
  return problem;
}

function tell(message: FromWorker): void {
  port?.postMessage(message);
}

const timer = setInterval(() => {
  if (halted || performance.now() - lastRun < limits.checkpointMs) return;
  const problem = attempt();
  if (problem !== undefined) tell({ kind: 'problem', problem });
}, tickMs);

port.on('message', (message: ToWorker) => {
  const known = halted;
  const problem = message.kind === 'opened' ? noteOpened() : attempt();
  if (problem !== undefined && !known) tell({ kind: 'problem', problem });
  tell({ kind: 'done', id: message.id, ...(problem === undefined ? {} : { problem }) });
  if (message.kind !== 'stop') return;
  clearInterval(timer);
  if (problem === undefined) integrator?.close();
  port.close();
});
