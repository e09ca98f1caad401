import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createOutbound } from '#adapters/outbound/index.ts';
import { systemClock } from '#kernel/time.ts';
import {
  type Anchoring,
  createAnchoring,
  noAnchors,
  parseAnchorPolicy,
} from '#planes/audit/index.ts';
import { defaultOriginPrefix, listLogFiles } from '#storage/tiles/index.ts';
import type { RawSigner } from '#tlog/index.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';

export interface OpenAnchors extends Pick<Anchoring, 'health'> {
  /** Asks now and then, until it is stopped. */
  start(): () => void;
}

const everyMs = 5_000;

/** A start does not wait for them; a file of them that cannot be read ends it. */
export function openAnchors(
  { anchors: file, data }: Pick<ControlSettings, 'anchors' | 'data'>,
  place: { readonly signer: RawSigner; readonly ratchetFolder: string },
): OpenAnchors {
  const readFile = (path: string) => readFileSync(resolve(dirname(file ?? ''), path), 'utf8');
  const policy =
    file === undefined ? noAnchors : parseAnchorPolicy(readFileSync(file, 'utf8'), readFile);
  const here = { ...place, logRoot: join(data, 'log'), originPrefix: defaultOriginPrefix };
  const anchoring = createAnchoring({
    policy,
    logs: () => listLogFiles(here),
    // The operator names them, as witnesses.
    outbound: createOutbound({ mayReach: () => true, loopback: true }),
    clock: systemClock,
  });
  return {
    health: () => anchoring.health(),
    start() {
      const timer = setInterval(
        () =>
          void anchoring.look().catch((fault: unknown) => {
            tell({ event: 'progress', text: `anchors: ${String(fault)}` });
          }),
        everyMs,
      );
      return () => clearInterval(timer);
    },
  };
}
