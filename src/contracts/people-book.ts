import type { Person, Role } from '#kernel/principal.ts';
import type { OutboxDraft } from './outbox.ts';

export interface StoredPerson extends Person {
  readonly createdAt: number;
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
    readonly person: Person;
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
  setRoles(change: PersonChange & { readonly roles: readonly Role[] }): Promise<StoredPerson>;
  /** From then on their credential is nobody's. `api/not-found`, `api/last-admin`. */
  removePerson(change: PersonChange): Promise<StoredPerson>;
  /** By SHA-256 (hex) of the credential. */
  byCredential(digest: string): Promise<StoredPerson | undefined>;
  list(tenant: string): Promise<readonly StoredPerson[]>;
}
