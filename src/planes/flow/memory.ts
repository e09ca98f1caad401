import type { FlowFacts } from '#kernel/decision.ts';
import type { FlowLeak } from '#kernel/decision.ts';
import { flowBounds } from './bounds.ts';
import type { Brought, FlowMemory, FlowQuestion, Lately } from './door.ts';
import { type LeakQuestion, leaksOf } from './leaking.ts';
import { judgeCall } from './judge.ts';
import { OpenedSources } from './opened.ts';
import { contentOf, leavesOf } from './leaves.ts';
import { unpacked } from './packed.ts';
import { TaskIndex } from './task-index.ts';
import { Repeats } from './turns.ts';

export interface CountedMemory extends FlowMemory {
  /** What it holds by its own account. */
  readonly bytes: number;
}

interface Most {
  readonly tasks: number;
  readonly allBytes: number;
}

/** So many characters are read in a few milliseconds. */
const charsAtOnce = 65_536;

/**
 * Of many tasks. INVARIANT: what is known of a task is known whole or not at all: one that was dropped to make room
 * begins as one of which something was missed, unless no stranger had spoken in it. INVARIANT: nothing that is held for a task
 * outlives it here, and all of it counts.
 */
class TaskMemory implements CountedMemory {
  readonly #tasks = new Map<string, TaskIndex>();
  readonly #most: Most;
  readonly #opened: OpenedSources;
  #bytes = 0;
  #dropped = false;
  #made = 0;

  constructor(most: Most, opened: OpenedSources) {
    this.#most = most;
    this.#opened = opened;
  }

  get bytes(): number {
    return this.#bytes + this.#opened.bytes;
  }

  begin(task: string): void {
    this.#of(task, true);
    this.#makeRoom();
  }

  learn(task: string, brought: Brought): void {
    const index = this.#of(task);
    this.#changing(index, () => {
      try {
        index.learn(brought);
      } catch {
        // What could not be kept is as if it said anything at all.
        index.cut();
      }
    });
  }

  missed(task: string): void {
    this.#of(task).cut();
    this.#makeRoom();
  }

  repeats(task: string, turn: string): boolean {
    const index = this.#tasks.get(task);
    if (index === undefined) return this.#dropped;
    const repeats = new Repeats(turn);
    for (const { text } of index.strangers()) {
      const { data, texts } = contentOf(unpacked(text).result);
      const all = [...leavesOf(data).leaves, ...leavesOf(texts).leaves].map(({ value }) =>
        String(value),
      );
      if (repeats.standsIn(all.join('\n'))) return true;
    }
    return false;
  }

  *lately(task: string): Generator<Lately> {
    for (const kept of this.#tasks.get(task)?.newest() ?? []) {
      const { target, call, flow, whole, toldAt: at, cut, text } = kept;
      const open = () => (cut ? undefined : unpackedIfAny(text));
      yield { target, call, flow, whole, at, open };
    }
  }

  lost(task: string): void {
    this.#of(task).lose();
    this.#makeRoom();
  }

  knows(task: string, call: string): boolean {
    return this.#tasks.get(task)?.knows(call) === true;
  }

  ageOf(task: string): number | undefined {
    const index = this.#tasks.get(task);
    return index?.isLate === true ? undefined : index?.age;
  }

  resume(task: string): number {
    const { age } = this.#of(task);
    this.#makeRoom();
    return age;
  }

  caughtUp(task: string, age: number): boolean {
    const index = this.#tasks.get(task);
    if (index?.age !== age) return false;
    index.catchUp();
    return true;
  }

  end(task: string): void {
    const index = this.#tasks.get(task);
    if (index !== undefined) this.#drop(task, index);
  }

  settle(task: string): boolean {
    const index = this.#tasks.get(task);
    return index === undefined || this.#changing(index, () => index.settle(charsAtOnce));
  }

  judge(task: string, question: FlowQuestion): FlowFacts {
    const index = this.#of(task, !question.untrusted);
    return this.#changing(index, () => judgeCall(index, question, this.#opened));
  }

  leaks(task: string, question: LeakQuestion): readonly FlowLeak[] {
    const index = this.#of(task, question.labels.length === 0);
    return this.#changing(index, () => leaksOf(index.guarded(), index.said, question));
  }

  #of(task: string, isClean = false): TaskIndex {
    const known = this.#tasks.get(task);
    if (known !== undefined) {
      this.#tasks.delete(task);
      this.#tasks.set(task, known);
      return known;
    }
    this.#made += 1;
    const made = new TaskIndex(this.#made);
    // Which ones were dropped is not kept, or it would grow without bound; of a clean one nothing was missed.
    if (this.#dropped && !isClean) made.beginLate();
    this.#tasks.set(task, made);
    return made;
  }

  /** INVARIANT: nothing of a task grows but in here. */
  #changing<Result>(index: TaskIndex, change: () => Result): Result {
    const before = index.bytes;
    const result = change();
    this.#bytes += index.bytes - before;
    this.#makeRoom();
    return result;
  }

  #makeRoom(): void {
    const { tasks, allBytes } = this.#most;
    for (const [task, index] of this.#tasks) {
      if (this.#tasks.size <= tasks && this.bytes <= allBytes) return;
      this.#drop(task, index);
      this.#dropped = true;
    }
  }

  #drop(task: string, index: TaskIndex): void {
    this.#tasks.delete(task);
    this.#bytes -= index.bytes;
    this.#opened.drop(index.all());
  }
}

function unpackedIfAny(text: string): ReturnType<typeof unpacked> | undefined {
  try {
    return unpacked(text);
  } catch {
    return undefined;
  }
}

export function createFlowMemory(
  most: Most = flowBounds,
  opened: OpenedSources = new OpenedSources(),
): CountedMemory {
  return new TaskMemory(most, opened);
}
