import { openPattern } from '#kernel/text/open-pattern.ts';
import type { RunEnds } from './run-ends.ts';

/** Where in a text a secret of one kind ends, if one begins at a given place. */
export interface Detector {
  /** Stands in findings and in what is redacted. */
  readonly name: string;
  /** Literal beginnings; `find` is asked only where one of them stands. */
  readonly starts: readonly string[];
  /**
   * What to take out, for a secret that begins at `at`. INVARIANT: over one text, all calls
   * together take time linear in it: few characters are looked at, or `runs` remembers them.
   */
  find(text: string, at: number, runs: RunEnds): Found | undefined;
  /**
   * Of a text that may go on: from where it has to wait, because what `find` says of `at` is not
   * sure yet; undefined when it is. INVARIANT: then nothing that follows changes what it says.
   */
  open(text: string, at: number, runs: RunEnds): number | undefined;
}

export interface Found {
  readonly from: number;
  readonly to: number;
}

/**
 * A kind that one pattern tells. The pattern is sticky, our own and reviewed: literals, classes and
 * bounded repetition, and no repetition follows one of an overlapping class.
 */
export function byPattern(
  name: string,
  starts: readonly string[],
  pattern: RegExp,
  check: (match: string) => boolean = () => true,
): Detector {
  const open = openPattern(pattern);
  return {
    name,
    starts,
    find(text, at) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null || !check(match[0])) return undefined;
      return { from: at, to: at + match[0].length };
    },
    open: (text, at) => (matchesAt(open, text, at) ? at : undefined),
  };
}

export function matchesAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at;
  return sticky.test(text);
}
