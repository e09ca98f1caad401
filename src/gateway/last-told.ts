import type { LastTold, TaskName } from '#contracts/fellows.ts';
import type { RecordType } from '#kernel/record.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { keyOf } from './task-words.ts';

/** What this gateway recorded last of what it told each task. */
export interface OwnTold {
  /** INVARIANT: of a task whose work others went on with here, what they were told: no record of the task itself. */
  lastTold(of: TaskName): LastTold;
  /** Work that came out of another task: what it is told counts as told in that one as well. */
  cameOutOf(of: TaskName, root: string): void;
  /** INVARIANT: what is told is named here before anybody is told it, and once it is durable. */
  noting(recorder: Recorder): Recorder;
}

const telling: ReadonlySet<RecordType> = new Set(['policy.outcome', 'policy.outcome-part']);
const mostTasks = 20_000;

export function createOwnTold(most = mostTasks): OwnTold {
  const last = new Map<string, string>();
  const byOthers = new Map<string, string>();
  const roots = new Map<string, string>();
  let hasForgotten = false;
  const keep = (all: Map<string, string>, key: string, value: string): void => {
    all.delete(key);
    all.set(key, value);
    if (all.size <= most) return;
    const [oldest] = all.keys();
    if (oldest !== undefined) all.delete(oldest);
    hasForgotten = true;
  };
  const note = (key: string, record: string): void => {
    keep(last, key, record);
    const root = roots.get(key);
    if (root !== undefined) keep(byOthers, root, record);
  };
  return {
    cameOutOf({ tenant, task }, root) {
      if (root !== task) keep(roots, keyOf({ tenant, task }), keyOf({ tenant, task: root }));
    },
    lastTold({ tenant, task }) {
      const key = keyOf({ tenant, task });
      const record = byOthers.get(key) ?? last.get(key);
      return { record: record ?? null, isKnown: record !== undefined || !hasForgotten };
    },
    noting: (recorder) => ({
      get writer() {
        return recorder.writer;
      },
      get healthy() {
        return recorder.healthy;
      },
      record(draft, payload, options) {
        const coming = recorder.record(draft, payload, options);
        const { task, tenant, type } = draft;
        if (task === undefined || !telling.has(type)) return coming;
        return coming.then((recorded) => {
          note(keyOf({ tenant, task }), recorded.id);
          return recorded;
        });
      },
      recordAll: (drafts, options) => recorder.recordAll(drafts, options),
      commit: (bytes, sha256) => recorder.commit(bytes, sha256),
    }),
  };
}
