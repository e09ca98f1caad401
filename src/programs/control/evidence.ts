import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DeskRecorder } from '#contracts/desk.ts';
import { systemClock } from '#kernel/time.ts';
import {
  createEvidence,
  type Evidence,
  noEvidence,
  parseEvidencePolicy,
} from '#planes/evidence/index.ts';
import { openEvidencePlace } from '#storage/evidence/index.ts';
import { defaultOriginPrefix, logOrigin } from '#storage/tiles/index.ts';
import { logVkey, type RawSigner, signedLine, signNote } from '#tlog/index.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';
import type { RunningIndex } from './record-index.ts';

export interface OpenEvidence extends Pick<Evidence, 'health'> {
  /** Makes what is due now and then, until it is stopped. */
  start(): () => void;
}

const everyMs = 5_000;
const rowsOfPage = 200;

/** A file of packs that cannot be read ends the start; what cannot be made is red and tried again. */
export function openEvidence(
  { evidence: file, tenant }: Pick<ControlSettings, 'evidence' | 'tenant'>,
  parts: {
    readonly records: RunningIndex;
    readonly recorder: DeskRecorder;
    readonly writer: string;
    readonly logSigner: RawSigner;
  },
): OpenEvidence {
  const pathOf = (folder: string) => resolve(dirname(file ?? ''), folder);
  const policy =
    file === undefined ? noEvidence : parseEvidencePolicy(readFileSync(file, 'utf8'), pathOf);
  const { records, recorder, writer, logSigner } = parts;
  const origin = logOrigin(defaultOriginPrefix, { tenant, retention: 'evidence', writer });
  const asked = { tenant, view: undefined, newestFirst: false, most: rowsOfPage, counted: false };
  const evidence = createEvidence({
    policy,
    tenant,
    writer,
    recorder,
    clock: systemClock,
    placeAt: openEvidencePlace,
    ask: (one) => records.queries.ask({ ...asked, ...one, proven: 'full', annotated: true }),
    verify: (note) => signedLine(note, origin, [logVkey(origin, logSigner.publicKey)]),
    sign: (facts) => signNote(`${origin}\n${facts}\n`, origin, logSigner),
  });
  const look = () =>
    void evidence.look().catch((fault: unknown) => {
      tell({ event: 'progress', text: `evidence: ${String(fault)}` });
    });
  return {
    health: () => evidence.health(),
    start() {
      const timer = setInterval(look, everyMs);
      return () => clearInterval(timer);
    },
  };
}
