import { createHash, verify, X509Certificate } from 'node:crypto';
import {
  bodyOf,
  type Der,
  integerOf,
  malformed,
  oidOf,
  partsOf,
  readDer,
  tags,
  timeOf,
  writeDer,
  writeOid,
} from './der.ts';

/** Timestamps of RFC 3161: somebody else signs that these bytes existed, and when. */
export interface Timestamp {
  /** As whoever signed it says; in milliseconds since 1970. */
  readonly at: number;
  /** The name in the certificate that signed it. */
  readonly by: string;
  readonly policy: string;
  /** By a certificate below one of the roots; of any other the rest is nobody's word. */
  readonly isTrusted: boolean;
}

export interface TimestampAsk {
  readonly message: Uint8Array;
  /** Eight random bytes or so: an answer to an earlier question is none to this one. */
  readonly nonce: Uint8Array;
  /** The policy that is wanted; any, unless said. */
  readonly policy?: string | undefined;
}

/** INVARIANT: an answer from outside must not cost more. */
export const mostTimestampBytes = 65_536;
const mostCertificates = 16;
const deepestChain = 6;

const ids = {
  sha256: '2.16.840.1.101.3.4.2.1',
  signedData: '1.2.840.113549.1.7.2',
  timestampInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  extendedKeyUsage: '2.5.29.37',
  timestamping: '1.3.6.1.5.5.7.3.8',
} as const;

