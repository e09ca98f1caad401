import { workloadIssuers } from '#contracts/workload-issuer.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { createEnrolment, type Enrolment, workloadIssuerKind } from '#planes/identity/index.ts';
import { openWorkloads } from '../../src/programs/control/workloads.ts';
import { FakeIdentityProvider } from './fake-identity-provider.ts';
import { FakeInstanceBook } from './fake-instance-book.ts';
import { FakeKeyring } from './fake-keyring.ts';

type Spec = JsonObject;

/** A platform that vouches for its workloads, and who takes its word by documents that may change. */
export interface WorkloadWorld {
  readonly clock: ManualClock;
  readonly platform: FakeIdentityProvider;
  readonly book: FakeInstanceBook;
  readonly enrolment: Enrolment;
  readonly records: RecordDraft[];
  /** The log takes nothing. */
  isFailing: boolean;
  /** The document of this platform, as it is written. */
  spec: Spec;
  /** Documents before it. */
  before: Readonly<Record<string, Spec>>;
}

export async function createWorkloadWorld(name: string, spec: Spec): Promise<WorkloadWorld> {
  const clock = new ManualClock();
  const platform = await FakeIdentityProvider.start(clock);
  const book = new FakeInstanceBook();
  const records: RecordDraft[] = [];
  const state = { isFailing: false, spec: { issuer: platform.url, ...spec }, before: {} };
  const enrolment = await createEnrolment({
    instances: book,
    keyring: new FakeKeyring(),
    clock,
    recorder: {
      async record(draft) {
        if (state.isFailing) throw new BailiwickError('audit/unavailable');
        records.push(draft);
      },
      owe: async () => undefined,
    },
    knownAgent: (_tenant, agent) => agent !== 'gone',
    onRosterChange: async () => undefined,
    workloads: openWorkloads({
      clock,
      snapshot: () => configured({ ...state.before, [name]: state.spec }),
    }),
  });
  return Object.assign(state, { clock, platform, book, enrolment, records });
}

function configured(specs: Readonly<Record<string, Spec>>): Snapshot {
  const entries = Object.entries(specs).map(([name, spec]) => {
    const parsed = workloadIssuerKind.parse(name, spec);
    if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
    return [name, parsed.entry];
  });
  return { tenants: { main: { [workloadIssuers.name]: Object.fromEntries(entries) } } } as never;
}
