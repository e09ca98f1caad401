import type { SealedSecret } from '#kernel/snapshot.ts';
import type { OutboxDraft } from './outbox.ts';

/** Sealed secrets. INVARIANT: nothing here is ever readable without the keyring. Owes `recompile`. */
export interface SecretBook {
  /** A version that is not newer than the stored one is `store/conflict`. */
  put(stored: {
    readonly tenant: string;
    readonly secret: SealedSecret;
    readonly by: string;
    readonly now: number;
    /** The reactions that it owes, written in its transaction. */
    readonly also?: readonly OutboxDraft[];
  }): Promise<void>;
  /** Gone for good: nobody can read it again. False when there was none. A name that is put again begins anew. */
  remove(gone: {
    readonly tenant: string;
    readonly name: string;
    readonly now: number;
  }): Promise<boolean>;
  /**
   * The same version under another key, where it still has the wrapped key that is given; what was is in no file of the
   * store when this resolves. Owes nothing: whoever reads it opens the same.
   */
  rewrap(tenant: string, secret: SealedSecret, was: string): Promise<void>;
  list(tenant: string): Promise<readonly SealedSecret[]>;
}
