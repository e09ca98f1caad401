import type { OutboxDraft } from './outbox.ts';

/** The public half of a key that a person's authenticator holds. */
export interface Passkey {
  /** Base64url: its authenticator's name of it, the same for nobody else. */
  readonly credential: string;
  readonly tenant: string;
  readonly person: string;
  readonly name: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  /** How often it signed, as it said last; zero of one that does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly createdAt: number;
  readonly usedAt: number | undefined;
}

/** Passkeys of people. Lives with `control`. */
export interface PasskeyBook {
  /** `store/conflict` when it is somebody's already, or the person has as many as there may be. */
  add(passkey: Omit<Passkey, 'usedAt'>): Promise<void>;
  byCredential(credential: string): Promise<Passkey | undefined>;
  list(tenant: string, person: string): Promise<readonly Passkey[]>;
  /** INVARIANT: false, and nothing written, when it does not count on from where it was. */
  use(use: {
    readonly credential: string;
    readonly counter: number;
    readonly now: number;
  }): Promise<boolean>;
  /** With what is owed for it in the same transaction; undefined when the person has no such one. */
  remove(remove: {
    readonly tenant: string;
    readonly person: string;
    readonly credential: string;
    readonly also: readonly OutboxDraft[];
  }): Promise<Passkey | undefined>;
}
