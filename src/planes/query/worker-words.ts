import type {
  IndexCheck,
  IndexState,
  RecordAnnotations,
  RecordAnswer,
  RecordQueries,
  RecordQuestion,
  TaskTimeline,
} from './door.ts';
import type { IndexKeeper } from './index-keeper.ts';

/** What crosses between threads: a word and what it is about. */
export type AskedMethod = 'answer' | 'timeline' | 'annotations' | 'state' | 'check' | 'rebuild';

export type AskThread = (
  method: AskedMethod,
  about: unknown,
  signal?: AbortSignal,
) => Promise<unknown>;

/** Here: each question goes to the thread of the index. */
export function queriesOver(ask: AskThread): RecordQueries {
  // INVARIANT: the thread is our own code; what it answers has the shape that `answersOf` gives it.
  return {
    ask: async (question, signal) => (await ask('answer', question, signal)) as RecordAnswer,
    timeline: async (tenant, task, signal) =>
      (await ask('timeline', { tenant, task }, signal)) as TaskTimeline,
    annotations: async (tenant, record, signal) =>
      (await ask('annotations', { tenant, record }, signal)) as RecordAnnotations,
    state: async (tenant) => (await ask('state', tenant)) as IndexState,
    check: async (tenant, signal) => (await ask('check', tenant, signal)) as IndexCheck,
    rebuild: async (tenant) => (await ask('rebuild', tenant)) as IndexState,
  };
}

type Answers = Readonly<
  Record<AskedMethod, (about: unknown, turn: () => Promise<void>) => Promise<unknown>>
>;

/** There: the keeper answers. `turn` throws when whoever asked has gone. */
export function answersOf(keeper: IndexKeeper): Answers {
  return {
    answer: (about, turn) => keeper.answer(about as RecordQuestion, turn),
    timeline: (about, turn) => {
      const { tenant, task } = about as { readonly tenant: string; readonly task: string };
      return keeper.timeline(tenant, task, turn);
    },
    annotations: (about, turn) => {
      const { tenant, record } = about as { readonly tenant: string; readonly record: string };
      return keeper.annotations(tenant, record, turn);
    },
    state: async (about) => keeper.state(about as string),
    check: (about, turn) => keeper.check(about as string, turn),
    rebuild: async (about) => keeper.rebuild(about as string),
  };
}
