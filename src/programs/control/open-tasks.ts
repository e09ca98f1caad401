import { oweRoster } from '#contracts/owed.ts';
import type { Store } from '#contracts/store.ts';
import { systemClock } from '#kernel/time.ts';
import { createTaskKeeper, type TaskKeeper } from '#planes/identity/index.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';

/** Begins tasks; a roster that is not due yet is owed when it is. */
export function openTasks(store: Store, log: ProgramLog, tenant: string): TaskKeeper {
  const clock = systemClock;
  const oweRosterNow = () =>
    store.outbox
      .put([oweRoster(tenant, clock.now())])
      .catch((fault: unknown) => tell({ event: 'progress', text: `roster: ${String(fault)}` }));
  return createTaskKeeper({
    ...store,
    recorder: log.recorder,
    clock,
    later: (ms) => void setTimeout(() => void oweRosterNow(), ms).unref(),
  });
}
