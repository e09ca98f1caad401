import type { JsonObject } from '#kernel/json/value.ts';

/** By whom a package may have been built: as its certificate says, which an authority of the pinned trust gave out. */
export interface BuilderRule {
  /** Who vouched for the identity, such as the token issuer of a CI. Exactly. */
  readonly issuer: string;
  /** Such as the address of a workflow and its ref. Exactly, or what begins like it where a `*` ends it. */
  readonly identity: string;
  /** Address of the repository that the build was made of. Exactly. */
  readonly repository?: string;
}

/** What of a package must be signed. INVARIANT: everything that a rule names must hold. */
export interface SignerRule {
  /** Sources, as a registry names them. */
  readonly for: string;
  readonly builder?: BuilderRule;
  /** `signature`: over name, version and integrity. `attestation`: that it was published, by the registry's key, in the log. */
  readonly registry?: 'signature' | 'attestation';
}

export interface RegistryKey {
  readonly keyid: string;
  /** SubjectPublicKeyInfo in base64, as registries show it. */
  readonly key: string;
  /** Moments: what a log saw outside of them, and a signature that is looked at after the last, counts for nothing. */
  readonly from?: number;
  readonly until?: number;
}

/** INVARIANT: nothing else is believed, and nothing of it is fetched. */
export interface PinnedTrust {
  /** A trusted root of Sigstore, as its JSON. */
  readonly sigstore?: JsonObject;
  readonly registryKeys: readonly RegistryKey[];
}

/** What one Registry document wants of one server: one of the rules, by its own trust. */
export interface SignerNeed {
  readonly document: string;
  readonly rules: readonly SignerRule[];
  readonly trust: PinnedTrust;
}

/** What was found of whoever signed, for people: nothing is decided by it. */
export interface Signed {
  /** When it was verified: before the start of the process that runs. */
  readonly at: number;
  /** In words that stay the same as long as the signers do. */
  readonly by: string;
}

/** Longest text of it that is told. */
export const longestSigner = 2_048;
