import { X509Certificate } from 'node:crypto';
import { sha256Base64url } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { publicJwkOf } from './jwk.ts';

interface KnownCertificate {
  readonly thumbprint: string | undefined;
  readonly notBefore: number;
  readonly notAfter: number;
}

const keptCertificates = 8_192;
const certificateBytes = 8_192;

/**
 * The thumbprint of the key that a client certificate carries, when the certificate is valid now.
 * The handshake proved the key; nothing else in the certificate is believed.
 */
export function createCertificateReader(): (der: Uint8Array, now: number) => string | undefined {
  const known = createBoundedCache<KnownCertificate>(keptCertificates);
  /**
   * A connection gives the same object with each of its calls, so it is digested once. INVARIANT:
   * nobody writes into the bytes of a certificate.
   */
  const ofConnection = new WeakMap<Uint8Array, KnownCertificate>();
  const read = (der: Uint8Array): KnownCertificate => {
    const digest = sha256Base64url(der);
    const certificate = known.get(digest) ?? readCertificate(der);
    known.set(digest, certificate);
    ofConnection.set(der, certificate);
    return certificate;
  };
  return (der, now) => {
    if (der.length > certificateBytes) return undefined;
    const certificate = ofConnection.get(der) ?? read(der);
    const begun = certificate.notBefore <= now + limits.clockSkewMs;
    const ended = certificate.notAfter < now - limits.clockSkewMs;
    return begun && !ended ? certificate.thumbprint : undefined;
  };
}

const unreadable: KnownCertificate = { thumbprint: undefined, notBefore: 0, notAfter: 0 };

function readCertificate(der: Uint8Array): KnownCertificate {
  try {
    const certificate = new X509Certificate(der);
    const notBefore = Date.parse(certificate.validFrom);
    const notAfter = Date.parse(certificate.validTo);
    if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) return unreadable;
    const thumbprint = publicJwkOf(certificate.publicKey)?.thumbprint;
    return { thumbprint, notBefore, notAfter };
  } catch {
    return unreadable;
  }
}
