import type { Keyring } from '#contracts/keyring.ts';
import { snapshotJudge, snapshotKey } from '#contracts/signed-snapshot.ts';

/** INVARIANT: what is in force here was signed by control, for this tenant, by a key that stands in no store. */
export async function ownSnapshots(of: { readonly keyring: Keyring; readonly tenant: string }) {
  const { publicKey } = await of.keyring.signer(snapshotKey);
  return snapshotJudge(publicKey, of.tenant);
}
