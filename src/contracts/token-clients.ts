import type { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';
import type { EnrolledInstance } from './instance-book.ts';

/** Who asks for tokens: agents that prove their key, and what is refused to whom. */
export interface TokenClients {
  /**
   * RFC 7523 client assertion, signed by the enrolled key. INVARIANT: it serves once; a refusal is on record
   * before it is told, and who asks too often is refused before anything is made.
   */
  authenticate(ask: {
    readonly assertion: string;
    readonly rate: 'instance' | 'exchange';
  }): Promise<EnrolledInstance>;
  /** On record before it is told, repetitions counted. When it cannot be recorded it is a refusal all the same. */
  refuse(refused: RefusedToken): Promise<never>;
}

export interface RefusedToken {
  readonly tenant: string;
  readonly actors: readonly Actor[];
  readonly fault: BailiwickError;
  readonly details?: JsonObject;
  /** Under what repetitions are counted. */
  readonly source: string;
}
