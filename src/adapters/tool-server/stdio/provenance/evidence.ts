import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { canonicalText } from '#kernel/json/canonical.ts';

export interface RegistrySignature {
  readonly keyid: string;
  readonly sig: string;
}

/** What a registry shows for a package. INVARIANT: anybody may have written it; it proves nothing before it verifies. */
export interface Evidence {
  readonly signatures: readonly RegistrySignature[];
  /** Bundles of Sigstore, as they came. */
  readonly bundles: readonly JsonObject[];
}

export const evidenceBytes = 1_048_576;
const mostSignatures = 16;
const mostBundles = 16;

/** `dist.signatures` of a package version. */
export function signaturesIn(dist: JsonObject): readonly RegistrySignature[] {
  return objectsIn(dist['signatures'])
    .slice(0, mostSignatures)
    .flatMap(({ keyid, sig }) =>
      typeof keyid === 'string' && typeof sig === 'string' ? [{ keyid, sig }] : [],
    );
}

/** The answer of a registry's attestations. */
export function bundlesIn(answer: JsonObject): readonly JsonObject[] {
  return objectsIn(answer['attestations'])
    .slice(0, mostBundles)
    .flatMap(({ bundle }) => (isJsonObject(bundle) ? [bundle] : []));
}

export function evidenceText({ signatures, bundles }: Evidence): string {
  return canonicalText({
    signatures: signatures.map((one) => ({ ...one })),
    bundles: [...bundles],
  });
}

export function readEvidence(bytes: Buffer): Evidence | undefined {
  try {
    const value: unknown = parseJson(bytes);
    if (!isJsonObject(value)) return undefined;
    return { signatures: signaturesIn(value), bundles: objectsIn(value['bundles']) };
  } catch {
    return undefined;
  }
}

function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((one) => isJsonObject(one)) : [];
}
