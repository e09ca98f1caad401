import { createDeskRecorder, type DeskRecorder } from '#contracts/desk.ts';
import type { PersonSessions } from '#contracts/person-session.ts';
import type { Store } from '#contracts/store.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import { createDelegations, type DelegationKeeper } from '#planes/delegation/index.ts';
import { createDelegatedTasks, type Enrolment, type TaskKeeper } from '#planes/identity/index.ts';
import type { ProgramLog } from '../program-log.ts';

/** Who acts for whom, over the books of this store; what is opened later is asked when it is needed. */
export function openDelegations(parts: {
  readonly store: Store;
  readonly log: ProgramLog;
  readonly sessions: Pick<PersonSessions, 'get'>;
  readonly enrolment: Pick<Enrolment, 'mint'>;
  readonly tasks: TaskKeeper;
  readonly snapshot: () => Snapshot | undefined;
  readonly settled: () => Promise<void>;
}): DelegationKeeper {
  const { store, log, sessions, enrolment, tasks, snapshot, settled } = parts;
  const clock = systemClock;
  const recorder = createDeskRecorder(log.recorder, { outbox: store.outbox, clock });
  const shared = { recorder, clock, snapshot };
  return createDelegations({
    ...shared,
    book: store.delegations,
    sessions,
    tasks: createDelegatedTasks({
      ...store,
      ...shared,
      recorder: taskRecorder(log, recorder),
      keeper: tasks,
    }),
    overlay: store.overlay,
    mint: (ask) => enrolment.mint(ask),
    settled,
  });
}

/** Tasks seal what is said of them beside their records. */
export function taskRecorder(log: ProgramLog, desk: DeskRecorder) {
  return {
    record: (...of: Parameters<ProgramLog['recorder']['record']>) => log.recorder.record(...of),
    recordAll: (...of: Parameters<ProgramLog['recorder']['recordAll']>) =>
      log.recorder.recordAll(...of),
    owe: (...of: Parameters<DeskRecorder['owe']>) => desk.owe(...of),
  };
}
