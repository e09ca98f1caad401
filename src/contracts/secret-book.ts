import type { SealedSecret } from '#kernel/snapshot.ts';

/** Sealed secrets. INVARIANT: nothing here is ever readable without the keyring. */
export interface SecretBook {
  put(tenant: string, secret: SealedSecret, by: string, now: number): Promise<void>;
  list(tenant: string): Promise<readonly SealedSecret[]>;
}
