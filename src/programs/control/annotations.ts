import {
  type AnnotationDesk,
  createAnnotationDesk,
  createAuditReader,
} from '#planes/audit/index.ts';
import { knowsTask, type RecordQueries } from '#planes/query/index.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import type { ProgramLog } from '../program-log.ts';

/** Later words about records, written by control alone. */
export function openAnnotations(parts: {
  readonly log: ProgramLog;
  readonly queries: RecordQueries;
  readonly snapshot: () => Snapshot | undefined;
}): AnnotationDesk {
  const { log, queries, snapshot } = parts;
  const { sealer } = log;
  return createAnnotationDesk({
    reader: createAuditReader({ readers: () => log.readers(), sealer }),
    knowsTask: knowsTask(queries),
    owns: ({ tenant, name }, agent) => snapshot()?.tenants[tenant]?.agents[agent]?.owner === name,
    recorder: log.recorder,
    clock: systemClock,
  });
}
