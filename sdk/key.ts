import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';

/** The key of one running copy of an agent. It never leaves that copy. */
export interface InstanceKey {
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, string>>;
  readonly algorithm: 'ES256' | 'EdDSA';
  /** RFC 7638. */
  readonly thumbprint: string;
}

export function generateInstanceKey(algorithm: 'ES256' | 'EdDSA' = 'ES256'): InstanceKey {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  return instanceKey(privateKey);
}

export function importInstanceKey(pem: string): InstanceKey {
  return instanceKey(createPrivateKey(pem));
}

function instanceKey(privateKey: KeyObject): InstanceKey {
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (crv !== 'P-256' && crv !== 'Ed25519') {
    throw new TypeError('an instance key is a P-256 or an Ed25519 key');
  }
  const jwk: Record<string, string> =
    y === undefined
      ? { crv, kty: String(kty), x: String(x) }
      : { crv, kty: String(kty), x: String(x), y };
  const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url');
  return { privateKey, jwk, algorithm: kty === 'EC' ? 'ES256' : 'EdDSA', thumbprint };
}

/** A compact JWS by the instance's key. */
export function signJws(key: InstanceKey, header: object, claims: object): string {
  const signed = `${encode({ alg: key.algorithm, ...header })}.${encode(claims)}`;
  const bytes = Buffer.from(signed);
  const signature =
    key.algorithm === 'EdDSA'
      ? sign(null, bytes, key.privateKey)
      : sign('sha256', bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
