import { createPublicKey, verify } from 'node:crypto';
import type { RegistryKey } from '#contracts/signers.ts';
import type { RegistrySignature } from './evidence.ts';
import { type NamedContent, refused, signed, type Verdict } from './verdict.ts';

/**
 * A registry's own signature, over the name, the version and the integrity. INVARIANT: of what is pinned,
 * never of what the registry says that it is.
 */
export function judgeSignature(
  { name, version, integrity }: NamedContent,
  signatures: readonly RegistrySignature[],
  keys: readonly RegistryKey[],
  now: number,
): Verdict {
  if (signatures.length === 0) {
    return refused('tools/provenance-missing', 'its registry has not signed it');
  }
  const bytes = Buffer.from(`${name}@${version}:${integrity}`);
  const known = signatures.flatMap(({ keyid, sig }) =>
    keys.filter((key) => key.keyid === keyid && counts(key, now)).map((key) => ({ key, sig })),
  );
  if (known.length === 0) {
    return refused('tools/signer-mismatch', 'its registry signed it with no key that is pinned');
  }
  const good = known.find(({ key, sig }) => isSigned(bytes, key, sig));
  return good === undefined
    ? refused('tools/provenance-invalid', 'the signature of its registry does not verify')
    : signed(`registry key ${good.key.keyid}`);
}

/** It says no time of its own: what counts is when it is looked at. */
function counts({ from = 0, until = Infinity }: RegistryKey, now: number): boolean {
  return from <= now && now < until;
}

function isSigned(bytes: Buffer, { key }: RegistryKey, sig: string): boolean {
  try {
    const der = Buffer.from(key, 'base64');
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify('sha256', bytes, publicKey, Buffer.from(sig, 'base64'));
  } catch {
    return false;
  }
}
