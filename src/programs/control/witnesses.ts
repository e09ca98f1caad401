import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createOutbound } from '#adapters/outbound/index.ts';
import { limits } from '#kernel/limits.ts';
import { systemClock } from '#kernel/time.ts';
import {
  askBeforeStart,
  createWitnessing,
  noWitnesses,
  parseWitnessPolicy,
  type Witnessing,
} from '#planes/audit/index.ts';
import {
  defaultOriginPrefix,
  type LogFiles,
  listLogFiles,
  listLogFilesAtStart,
} from '#storage/tiles/index.ts';
import type { RawSigner } from '#tlog/index.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';

export interface OpenWitnesses extends Witnessing {
  /** Asks now and then, until it is stopped. */
  start(): () => void;
}

/** INVARIANT: resolves only when no witness that answers remembers more of the logs than is here. */
export async function openWitnesses(
  settings: ControlSettings,
  place: { readonly signer: RawSigner; readonly writer: string; readonly ratchetFolder: string },
): Promise<OpenWitnesses> {
  const { witnesses: file, data, tenant } = settings;
  const policy =
    file === undefined ? noWitnesses : parseWitnessPolicy(await readFile(file, 'utf8'));
  // The operator names them: a private network may be where an auditor's machine is.
  const outbound = createOutbound({ mayReach: () => true, loopback: true });
  const here = { ...place, logRoot: join(data, 'log'), originPrefix: defaultOriginPrefix };
  const logs = (): readonly LogFiles[] => listLogFiles(here);
  const own = { tenant, retention: 'standard', writer: place.writer };
  await askBeforeStart({ policy, outbound, logs: () => listLogFilesAtStart(here, own) });
  const witnessing = createWitnessing({ policy, logs, outbound, clock: systemClock });
  return {
    ...witnessing,
    start() {
      const timer = setInterval(
        () =>
          void witnessing.look().catch((fault: unknown) => {
            tell({ event: 'progress', text: `witnesses: ${String(fault)}` });
          }),
        limits.witnessEveryMs,
      );
      return () => clearInterval(timer);
    },
  };
}
