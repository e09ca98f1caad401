import type { JsonObject } from '#kernel/json/value.ts';

/** The public half of a key that somebody has. */
export interface ProvenKey {
  readonly thumbprint: string;
  readonly jwk: JsonObject;
}

/**
 * What clients of the authorization server sign with keys of their own. INVARIANT: a proof serves once, and
 * nothing is proved by a key that its reader did not expect. What is not so is thrown, with `identity/…` or
 * `oauth/invalid-client`.
 */
export interface KeyProofs {
  /** DPoP (RFC 9449) where tokens are given out: the key that whoever asks has. */
  proveKey(ask: {
    readonly proof: string;
    readonly method: string;
    readonly url: string;
  }): ProvenKey;
  /** For the next proof. */
  nonce(): string;
  /**
   * RFC 7523 §3: a client speaks for itself, to one of these names of ours, by one of its keys. That it serves
   * once is for the caller to keep: its id, until then.
   */
  readAssertion(ask: {
    readonly assertion: string;
    readonly client: string;
    readonly keys: readonly JsonObject[];
    readonly audiences: readonly string[];
  }): { readonly jti: string; readonly until: number };
}
