import { limits } from '#kernel/limits.ts';

/** Questions to each decision point that have no answer yet: a slow one holds no more than its share. */
export interface OpenQuestions {
  /** What ends it; undefined when there is no room for one more. */
  enter(url: string): (() => void) | undefined;
}

export function createOpenQuestions(): OpenQuestions {
  const open = new Map<string, number>();
  return {
    enter(url) {
      const count = open.get(url) ?? 0;
      if (count >= limits.pdpQuestions) return undefined;
      open.set(url, count + 1);
      return () => {
        const left = (open.get(url) ?? 1) - 1;
        if (left <= 0) open.delete(url);
        else open.set(url, left);
      };
    },
  };
}
