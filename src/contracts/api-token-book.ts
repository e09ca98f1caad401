import type { Role } from '#kernel/principal.ts';
import type { OutboxDraft } from './outbox.ts';

/** For a program of a person. What it may is that of what they may at each use, and no more than this. */
export interface ApiToken {
  readonly tenant: string;
  readonly id: string;
  readonly name: string;
  readonly person: string;
  readonly roles: readonly Role[];
  /** The sign-in that it lasts no longer than; undefined where it is of a person who is kept here. */
  readonly session: string | undefined;
  /** Their person sits there: a command line that was agreed to in the browser of that sign-in. */
  readonly attended: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** To the minute. */
  readonly usedAt: number | undefined;
}

/** API tokens by their digest. Lives with `control`. */
export interface ApiTokenBook {
  /**
   * Forgets those of the person that are over. `store/conflict` when they have one of that name, or as many as
   * there may be.
   */
  add(add: {
    readonly token: Omit<ApiToken, 'usedAt'>;
    /** SHA-256 (hex). INVARIANT: the token itself is kept nowhere. */
    readonly digest: string;
  }): Promise<void>;
  /** Undefined when its time is over; else it was used now. */
  use(digest: string, now: number): Promise<ApiToken | undefined>;
  list(tenant: string, now: number): Promise<readonly ApiToken[]>;
  /** It is worth nothing from then on; what is owed for it in the same transaction. False: no such one. */
  remove(remove: {
    readonly tenant: string;
    readonly id: string;
    readonly also: readonly OutboxDraft[];
  }): Promise<boolean>;
}
