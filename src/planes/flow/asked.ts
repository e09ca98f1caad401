import type { FlowQuestion } from './door.ts';
import type { TaskIndex } from './task-index.ts';
import type { UserWords } from './words.ts';
import type { Work } from './work.ts';

export interface Asked {
  readonly question: FlowQuestion;
  readonly words: UserWords;
  readonly index: TaskIndex;
  /** Whether the user's words are about such a deed at all. */
  readonly isWanted: boolean;
  readonly work: Work;
}

/** Nothing that a stranger wrote in this task could be unknown here. */
export function isWhole({ seenAll }: FlowQuestion, index: TaskIndex): boolean {
  return seenAll && !index.isCut;
}
