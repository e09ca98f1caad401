import { flowBounds } from './bounds.ts';
import type { FlowMemory } from './door.ts';
import { judgeCall } from './judge.ts';
import { OpenedSources } from './opened.ts';
import { TaskIndex } from './task-index.ts';

/** So many characters are read in a few milliseconds. */
const charsAtOnce = 65_536;

/**
 * Of many tasks. INVARIANT: what is known of a task is known whole or not at all: one that was dropped to make room
 * begins as one of which something was missed, unless no stranger had spoken in it.
 */
export function createFlowMemory(): FlowMemory {
  const tasks = new Map<string, TaskIndex>();
  const opened = new OpenedSources();
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
    if (dropped && !isClean) made.cut();
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
  /** INVARIANT: nothing of a task grows but in here. */
  const changing = <Result>(index: TaskIndex, change: () => Result): Result => {
    const before = index.bytes;
    const result = change();
    bytes += index.bytes - before;
    makeRoom();
    return result;
  };
  return {
    begin(task) {
      of(task, true);
      makeRoom();
    },
    learn(task, brought) {
      const index = of(task);
      changing(index, () => {
        try {
          index.learn(brought);
        } catch {
          // What could not be kept is as if it said anything at all.
          index.cut();
        }
      });
    },
    missed: (task) => of(task).cut(),
    settle(task) {
      const index = tasks.get(task);
      return index === undefined || changing(index, () => index.settle(charsAtOnce));
    },
    judge(task, question) {
      const index = of(task, !question.untrusted);
      return changing(index, () => judgeCall(index, question, opened));
    },
  };
}
