import { join } from 'node:path';
import { limits } from '#kernel/limits.ts';
import { systemClock } from '#kernel/time.ts';
import {
  createLogDirectory,
  directoryClass,
  directoryStates,
  type LogDirectory,
  logStates,
  notedLogs,
} from '#planes/audit/index.ts';
import { defaultOriginPrefix, keptLogReaders, logOrigin } from '#storage/tiles/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';

export interface RunningDirectory extends Pick<LogDirectory, 'missing' | 'accepted' | 'accept'> {
  /** Looks now and then; answers how to stop. */
  start(): () => void;
  /** Notes how long each log is once more: before the own log is closed. */
  last(): Promise<void>;
}

/** Which logs there are, said in logs of their own: one that goes is missed. */
export function keepLogDirectory(
  log: Pick<ProgramLog, 'directory' | 'recorder' | 'succession' | 'flush'>,
  { data, publicKey }: { readonly data: string; readonly publicKey: Uint8Array },
): RunningDirectory {
  const readers = keptLogReaders(join(data, 'log'), publicKey);
  const directory = createLogDirectory({
    directory: log.directory,
    recorder: log.recorder,
    clock: systemClock,
    noted: notedLogs(readers()),
    originOf: (tenant) =>
      logOrigin(defaultOriginPrefix, {
        tenant,
        retention: directoryClass,
        writer: log.succession.name,
      }),
    logs: () => logStates(readers()),
    directories: () => directoryStates(readers()),
  });
  const told = (fault: unknown): void =>
    tell({ event: 'progress', text: `directory of the logs: ${String(fault)}` });
  const look = (isLast: boolean): Promise<void> => directory.look(isLast).catch(told);
  return {
    missing: (tenant) => directory.missing(tenant),
    accepted: (tenant) => directory.accepted(tenant),
    accept: (tenant, loss) => directory.accept(tenant, loss),
    start() {
      void look(false);
      const timer = setInterval(() => void look(false), limits.directoryLookMs);
      return () => clearInterval(timer);
    },
    async last() {
      await look(true);
      const heads = async (): Promise<void> => {
        await log.flush();
        await directory.lastHeads();
      };
      await heads().catch(told);
    },
  };
}
