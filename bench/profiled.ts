import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads';

/**
 * Loaded into a gateway by `bench --profile` alone, through `NODE_OPTIONS`. On SIGUSR2 the main
 * thread and its workers begin to profile themselves, on the next they write what they saw.
 * INVARIANT: the session is one inside the process; no port is opened, and the product knows
 * nothing of it.
 */
const target = process.env['BENCH_PROFILE'];
/** Workers hear of it from their main thread only; `control` never tells its own. */
const mayProfile = !isMainThread || process.argv[1]?.endsWith('gateway/main.ts') === true;

const intervalUs = 400;

if (target !== undefined && mayProfile) {
  const channel = new BroadcastChannel('bench-profile');
  let session: Session | undefined;
  const turn = async (): Promise<void> => {
    if (session === undefined) {
      session = new Session();
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: intervalUs });
      await session.post('Profiler.start');
      return;
    }
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    session = undefined;
    const name = isMainThread ? 'main' : threadName;
    writeFileSync(`${target}.${name}.cpuprofile`, JSON.stringify(profile));
  };
  const tellWorkers = channel.postMessage.bind(channel);
  if (isMainThread) {
    process.on('SIGUSR2', () => {
      tellWorkers('turn');
      void turn();
    });
  } else {
    channel.addEventListener('message', () => void turn());
  }
  // It alone keeps nobody alive.
  channel.unref();
}
