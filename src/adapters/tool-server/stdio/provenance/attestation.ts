import { bundleFromJSON } from '@sigstore/bundle';
import { type PublicKey, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import { type Signer, toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import type { BuilderRule, PinnedTrust } from '#contracts/signers.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { type NamedContent, refused, signed, type Verdict } from './verdict.ts';

const statementType = 'application/vnd.in-toto+json';
const provenanceTypes = ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'];
const publishType = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';

/** So much of each is in a bundle of anybody who means well; checking more costs the loop. */
const mostEntries = 8;
const longestCertificate = 32_768;

interface Attested {
  readonly predicateType: string;
  readonly subjects: readonly JsonObject[];
  readonly signer: Signer;
}

/** A build that an accepted builder says it made of this very content. */
export function judgeBuilder(
  content: NamedContent,
  bundles: readonly JsonObject[],
  trust: PinnedTrust,
  rule: BuilderRule,
): Verdict {
  return judgeAll(content, bundles, trust, {
    types: provenanceTypes,
    missing: 'its registry has no statement of who built it',
    accept: ({ signer }) => {
      const found = builderOf(signer);
      return typeof found === 'string' ? found : judgeIdentity(found, rule);
    },
  });
}

/** The registry's word that it was published, by a pinned key and in the log. */
export function judgePublished(
  content: NamedContent,
  bundles: readonly JsonObject[],
  trust: PinnedTrust,
): Verdict {
  return judgeAll(content, bundles, trust, {
    types: [publishType],
    missing: 'its registry has no statement that it was published',
    accept: ({ signer }) =>
      signer.identity === undefined
        ? signed(`published by ${trust.registryKeys.find(({ key }) => isKey(signer, key))?.keyid}`)
        : 'it is not signed by a key of the registry',
  });
}

interface Wanted {
  readonly types: readonly string[];
  readonly missing: string;
  /** Who signed, or in words why they may not. */
  readonly accept: (attested: Attested) => Verdict | string;
}

/** The first that holds; where none does, why the first of its kind does not. */
function judgeAll(
  content: NamedContent,
  bundles: readonly JsonObject[],
  trust: PinnedTrust,
  wanted: Wanted,
): Verdict {
  const verdicts = bundles
    .filter((bundle) => wanted.types.includes(saidType(bundle)))
    .map((bundle) => judgeOne(content, bundle, trust, wanted));
  return (
    verdicts.find(({ kind }) => kind === 'signed') ??
    verdicts[0] ??
    refused('tools/provenance-missing', wanted.missing)
  );
}

function judgeOne(
  content: NamedContent,
  bundle: JsonObject,
  trust: PinnedTrust,
  { types, accept }: Wanted,
): Verdict {
  let attested: Attested;
  try {
    attested = verifiedStatement(bundle, trust);
  } catch (fault) {
    return refused(
      'tools/provenance-invalid',
      `a statement about it does not verify${said(fault)}`,
    );
  }
  if (!types.includes(attested.predicateType)) {
    return refused('tools/provenance-invalid', 'a statement about it is not what it seemed to be');
  }
  if (!attested.subjects.some((subject) => isOf(subject, content))) {
    return refused('tools/provenance-of-another', 'a statement about it is of other content');
  }
  const accepted = accept(attested);
  return typeof accepted === 'string' ? refused('tools/signer-mismatch', accepted) : accepted;
}

/**
 * INVARIANT: what it says is read from the bytes that were verified. What stands beside them only picks what is
 * looked at.
 */
function verifiedStatement(json: JsonObject, trust: PinnedTrust): Attested {
  assertBounded(json);
  const bundle = bundleFromJSON(json);
  if (bundle.content.$case !== 'dsseEnvelope') throw new TypeError('no envelope');
  const { payload, payloadType } = bundle.content.dsseEnvelope;
  if (payloadType !== statementType) throw new TypeError('no statement');
  const signer = verifierOf(trust).verify(toSignedEntity(bundle));
  return { ...statementIn(payload), signer };
}

function statementIn(payload: Buffer): Omit<Attested, 'signer'> {
  const value: unknown = parseJson(payload);
  const { predicateType, subject } = isJsonObject(value) ? value : {};
  if (typeof predicateType !== 'string' || !Array.isArray(subject)) {
    throw new TypeError('no statement');
  }
  return { predicateType, subjects: subject.filter((one) => isJsonObject(one)) };
}

/** Of the statement itself: the name beside it is anybody's. */
function saidType({ dsseEnvelope }: JsonObject): string {
  const payload = isJsonObject(dsseEnvelope) ? dsseEnvelope['payload'] : undefined;
  if (typeof payload !== 'string') return '';
  try {
    return statementIn(Buffer.from(payload, 'base64')).predicateType;
  } catch {
    return '';
  }
}

function assertBounded({ verificationMaterial }: JsonObject): void {
  const material = isJsonObject(verificationMaterial) ? verificationMaterial : {};
  const { tlogEntries, timestampVerificationData: stamps, certificate } = material;
  const chain = material['x509CertificateChain'];
  const times = isJsonObject(stamps) ? stamps['rfc3161Timestamps'] : [];
  const certificates = isJsonObject(chain) ? chain['certificates'] : [];
  const lists = [tlogEntries, times, certificates].filter((one) => Array.isArray(one));
  if (lists.some(({ length }) => length > mostEntries)) throw new TypeError('too many entries');
  const all = [certificate, ...(Array.isArray(certificates) ? certificates : [])];
  for (const one of all) {
    const bytes = isJsonObject(one) ? one['rawBytes'] : undefined;
    if (typeof bytes === 'string' && bytes.length > longestCertificate) {
      throw new TypeError('too large a certificate');
    }
  }
}

const verifiers = new WeakMap<PinnedTrust, Verifier>();

/** Of each kind of witness at least one: log, certificate log and time. */
function verifierOf(trust: PinnedTrust): Verifier {
  const known = verifiers.get(trust);
  if (known !== undefined) return known;
  const { sigstore, registryKeys } = trust;
  if (sigstore === undefined) throw new TypeError('no trusted root is pinned');
  const keys = Object.fromEntries(registryKeys.map((one) => [one.keyid, keyOf(one)]));
  const material = toTrustMaterial(TrustedRoot.fromJSON(sigstore), keys);
  const made = new Verifier(material, {
    tlogThreshold: 1,
    ctlogThreshold: 1,
    timestampThreshold: 1,
  });
  verifiers.set(trust, made);
  return made;
}

function keyOf({ key, from, until }: PinnedTrust['registryKeys'][number]): PublicKey {
  const start = from === undefined ? undefined : new Date(from);
  const end = until === undefined ? undefined : new Date(until);
  return {
    rawBytes: Buffer.from(key, 'base64'),
    keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
    validFor: { start, end },
  };
}

function isKey({ key }: Signer, base64: string): boolean {
  return key.export({ format: 'der', type: 'spki' }).equals(Buffer.from(base64, 'base64'));
}

/** As npm writes a package and what it has of it. */
function isOf({ name, digest }: JsonObject, content: NamedContent): boolean {
  const sha512 = isJsonObject(digest) ? digest['sha512'] : undefined;
  const hex = Buffer.from(content.integrity.slice('sha512-'.length), 'base64').toString('hex');
  const scoped = content.name.replace(/^@/, '%40');
  return name === `pkg:npm/${scoped}@${content.version}` && sha512 === hex;
}

interface Builder {
  readonly identity: string;
  readonly issuer: string;
  readonly repository: string | undefined;
}

function builderOf({ identity }: Signer): Builder | string {
  const { subjectAlternativeName, extensions } = identity ?? {};
  const issuer = extensions?.issuer;
  if (subjectAlternativeName === undefined || issuer === undefined) {
    return 'it is signed by nobody who has a certificate';
  }
  return { identity: subjectAlternativeName, issuer, repository: repositoryOf(identity) };
}

function judgeIdentity(found: Builder, rule: BuilderRule): Verdict | string {
  const { identity, issuer, repository } = found;
  const prefix = rule.identity.endsWith('*') ? rule.identity.slice(0, -1) : undefined;
  const isWho = prefix === undefined ? identity === rule.identity : identity.startsWith(prefix);
  const isFrom = rule.repository === undefined || rule.repository === repository;
  if (issuer !== rule.issuer || !isWho || !isFrom) {
    return `it was built by ${shown(identity)}, of ${shown(repository ?? 'no repository')}, as ${shown(issuer)} says`;
  }
  return signed(`${identity} by ${issuer}${repository === undefined ? '' : ` of ${repository}`}`);
}

const sourceRepository = '1.3.6.1.4.1.57264.1.12';
const workflowRepository = '1.3.6.1.4.1.57264.1.5';
const github = 'https://token.actions.githubusercontent.com';

/** As the certificate says: the statement is the builder's own word. Older ones name it for GitHub only. */
function repositoryOf(identity: Signer['identity']): string | undefined {
  const valueOf = (oid: string): Buffer | undefined =>
    identity?.oids?.find((one) => one.oid?.id.join('.') === oid)?.value;
  const source = valueOf(sourceRepository);
  if (source !== undefined) return utf8In(source);
  const older = valueOf(workflowRepository);
  return older === undefined || identity?.extensions?.issuer !== github
    ? undefined
    : `https://github.com/${older.toString()}`;
}

/** A DER UTF8String of any short length. */
function utf8In(der: Buffer): string | undefined {
  const [tag, first = 0] = der;
  const head = first === 0x81 ? 3 : 2;
  const length = first === 0x81 ? der[2] : first;
  const isWhole = tag === 0x0c && first <= 0x81 && der.length === head + (length ?? -1);
  return isWhole ? der.subarray(head).toString() : undefined;
}

/** By its code alone: the rest is anybody's text. */
function said(fault: unknown): string {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : '';
  return /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : '';
}

/** Text of a certificate that a trusted authority gave out, or of nobody: made safe to be told. */
function shown(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?').slice(0, 300);
}
