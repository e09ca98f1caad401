/** Keys that live outside the data folder: a file folder for evaluation, a KMS or HSM later. */
export interface Keyring {
  /** How the keys are held; `file` shows red in readiness. */
  readonly protection: 'file' | 'kms' | 'hsm';
  /**
   * An Ed25519 signer by name, made on first use. INVARIANT: the key is durable (fsynced) before
   * this resolves, so that nothing can be signed by a key that a crash would lose.
   */
  signer(name: string): Promise<KeyringSigner>;
  /** A 256-bit wrapping key by name, made on first use and durable before this resolves. */
  wrapper(name: string): Promise<KeyringWrapper>;
}

export interface KeyringSigner {
  readonly name: string;
  /** Raw 32-byte Ed25519 public key. */
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

export interface KeyringWrapper {
  readonly name: string;
  /** AES-256-GCM; `context` is bound as additional data and must be the same at `unwrap`. */
  wrap(plain: Uint8Array, context: string): Uint8Array;
  /** Throws `credentials/unwrap-failed` when bytes, key or context do not belong together. */
  unwrap(wrapped: Uint8Array, context: string): Buffer;
}
