import { flowBounds } from './bounds.ts';
import type { FlowMemory } from './door.ts';
import { judgeCall } from './judge.ts';
import { TaskIndex } from './task-index.ts';

/**
 * Of many tasks. INVARIANT: what is known of a task is known whole or not at all: one that was dropped to make room
 * begins as one of which something was missed, unless no stranger had spoken in it.
 */
export function createFlowMemory(): FlowMemory {
  const tasks = new Map<string, TaskIndex>();
  let bytes = 0;
  let dropped = false;
  const of = (task: string, isClean = false): TaskIndex => {
    const known = tasks.get(task);
    if (known !== undefined) {
      tasks.delete(task);
      tasks.set(task, known);
      return known;
    }
    const made = new TaskIndex();
    // Which ones were dropped is not kept, or it would grow without bound; of a clean one nothing was missed.
    made.isCut = dropped && !isClean;
    tasks.set(task, made);
    return made;
  };
  const makeRoom = (): void => {
    for (const [task, index] of tasks) {
      if (tasks.size <= flowBounds.tasks && bytes <= flowBounds.allBytes) return;
      tasks.delete(task);
      bytes -= index.bytes;
      dropped = true;
    }
  };
  return {
    begin(task) {
      of(task, true);
      makeRoom();
    },
    learn(task, brought) {
      const index = of(task);
      const before = index.bytes;
      try {
        index.learn(brought);
      } catch {
        // What could not be looked into is as if it said anything at all.
        index.isCut = true;
      }
      bytes += index.bytes - before;
      makeRoom();
    },
    missed: (task) => void (of(task).isCut = true),
    judge: (task, question) => judgeCall(of(task, !question.untrusted), question),
  };
}
