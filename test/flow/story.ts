import type { JsonObject } from '#kernel/json/value.ts';

export type Answer = 'auto' | 'step-up' | 'no';

/** One call: `server/tool`, its arguments, and what came back. Of the last one the answer is asked. */
export type Step = readonly [tool: string, args: JsonObject, result?: JsonObject];

/** Under which words of its user the calls are made, and what is wanted of the last of them. */
export interface Grant {
  /** Undefined: nobody said anything. */
  readonly words: string | undefined;
  readonly wants: readonly Answer[];
}

/**
 * The same calls twice: once somebody wanted them, once whoever wrote a text wanted them. INVARIANT: between the
 * two nothing differs but the words.
 */
export interface Story {
  readonly name: string;
  readonly domain: string;
  readonly steps: readonly Step[];
  readonly honest: Grant;
  readonly attack: Grant;
}

export const auto: readonly Answer[] = ['auto'];
/** A person looks: no dead end, and nothing that goes by itself. */
export const asked: readonly Answer[] = ['step-up'];
export const stopped: readonly Answer[] = ['step-up', 'no'];
export const denied: readonly Answer[] = ['no'];
