import type { OutboxDraft } from './outbox.ts';

/** What a directory says of a person: no more of it is kept than is asked for here. */
export interface UserFacts {
  readonly userName: string;
  /** The directory's own name of the person, by which it finds them again. */
  readonly externalId?: string;
  readonly displayName?: string;
  readonly name?: {
    readonly formatted?: string;
    readonly givenName?: string;
    readonly familyName?: string;
  };
  readonly emails: readonly UserEmail[];
  readonly active: boolean;
}

export interface UserEmail {
  readonly value: string;
  readonly type?: string;
  readonly primary?: boolean;
}

interface Kept {
  readonly tenant: string;
  readonly id: string;
  /** Counted up by each change: what whoever changes it has seen. */
  readonly version: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface DirectoryUser extends Kept {
  readonly facts: UserFacts;
}

export interface GroupFacts {
  readonly displayName: string;
  readonly externalId?: string;
}

export interface DirectoryGroup extends Kept {
  readonly facts: GroupFacts;
  /** Ids of users, sorted; empty where they were not asked for. */
  readonly members: readonly string[];
}

/** One thing that must be so of what is looked for; all of them must. */
export interface DirectoryTerm {
  readonly attribute:
    | 'id'
    | 'userName'
    | 'externalId'
    | 'email'
    | 'active'
    | 'displayName'
    | 'member';
  readonly value: string;
}

export interface DirectoryQuery {
  readonly tenant: string;
  readonly terms: readonly DirectoryTerm[];
  /** How many are passed over. */
  readonly from: number;
  readonly limit: number;
}

/** A bearer of its own kind, that may say who is there and nothing else. */
export interface DirectoryToken {
  readonly tenant: string;
  readonly id: string;
  readonly madeBy: string;
  readonly madeAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | undefined;
}

/** `inactive`: known, and not there any more. */
export type Presence = 'present' | 'inactive' | 'unknown';

interface Change {
  readonly tenant: string;
  readonly id: string;
  /** The version that it takes the place of; 0 is one that is new. */
  readonly expects: number;
  readonly now: number;
  /** What the change owes, written in its transaction. */
  readonly also?: readonly OutboxDraft[];
}

/**
 * Who is there, as a connected directory says it. Lives with `control`. A change of what is not there
 * any more in the version that it expects is `store/conflict`, and so is a `userName` of somebody else.
 */
export interface DirectoryBook {
  /** Rejects with `store/conflict` when the tenant has `most` that serve already. */
  addToken(
    token: Omit<DirectoryToken, 'endedAt'> & { readonly digest: string; readonly most: number },
  ): Promise<void>;
  tokens(tenant: string): Promise<readonly DirectoryToken[]>;
  /** One that is over stays as it is; undefined: there is no such token. */
  endToken(tenant: string, id: string, now: number): Promise<DirectoryToken | undefined>;
  /** By SHA-256 (hex); undefined when it is over. */
  byToken(digest: string, now: number): Promise<DirectoryToken | undefined>;

  /** From its first user on a tenant has a directory, whoever leaves later. */
  putUser(
    change: Change & { readonly facts: UserFacts; readonly most: number },
  ): Promise<DirectoryUser>;
  /** Out of every group too. */
  removeUser(change: Change): Promise<void>;
  user(tenant: string, id: string): Promise<DirectoryUser | undefined>;
  /** In the order in which they came. */
  users(
    query: DirectoryQuery,
  ): Promise<{ readonly total: number; readonly users: readonly DirectoryUser[] }>;

  /** `api/not-found` when a member is nobody. */
  putGroup(
    change: Change & {
      readonly facts: GroupFacts;
      readonly members: readonly string[];
      readonly most: number;
    },
  ): Promise<DirectoryGroup>;
  removeGroup(change: Change): Promise<void>;
  group(tenant: string, id: string): Promise<DirectoryGroup | undefined>;
  groups(
    query: DirectoryQuery & { readonly withMembers: boolean },
  ): Promise<{ readonly total: number; readonly groups: readonly DirectoryGroup[] }>;

  isConnected(tenant: string): Promise<boolean>;
  /** By `userName`, or by an e-mail address where none is called so; letters of either size are one. */
  presence(tenant: string, names: readonly string[]): Promise<ReadonlyMap<string, Presence>>;
}

/** As names of people are compared. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
