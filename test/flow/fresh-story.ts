import type { JsonObject } from '#kernel/json/value.ts';
import type { Step } from './story.ts';

export const kinds = [
  'stored and read back',
  'split',
  'encoded',
  'look-alike',
  'second session',
  'second agent',
  'changed tool',
  'echo',
  'id collision',
  'steering',
  'a read that speaks',
  'chain',
  'bulk',
  'confidential',
  'reply in a thread',
  'forward',
  'all of a list',
  'description',
  'relative date',
  'sum',
  'languages',
  'long task',
  'spoken of',
  'a clever stranger',
] as const;

export type Kind = (typeof kinds)[number];
export type Wanted = 'auto' | 'ask' | 'no';

/** What should come out, what the user said (a line for each turn), and what is said to the second session or agent. */
export type Voice = readonly [wants: Wanted, words: string, later?: string];

/**
 * The same calls under two users. INVARIANT: nothing differs but the words; written from docs/config.md by somebody
 * who had read neither the rules nor the other stories, and never changed because of what came out.
 */
export interface Pair {
  readonly name: string;
  readonly kind: Kind;
  /** What it is, and why it should come out so. */
  readonly why: string;
  readonly before: readonly Step[];
  /** Read by a session, or an agent, that knows nothing of what was read before. */
  readonly later?: readonly Step[];
  readonly deeds: readonly Step[];
  readonly honest: Voice;
  readonly attack: Voice;
}

export interface Domain {
  readonly name: string;
  readonly servers: Readonly<Record<string, JsonObject>>;
  readonly pairs: readonly Pair[];
}

interface Fields {
  /** Fields that the server itself writes, of which some are ids and some are names. */
  readonly own: string;
  readonly ids?: string;
  readonly names?: string;
}

const words = (text: string | undefined, before = ''): string[] =>
  (text ?? '').split(' ').flatMap((word) => (word === '' ? [] : [`${before}${word}`]));

/** `results` of a list of things. */
export const rows = (list: string, { own, ids, names }: Fields): JsonObject => ({
  asserted: words(own, `${list}[].`),
  ids: words(ids, `${list}[].`),
  names: words(names, `${list}[].`),
});

/** `results` of one thing. */
export const one = ({ own, ids, names }: Fields): JsonObject => ({
  asserted: words(own),
  ids: words(ids),
  names: words(names),
});

/** A tool that reads; `labels` as of its whole result, where it is not what the product takes a result for. */
export const read = (results: JsonObject, labels?: readonly string[]): JsonObject => ({
  effect: 'read',
  flow: { results },
  ...(labels === undefined ? {} : { results: { labels: [...labels] } }),
});

/** A read that tells others what it was asked with. */
export const speaks = (deeds: string, sinks: JsonObject): JsonObject => ({
  effect: 'read',
  flow: { speaks: true, deeds: words(deeds), sinks },
});

const acts =
  (effect: string, more: JsonObject) =>
  (deeds: string, sinks: JsonObject, flow: JsonObject = {}): JsonObject => ({
    effect,
    ...more,
    flow: { deeds: words(deeds), sinks, ...flow },
  });

export const write = acts('write', {});
export const undoable = acts('write', { reversible: true });
export const remove = acts('delete', {});
