import { flowBounds } from './bounds.ts';
import type { FlowMemory } from './door.ts';
import { judgeCall } from './judge.ts';
import { TaskIndex } from './task-index.ts';

/**
 * Of many tasks. INVARIANT: what is known of a task is known whole or not at all: one that was dropped to make room
 * begins as one of which something was missed.
 */
export function createFlowMemory(): FlowMemory {
  const tasks = new Map<string, TaskIndex>();
  let keys = 0;
  let dropped = false;
  const of = (task: string): TaskIndex => {
    const known = tasks.get(task);
    if (known !== undefined) {
      tasks.delete(task);
      tasks.set(task, known);
      return known;
    }
    const made = new TaskIndex();
    // Which ones were dropped is not kept, or it would grow without bound.
    made.isCut = dropped;
    tasks.set(task, made);
    return made;
  };
  const makeRoom = (): void => {
    for (const [task, index] of tasks) {
      if (tasks.size <= flowBounds.tasks && keys <= flowBounds.allKeys) return;
      tasks.delete(task);
      keys -= index.size;
      dropped = true;
    }
  };
  return {
    learn(task, brought) {
      const index = of(task);
      const before = index.size;
      try {
        index.learn(brought);
      } catch {
        // What could not be looked into is as if it said anything at all.
        index.isCut = true;
      }
      keys += index.size - before;
      makeRoom();
    },
    missed: (task) => void (of(task).isCut = true),
    judge: (task, question) => judgeCall(of(task), question),
  };
}
