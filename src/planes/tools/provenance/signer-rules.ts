import { createPublicKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { PinnedTrust, SignerRule } from '#contracts/signers.ts';
import type { JsonObject } from '#kernel/json/value.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]{16,8192}={0,2}$/, 'write base64');
const plain = z
  .string()
  .max(1_024)
  .regex(/^[\x21-\x7e]+$/, 'use printable ASCII without spaces');
const exact = plain.refine((text) => !text.includes('*'), 'is compared exactly: no `*`');
const moment = z.iso.datetime({ offset: true });

const signerSpec = z
  .strictObject({
    for: z
      .string()
      .max(2_048)
      .regex(/^npm:[^*]*\*?$/, 'write `npm:…`; a `*` stands at the end'),
    builder: z
      .strictObject({
        issuer: exact,
        identity: plain.refine(isTight, 'let a `*` stand at the end, behind a `/` or a whole `…@`'),
        repository: exact.optional(),
      })
      .optional(),
    registry: z.enum(['signature', 'attestation']).optional(),
  })
  .refine(
    ({ builder, registry }) => (builder ?? registry) !== undefined,
    'give `builder`, `registry` or both',
  );

/** INVARIANT: read when the document loads: a key that nobody can read would be found when a server starts. */
const publicKey = base64.refine(isPublicKey, 'is no public key that can be read (DER)');
const spkiKey = base64.refine(isSpki, 'is no public key that can be read (DER, as SPKI)');
const certificate = base64.refine(isCertificate, 'is no certificate that can be read (DER)');
const withKey = z.looseObject({ publicKey: z.looseObject({ rawBytes: publicKey }) });
/** What the library needs to find; the rest of it is read there. */
const sigstoreSpec = z.looseObject({
  tlogs: z.array(withKey).min(1).max(64),
  ctlogs: z.array(withKey).min(1).max(64),
  certificateAuthorities: z
    .array(
      z.looseObject({
        certChain: z.looseObject({
          certificates: z.array(z.looseObject({ rawBytes: certificate })).min(1),
        }),
      }),
    )
    .min(1)
    .max(64),
  timestampAuthorities: z.array(z.looseObject({})).max(64).optional(),
});

const trustSpec = z.strictObject({
  sigstore: sigstoreSpec.optional(),
  registryKeys: z
    .array(
      z.strictObject({
        keyid: exact,
        key: spkiKey,
        from: moment.optional(),
        until: moment.optional(),
      }),
    )
    .max(64)
    .default([]),
});

function isPublicKey(text: string): boolean {
  return isSpki(text) || isKeyAs('pkcs1', text);
}

function isSpki(text: string): boolean {
  return isKeyAs('spki', text);
}

function isKeyAs(type: 'spki' | 'pkcs1', text: string): boolean {
  try {
    const der = Buffer.from(text, 'base64');
    return createPublicKey({ key: der, format: 'der', type }).type === 'public';
  } catch {
    return false;
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(Buffer.from(text, 'base64')).raw.length > 0;
  } catch {
    return false;
  }
}

export const signersSpec = z.array(signerSpec).max(1_000).default([]);
export const trustOfSigners = trustSpec.default({ registryKeys: [] });

/** What the rules need and the trust does not have. */
export function trustMissing(
  rules: z.infer<typeof signersSpec>,
  { sigstore, registryKeys }: z.infer<typeof trustSpec>,
): string | undefined {
  const wantsRoot = rules.some(({ builder, registry }) => builder ?? registry === 'attestation');
  if (wantsRoot && sigstore === undefined) return '`trust.sigstore` is needed: a trusted root';
  return rules.some(({ registry }) => registry !== undefined) && registryKeys.length === 0
    ? '`trust.registryKeys` is needed: the keys of the package registry'
    : undefined;
}

export function trustOf({ sigstore, registryKeys }: z.infer<typeof trustSpec>): PinnedTrust {
  return {
    ...(sigstore === undefined ? {} : { sigstore: sigstore as JsonObject }),
    registryKeys: registryKeys.map(({ keyid, key, from, until }) => ({
      keyid,
      key,
      ...(from === undefined ? {} : { from: Date.parse(from) }),
      ...(until === undefined ? {} : { until: Date.parse(until) }),
    })),
  };
}

export function rulesOf(rules: z.infer<typeof signersSpec>): readonly SignerRule[] {
  return rules.map(({ for: source, builder, registry }) => ({
    for: source,
    ...(builder === undefined
      ? {}
      : {
          builder: {
            issuer: builder.issuer,
            identity: builder.identity,
            ...(builder.repository === undefined ? {} : { repository: builder.repository }),
          },
        }),
    ...(registry === undefined ? {} : { registry }),
  }));
}

/** A prefix that ends in the middle of a name would also be the beginning of somebody else's. */
function isTight(identity: string): boolean {
  const [head = '', ...rest] = identity.split('*');
  if (rest.length === 0) return true;
  const isAtEnd = rest.length === 1 && rest[0] === '';
  const pathOfHost = /^https:\/\/[^/]+\/.+/.test(head);
  return isAtEnd && pathOfHost && (head.endsWith('/') || /@./.test(head));
}

/** The rules of the most exact `for` that covers a source; several of the same are each enough. */
export function closestRules(
  rules: readonly SignerRule[],
  source: string,
  covers: (pattern: string, name: string) => boolean,
): readonly SignerRule[] {
  const covering = rules.filter((rule) => covers(rule.for, source));
  const closest = Math.max(...covering.map((rule) => exactness(rule.for)));
  return covering.filter((rule) => exactness(rule.for) === closest);
}

function exactness(pattern: string): number {
  return pattern.endsWith('*') ? pattern.length - 1 : Infinity;
}
