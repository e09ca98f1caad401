import type { Person, Role } from '#kernel/principal.ts';
import type { OutboxDraft } from './outbox.ts';

export interface StoredPerson extends Person {
  /** Roles that they may take for a time. */
  readonly eligible?: readonly Role[];
  readonly createdAt: number;
}

/** A role that somebody took for a time. */
export interface Elevation {
  readonly role: Role;
  readonly reason: string;
  readonly at: number;
  readonly until: number;
}

export interface PersonChange {
  readonly tenant: string;
  readonly name: string;
  /** What is owed since then, in the same transaction. */
  readonly also?: readonly OutboxDraft[];
}

/** Humans with a name, and the credentials of their command lines. Lives with `control`. */
export interface PeopleBook {
  addSetupLink(link: { readonly digest: string; readonly expiresAt: number }): Promise<void>;
  /** Whether this link would make the first admin now; spends nothing. */
  isSetupLink(link: { readonly digest: string; readonly now: number }): Promise<boolean>;
  /** Spends the link and makes the first admin in one transaction; `api/setup-link-invalid`. */
  redeemSetupLink(redeem: {
    readonly digest: string;
    readonly person: Person;
    readonly credentialDigest: string;
    readonly now: number;
  }): Promise<StoredPerson>;
  addPerson(add: {
    readonly person: Person & { readonly eligible?: readonly Role[] };
    readonly credentialDigest: string;
    readonly now: number;
  }): Promise<StoredPerson>;
  /** Takes the place of the credential that the person had; `api/not-found` when there is nobody. */
  renewCredential(renew: {
    readonly tenant: string;
    readonly name: string;
    readonly credentialDigest: string;
  }): Promise<StoredPerson>;
  /** `api/not-found`; `api/last-admin` when nobody would be left who may add people. */
  setRoles(
    change: PersonChange & { readonly roles: readonly Role[]; readonly eligible: readonly Role[] },
  ): Promise<StoredPerson>;
  /** From then on their credential is nobody's, and neither are their tokens. `api/not-found`, `api/last-admin`. */
  removePerson(change: PersonChange): Promise<StoredPerson>;
  byName(tenant: string, name: string): Promise<StoredPerson | undefined>;
  /** Durable before it resolves; one of the same role takes the place of the one before. */
  elevate(taken: Elevation & { readonly tenant: string; readonly name: string }): Promise<void>;
  /** Those that last, of roles that the person may still take. */
  elevations(tenant: string, name: string, now: number): Promise<readonly Elevation[]>;
  /** By SHA-256 (hex) of the credential. */
  byCredential(digest: string): Promise<StoredPerson | undefined>;
  list(tenant: string): Promise<readonly StoredPerson[]>;
}
