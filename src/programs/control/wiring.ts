import type { Compiler } from '#config/index.ts';
import { createDeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { createAuditReader } from '#planes/audit/index.ts';
import type { DelegationKeeper } from '#planes/delegation/index.ts';
import type { OwnerKeeper } from '#planes/lifecycle/index.ts';
import type { SignIns } from '#planes/sign-in/index.ts';
import type { TaskKeeper } from '#planes/identity/index.ts';
import {
  afterToolPinned,
  consentChanged,
  createOwedRecorder,
  createWiring,
  endWithSession,
  delegationEnded,
  endWithTask,
  endWhatStoodOnUser,
  forgetServer,
  judgeTools,
  lookAtOwners,
  publishRoster,
  recompileAfter,
  recordOwed,
  userSaid,
  type Wiring,
  writtenRecords,
} from '#wiring/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';
import { approvalDesk, type Yeses } from './yeses.ts';

/** Every reaction across planes, over what the store owes. */
export function openWiring(parts: {
  readonly store: Store;
  readonly log: ProgramLog;
  readonly compiler: Compiler;
  readonly tasks: TaskKeeper;
  readonly delegations: DelegationKeeper;
  readonly sessions: Pick<SignIns, 'endOwed'>;
  readonly owners: OwnerKeeper;
  readonly clock: Clock;
  readonly yeses: Yeses;
}): Wiring {
  const { store, log, compiler, tasks, delegations, sessions, owners, clock } = parts;
  const reader = createAuditReader({ readers: () => log.readers(), sealer: log.sealer });
  const records = createOwedRecorder({
    recorder: log.recorder,
    written: writtenRecords({ reader, flush: () => log.flush() }),
    startedAt: clock.now(),
  });
  const recompile = () => compiler.recompile();
  const { catalogue, overlay, documents } = store;
  const snapshot = () => compiler.current();
  return createWiring({
    outbox: store.outbox,
    clock,
    reactions: [
      recordOwed(records),
      publishRoster(tasks),
      delegationEnded(delegations),
      endWithTask(delegations),
      consentChanged(delegations),
      userSaid({
        approvals: deskOfUsers(parts),
        tasks: store.tasks,
        records,
        snapshot,
        clock,
      }),
      recompileAfter(recompile, (fault) => say('documents', fault)),
      judgeTools({ catalogue, overlay, documents, records, clock, snapshot }),
      afterToolPinned({ catalogue, overlay, records, recompile }),
      forgetServer({ catalogue, documents, alone: (...of) => compiler.alone(...of), recompile }),
      endWithSession(delegations),
      lookAtOwners(owners),
      endWhatStoodOnUser({
        directory: store.directory,
        signIns: sessions,
        delegations,
        books: store,
        snapshot,
        now: () => clock.now(),
      }),
    ],
    onFault: say,
  });
}

/** What users say is decided as people's verdicts are: recorded first, once. */
function deskOfUsers({ store, log, clock, yeses }: Parameters<typeof openWiring>[0]) {
  const recorder = createDeskRecorder(log.recorder, { outbox: store.outbox, clock });
  return approvalDesk({ recorder, clock, store, log, yeses });
}

function say(what: string, fault: unknown): void {
  tell({ event: 'progress', text: `${what}: ${fault instanceof Error ? fault.message : 'fault'}` });
}
