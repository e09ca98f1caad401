import { createHash, sign } from 'node:crypto';
import type { PinnedTrust } from '#contracts/signers.ts';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import { type Identity, type Keys, newAuthority, newKeys, spki } from './authority.ts';

export type { Identity } from './authority.ts';

/** What a statement speaks of. */
export interface Subject {
  readonly name: string;
  readonly version: string;
  /** As npm writes it. */
  readonly integrity: string;
}

/**
 * Authority, logs and registry of a test, with keys of their own, that sign as Sigstore and npm do. What checks
 * them is the real thing.
 */
export interface World {
  readonly trust: PinnedTrust;
  readonly keyid: string;
  /** A build by whoever the certificate names. */
  build(subject: Subject, by: Identity): JsonObject;
  /** The registry's word that it was published. */
  publish(subject: Subject): JsonObject;
  /** The registry's signature over the package. */
  sign(subject: Subject): { readonly keyid: string; readonly sig: string };
}

export function newWorld(at: number): World {
  const authority = newAuthority(at);
  const log = newKeys();
  const registry = newKeys();
  const keyid = `SHA256:${sha256(spki(registry.publicKey)).toString('base64').slice(0, 43)}`;
  const logged = { log, at };
  return {
    keyid,
    trust: {
      sigstore: rootOf(authority.root, log, authority.certificateLog, at),
      registryKeys: [{ keyid, key: spki(registry.publicKey).toString('base64') }],
    },
    build(subject, by) {
      const builder = newKeys();
      const certificate = authority.certify(builder.publicKey, by, at);
      const statement = statementOf(subject, 'https://slsa.dev/provenance/v1');
      const chain = { certificates: [{ rawBytes: certificate.toString('base64') }] };
      return bundle(statement, builder, { x509CertificateChain: chain }, logged);
    },
    publish(subject) {
      const statement = statementOf(subject, publishType);
      return bundle(statement, registry, { publicKey: { hint: keyid } }, logged);
    },
    sign({ name, version, integrity }) {
      const bytes = Buffer.from(`${name}@${version}:${integrity}`);
      return { keyid, sig: sign('sha256', bytes, registry.privateKey).toString('base64') };
    },
  };
}

/** As an npm registry answers for attestations. */
export function attestations(bundles: readonly JsonObject[]): JsonObject {
  return { attestations: bundles.map((one) => ({ predicateType: 'said', bundle: one })) };
}

const publishType = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

function statementOf({ name, version, integrity }: Subject, predicateType: string): Buffer {
  const sha512 = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  const subject = [{ name: `pkg:npm/${name.replace('@', '%40')}@${version}`, digest: { sha512 } }];
  const type = 'https://in-toto.io/Statement/v1';
  return Buffer.from(canonicalText({ _type: type, subject, predicateType, predicate: {} }));
}

function bundle(
  payload: Buffer,
  signer: Keys,
  material: JsonObject,
  { log, at }: { readonly log: Keys; readonly at: number },
): JsonObject {
  const payloadType = 'application/vnd.in-toto+json';
  const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const bytes = Buffer.concat([Buffer.from(signed), payload]);
  const sig = sign('sha256', bytes, signer.privateKey).toString('base64');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: { ...material, tlogEntries: [entryOf(payload, sig, log, at)] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig, keyid: '' }],
    },
  };
}

function entryOf(payload: Buffer, sig: string, log: Keys, at: number): JsonObject {
  const content = {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
      signatures: [{ signature: sig, verifier: '' }],
    },
  };
  const body = Buffer.from(canonicalText(content)).toString('base64');
  const integratedTime = Math.floor(at / 1_000);
  const id = sha256(spki(log.publicKey));
  const logIndex = 7;
  const promised = canonicalText({ body, integratedTime, logIndex, logID: id.toString('hex') });
  const promise = sign('sha256', Buffer.from(promised), log.privateKey).toString('base64');
  return {
    logIndex: String(logIndex),
    logId: { keyId: id.toString('base64') },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: promise },
    canonicalizedBody: body,
  };
}

function rootOf(root: Buffer, log: Keys, certificateLog: Keys, at: number): JsonObject {
  const from = new Date(at - 86_400_000).toISOString();
  const logOf = ({ publicKey }: Keys, baseUrl: string) => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: spki(publicKey).toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: from },
    },
    logId: { keyId: sha256(spki(publicKey)).toString('base64') },
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf(log, 'https://log.example')],
    certificateAuthorities: [
      {
        subject: { organization: 'tests', commonName: 'an authority of tests' },
        uri: 'https://authority.example',
        certChain: { certificates: [{ rawBytes: root.toString('base64') }] },
        validFor: { start: from },
      },
    ],
    ctlogs: [logOf(certificateLog, 'https://certificates.example')],
    timestampAuthorities: [],
  };
}
