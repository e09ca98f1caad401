import type { SpeakerEntry } from './speaker-entry.ts';

/** By which way words of a user came; `begin` is the begin of their task. */
export const wordWays = ['begin', 'exchange', 'call', 'turn'] as const;

export type WordWay = (typeof wordWays)[number];

/** What a user said in a task, as it is kept. */
export interface SpokenWords {
  readonly way: WordWay;
  /** Empty: something was said that could not be kept. INVARIANT: it may have been a no to all before it. */
  readonly words: string;
  /** Set: what they want counts for nothing, and what they forbid does. */
  readonly grants?: false | undefined;
  /** Whose words they are, as records name them. */
  readonly by: string;
  /** By which document they count, to the letter; empty of the begin of a task. */
  readonly speaker: string;
  /** The record that says so; empty of the begin of a task. */
  readonly record: string;
  /** In which task, where that is another one: its work was narrowed or handed on, and its words with it. */
  readonly task?: string;
}

export interface NewWords extends Omit<SpokenWords, 'task'> {
  readonly tenant: string;
  readonly task: string;
  /** Names the signed statement that they came in. */
  readonly statement?: string | undefined;
  readonly now: number;
}

/**
 * `known`: this statement stands in this task already. INVARIANT: a statement counts in one task alone: elsewhere it
 * is `used`, and nothing is kept.
 */
export type WordsKept = 'kept' | 'known' | 'used';

/**
 * INVARIANT: a task of which more was said than this has no words at all: what is left out may be a no. So one more is
 * kept, by which whoever reads them sees it, and none after it.
 */
export const mostWords = 256;

/** All of them in characters; what goes beyond is as too many. */
export const mostWordChars = 131_072;

/** Why words that somebody brought count for nothing. */
export type WordsDeaf =
  | 'no-user'
  | 'no-document'
  | 'not-signed'
  | 'signature'
  | 'of-another'
  | 'time'
  | 'used'
  | 'repeats'
  /** What strangers wrote in the task is not known here, so it may be said again. */
  | 'not-known'
  | 'too-long';

export interface WordsAsk {
  readonly tenant: string;
  readonly agent: string;
  readonly user: { readonly subject: string; readonly issuer: string };
  /** What the documents of the tenant say, for this agent, this user and this way. */
  readonly speakers: readonly SpeakerEntry[];
  /** Whom a statement must be for: us. */
  readonly audience: string;
  readonly now: number;
}

export interface HeardStatement {
  readonly speaker: string;
  readonly words: string;
  readonly statement: string;
}

/**
 * What the user's own side has signed. INVARIANT: the key stands in a document, and the statement names user, agent, tenant
 * and us; who brings it decides nothing.
 */
export type ReadStatement = (
  ask: WordsAsk,
  text: string,
) => HeardStatement | { readonly deaf: WordsDeaf };