/** SHA-1 counts nowhere but where an older attribute names a certificate, which its own key has to prove. */
const digests: Readonly<Record<string, string>> = {
  [ids.sha256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Kind of key, and the digest where the algorithm names one. */
const signatures: Readonly<Record<string, { readonly key: string; readonly digest?: string }>> = {
  '1.2.840.113549.1.1.1': { key: 'rsa' },
  '1.2.840.113549.1.1.11': { key: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', digest: 'sha512' },
  '1.2.840.10045.4.3.2': { key: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', digest: 'sha512' },
};

const hash = (digest: string, bytes: Uint8Array) => createHash(digest).update(bytes).digest();

/** A request over SHA-256 that wants the certificates to come along. */
export function encodeTimestampRequest({ message, nonce, policy }: TimestampAsk): Buffer {
  const algorithm = writeDer(tags.sequence, writeOid(ids.sha256), writeDer(0x05));
  const imprint = writeDer(tags.octets, hash('sha256', message));
  return writeDer(
    tags.sequence,
    writeDer(tags.integer, Buffer.of(1)),
    writeDer(tags.sequence, algorithm, imprint),
    ...(policy === undefined ? [] : [writeOid(policy)]),
    // With a first byte that no reader takes for a sign, and none strips.
    writeDer(tags.integer, Buffer.of(0x01), nonce),
    writeDer(tags.yes, Buffer.of(0xff)),
  );
}

export interface TimestampTrust {
  readonly roots: readonly X509Certificate[];
}

/** The certificates of a PEM file; throws where there is none. */
export function readRoots(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  if (blocks.length === 0) throw malformed('there is no certificate in it');
  return blocks.map((block) => guarded(() => new X509Certificate(block)));
}

/**
 * Reads an answer and checks all of it: that it was granted, what it is over, every signature, and whether the
 * certificate leads to a root at the time that it says. Throws where anything of it does not hold.
 */
export function openTimestamp(
  answer: Uint8Array,
  asked: Pick<TimestampAsk, 'message' | 'policy'> & { readonly nonce?: Uint8Array },
  { roots }: TimestampTrust,
): Timestamp {
  if (answer.length > mostTimestampBytes) throw malformed('the timestamp is too large');
  const { content, info, certificates, signer } = tokenIn(answer);
  checkInfo(info, asked);
  const at = timeOf(info[4]);
  const pool = [...certificates, ...roots];
  const certificate = signerOf(signer, content, pool);
  checkPurpose(certificate);
  if (!isValid(certificate, at)) throw malformed('its certificate was not valid at its time');
  return {
    at,
    by: nameOf(certificate),
    policy: oidOf(info[1]),
    isTrusted: leadsToRoot(certificate, { pool: certificates, roots, at }),
  };
}

interface Token {
  /** What was signed: the bytes of `info`. */
  readonly content: Buffer;
  readonly info: readonly Der[];
  readonly certificates: readonly X509Certificate[];
  readonly signer: readonly Der[];
}

function tokenIn(answer: Uint8Array): Token {
  const [status, token, ...more] = partsOf(readDer(answer));
  const granted = integerOf(partsOf(status)[0]);
  if ((granted !== '00' && granted !== '01') || more.length > 0) {
    throw malformed(`it was not granted (${granted})`);
  }
  const [type, wrapped] = partsOf(token);
  if (oidOf(type) !== ids.signedData) throw malformed('it is no signed data');
  const [, , encapsulated, ...rest] = partsOf(partsOf(wrapped, tags.own)[0]);
  const [contentType, contentPart] = partsOf(encapsulated);
  if (oidOf(contentType) !== ids.timestampInfo) throw malformed('it is no timestamp');
  const content = bodyOf(partsOf(contentPart, tags.own)[0], tags.octets);
  const signers = partsOf(rest.at(-1), tags.set);
  if (signers.length !== 1) throw malformed('it does not have one signer');
  const shown = rest.find(({ tag }) => tag === tags.own);
  const certificates = shown === undefined ? [] : partsOf(shown, tags.own);
  if (certificates.length > mostCertificates) throw malformed('it has too many certificates');
  return {
    content,
    info: partsOf(readDer(content)),
    certificates: certificates.map(({ whole }) => guarded(() => new X509Certificate(whole))),
    signer: partsOf(signers[0]),
  };
}

function checkInfo(
  info: readonly Der[],
  { message, nonce, policy }: Parameters<typeof openTimestamp>[1],
): void {
  const [version, own, imprint] = info;
  const [algorithm, hashed] = partsOf(imprint);
  const digest = digests[oidOf(partsOf(algorithm)[0])];
  if (integerOf(version) !== '01' || digest === undefined) throw malformed('it is of another kind');
  if (!bodyOf(hashed, tags.octets).equals(hash(digest, message))) {
    throw malformed('it is over other bytes');
  }
  if (policy !== undefined && oidOf(own) !== policy) throw malformed('it is by another policy');
  if (nonce === undefined) return;
  // Behind accuracy and order, which are of other kinds.
  const told = info.slice(5).find(({ tag }) => tag === tags.integer);
  const wanted = `01${Buffer.from(nonce).toString('hex')}`;
  if (told === undefined || integerOf(told) !== wanted) {
    throw malformed('it answers another question');
  }
}

/** The certificate that the signed attributes name and whose key signed them, and through them the content. */
function signerOf(
  signer: readonly Der[],
  content: Buffer,
  pool: readonly X509Certificate[],
): X509Certificate {
  const [, , digestAlgorithm, attributes, signatureAlgorithm, signature] = signer;
  const digest = digests[oidOf(partsOf(digestAlgorithm)[0])];
  const algorithm = signatures[oidOf(partsOf(signatureAlgorithm)[0])];
  if (digest === undefined || algorithm === undefined) {
    throw malformed('it is signed by an algorithm that does not count here');
  }
  const named = attributesIn(attributes);
  const isOver =
    oidOf(named.get(ids.contentType)) === ids.timestampInfo &&
    bodyOf(named.get(ids.messageDigest), tags.octets).equals(hash(digest, content));
  if (!isOver) throw malformed('its signature is not over what it says');
  const certificate = namedCertificate(named, pool);
  if (certificate?.publicKey.asymmetricKeyType !== algorithm.key) {
    throw malformed('the certificate that signed it is not there');
  }
  const signed = Buffer.from(attributes?.whole ?? []);
  // As a set they were signed, whatever they stand there as (RFC 5652, 5.4).
  signed[0] = tags.set;
  const value = bodyOf(signature, tags.octets);
  const isSigned = guarded(() =>
    verify(algorithm.digest ?? digest, signed, certificate.publicKey, value),
  );
  if (!isSigned) throw malformed('its signature is wrong');
  return certificate;
}

function attributesIn(attributes: Der | undefined): ReadonlyMap<string, Der> {
  const named = new Map<string, Der>();
  for (const attribute of partsOf(attributes, tags.own)) {
    const [type, values] = partsOf(attribute);
    const [value, ...more] = partsOf(values, tags.set);
    const id = oidOf(type);
    if (value === undefined || more.length > 0 || named.has(id)) {
      throw malformed('it has an attribute twice');
    }
    named.set(id, value);
  }
  return named;
}

function namedCertificate(
  named: ReadonlyMap<string, Der>,
  pool: readonly X509Certificate[],
): X509Certificate | undefined {
  const newer = named.get(ids.signingCertificateV2);
  const [first] = partsOf(partsOf(newer ?? named.get(ids.signingCertificate))[0]);
  const parts = partsOf(first);
  const own = parts.find(({ tag }) => tag === tags.octets);
  const [algorithm] = parts;
  const usual = newer === undefined ? 'sha1' : 'sha256';
  const digest =
    newer === undefined || algorithm?.tag !== tags.sequence
      ? usual
      : digests[oidOf(partsOf(algorithm)[0])];
  if (digest === undefined) throw malformed('it names its certificate by an unknown digest');
  const wanted = bodyOf(own, tags.octets);
  return pool.find(({ raw }) => hash(digest, raw).equals(wanted));
}

/** INVARIANT: a certificate that may do anything else too is no certificate of a timestamp (RFC 3161, 2.3). */
function checkPurpose(certificate: X509Certificate): void {
  const [body] = partsOf(readDer(certificate.raw));
  const extensions = partsOf(body).find(({ tag }) => tag === 0xa3);
  const [list] = partsOf(extensions, 0xa3);
  const usage = partsOf(list).find((one) => oidOf(partsOf(one)[0]) === ids.extendedKeyUsage);
  const [, critical] = usage === undefined ? [] : partsOf(usage);
  const [only, ...more] = certificate.keyUsage ?? [];
  if (critical?.tag === tags.yes && only === ids.timestamping && more.length === 0) return;
  throw malformed('its certificate is not for timestamps alone');
}

interface Chain {
  readonly pool: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
  readonly at: number;
}

/** At the time that the timestamp says: it is asked long after. */
function leadsToRoot(leaf: X509Certificate, { pool, roots, at }: Chain): boolean {
  const valid = (one: X509Certificate) => isValid(one, at);
  let reached: readonly X509Certificate[] = [leaf];
  const left = new Set(pool.filter((one) => one.ca && valid(one)));
  const isRoot = (one: X509Certificate) => roots.some((root) => root.raw.equals(one.raw));
  for (let depth = 0; depth < deepestChain && reached.length > 0; depth += 1) {
    if (reached.some(isRoot)) return true;
    const issued = (by: X509Certificate) => reached.some((one) => isIssued(one, by));
    if (roots.some((root) => valid(root) && root.ca && issued(root))) return true;
    reached = [...left].filter(issued);
    for (const one of reached) left.delete(one);
  }
  return false;
}

function isIssued(one: X509Certificate, by: X509Certificate): boolean {
  return guarded(() => one.checkIssued(by) && one.verify(by.publicKey));
}

function isValid(certificate: X509Certificate, at: number): boolean {
  return certificate.validFromDate.getTime() <= at && at <= certificate.validToDate.getTime();
}

/** Text of a certificate: made safe to be told. */
function nameOf({ subject, serialNumber }: X509Certificate): string {
  const name = /^CN=(.+)$/mu.exec(subject)?.[1] ?? `certificate ${serialNumber}`;
  return name.replace(/[^\x20-\x7e]/gu, '?').slice(0, 200);
}

/** Whatever a library says of bytes that it cannot read is a finding about those bytes. */
function guarded<T>(look: () => T): T {
  try {
    return look();
  } catch {
    throw malformed('a certificate or signature of it cannot be read');
  }
}
