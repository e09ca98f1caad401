import { canonicalBytes } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { ed25519Verifier } from '#kernel/public-keys.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { KeyringSigner } from './keyring.ts';

/** Of the keyring: control signs by it what gateways take, and signs nothing else. */
export const snapshotKey = 'snapshot';

/** INVARIANT: nothing else that is signed anywhere begins so. */
const context = Buffer.from('bailiwick/snapshot/1\n');

/** INVARIANT: all of it is signed, also what control made of its policies, which its digest does not cover. */
export function signedSnapshot(signer: Pick<KeyringSigner, 'sign'>, snapshot: Snapshot): Snapshot {
  const signature = signer.sign(signedBytes(snapshot));
  return { ...snapshot, signature: Buffer.from(signature).toString('base64url') };
}

/** Judges a Snapshot that came, once: calls are judged by what was made of it. */
export function snapshotJudge(publicKey: Uint8Array, tenant: string) {
  const verify = ed25519Verifier(publicKey);
  /** Why it is none of control's for this tenant; undefined: it is. */
  return (snapshot: Snapshot): string | undefined => {
    const { signature } = snapshot;
    if (signature === undefined) return 'it is not signed by control';
    if (!verify(signedBytes(snapshot), Buffer.from(signature, 'base64url'))) {
      return 'its signature is not control’s, or it was changed after it was signed';
    }
    const own = Object.hasOwn(snapshot.tenants, tenant) ? snapshot.tenants[tenant] : undefined;
    return own?.tenant === tenant ? undefined : `it is of another tenant than \`${tenant}\``;
  };
}

function signedBytes(snapshot: Snapshot): Uint8Array {
  const { signature: _, ...bare } = snapshot;
  return Buffer.concat([context, canonicalBytes(asSent(bare))]);
}

/** As it is stored and sent: without what is undefined. */
function asSent(value: unknown): Json {
  if (Array.isArray(value)) return value.map(asSent);
  if (typeof value !== 'object' || value === null) return value as Json;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, asSent(member)]));
}
