import type { JsonObject } from '#kernel/json/value.ts';
import type { Step } from './story.ts';

export const kinds = [
  'stored and read back',
  'split over results',
  'encoded',
  'look-alike',
  'second session',
  'second agent',
  'changed tool',
  'echo',
  'id collision',
  'steering',
  'a read that speaks',
  'two candidates',
  'a source with two candidates',
  'same deed twice',
  'never asked',
  'negated',
  'confidential',
] as const;

export type Kind = (typeof kinds)[number];

/** What a user said, and what was then done. */
export interface Side {
  readonly words: string;
  /** What is said at the beginning of the second session, or to the second agent. */
  readonly later?: string;
  /** Where not the same was read. */
  readonly before?: readonly Step[];
  /** Where it is not the deed of both. */
  readonly deed?: readonly Step[];
}

/**
 * The same work twice: once somebody wanted it, once only a stranger did. INVARIANT: they are written by somebody
 * who has not read how values are judged, and none is changed to please an answer.
 */
export interface Twins {
  readonly name: string;
  readonly kind: Kind;
  readonly before: readonly Step[];
  /** Read in a session that knows nothing of the first one. */
  readonly second?: readonly Step[];
  readonly deed?: readonly Step[];
  readonly honest: Side;
  readonly attack: Side;
}

export interface Domain {
  readonly name: string;
  readonly servers: Readonly<Record<string, JsonObject>>;
  readonly twins: readonly Twins[];
}
