import type { SealedSecret } from '#kernel/snapshot.ts';

/** Sealed secrets. INVARIANT: nothing here is ever readable without the keyring. */
export interface SecretBook {
  /** A version that is not newer than the stored one is `store/conflict`. */
  put(tenant: string, secret: SealedSecret, by: string, now: number): Promise<void>;
  list(tenant: string): Promise<readonly SealedSecret[]>;
}
