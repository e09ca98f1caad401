import type { WordsDeaf } from '#contracts/spoken-words.ts';

/** What became of words that came with a call. */
export interface Heard {
  readonly way: 'call' | 'turn';
  /** Records of what counts from now on. */
  readonly records: readonly string[];
  /** Why the rest counts for nothing, each reason once. */
  readonly deaf: readonly WordsDeaf[];
}
