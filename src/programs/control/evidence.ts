import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import { witnessKeys } from '#planes/audit/index.ts';
import {
  createEvidence,
  type Evidence,
  noEvidence,
  packRetention,
  parseEvidencePolicy,
} from '#planes/evidence/index.ts';
import { openEvidencePlace } from '#storage/evidence/index.ts';
import { defaultOriginPrefix, logOrigin } from '#storage/tiles/index.ts';
import { logVkey, type RawSigner, signedLine, signNote } from '#tlog/index.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';
import type { RunningIndex } from './record-index.ts';
import { verdictOnLogs } from './verdict.ts';

export interface OpenEvidence extends Pick<Evidence, 'health' | 'make'> {
  /** Makes what is due now and then, until it is stopped. */
  start(): () => void;
}

const everyMs = 5_000;
const restMs = 500;
const rowsOfPage = 200;
const provenAnswer = { proven: 'full', annotated: true } as const;

/** A file of packs that cannot be read ends the start; what cannot be made is red and tried again. */
export function openEvidence(
  settings: Pick<ControlSettings, 'evidence' | 'tenant' | 'data' | 'keys' | 'witnesses'>,
  parts: {
    readonly store: Pick<Store, 'holds'>;
    readonly snapshot: () => Snapshot | undefined;
    readonly records: RunningIndex;
    readonly recorder: DeskRecorder;
    readonly writer: string;
    readonly logSigner: RawSigner;
  },
): OpenEvidence {
  const { evidence: file, tenant, data, witnesses } = settings;
  const pathOf = (folder: string) => resolve(dirname(file ?? ''), folder);
  const policy =
    file === undefined ? noEvidence : parseEvidencePolicy(readFileSync(file, 'utf8'), pathOf);
  const { records, recorder, writer, logSigner, store, snapshot } = parts;
  const origin = logOrigin(defaultOriginPrefix, { tenant, retention: 'evidence', writer });
  const asked = { tenant, view: undefined, newestFirst: false, most: rowsOfPage, counted: false };
  const vkey = logVkey(origin, logSigner.publicKey);
  const trusted = witnessKeys(
    witnesses === undefined ? undefined : readFileSync(witnesses, 'utf8'),
  );
  const evidence = createEvidence({
    policy,
    tenant,
    writer,
    recorder,
    rest: () => pause(restMs),
    clock: systemClock,
    placeAt: openEvidencePlace,
    ask: ({ bare = false, ...one }) =>
      records.queries.ask({ ...asked, ...one, ...(bare ? {} : provenAnswer) }),
    verdict: () =>
      verdictOnLogs({
        logRoot: join(data, 'log'),
        ratchet: join(settings.keys, 'ratchet'),
        tenant,
        keys: [vkey],
        ...trusted,
      }),
    retention: () => packRetention(snapshot()?.tenants[tenant]),
    holds: store.holds,
    verify: (note) => signedLine(note, origin, [vkey]),
    sign: (facts) => signNote(`${origin}\n${facts}\n`, origin, logSigner),
  });
  const look = () =>
    void evidence.look().catch((fault: unknown) => {
      tell({ event: 'progress', text: `evidence: ${String(fault)}` });
    });
  return {
    health: () => evidence.health(),
    make: (wish) => evidence.make(wish),
    start() {
      const timer = setInterval(look, everyMs);
      return () => clearInterval(timer);
    },
  };
}
