import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PinnedTrust, SignerRule } from '#contracts/signers.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { newWorld, type Subject } from '../../../../../test/fakes/signing/index.ts';
import type { Evidence } from './evidence.ts';
import { judgeSigners } from './judge.ts';

const at = Date.parse('2026-03-01T10:00:00Z');
const world = newWorld(at);
const foreign = newWorld(at);

const integrityOf = (text: string) =>
  `sha512-${createHash('sha512').update(text).digest('base64')}`;
const subject: Subject = {
  name: '@scope/server',
  version: '1.2.3',
  integrity: integrityOf('the package'),
};
const issuer = 'https://token.actions.githubusercontent.com';
const repository = 'https://github.com/scope/server';
const identity = `${repository}/.github/workflows/release.yml@refs/tags/v1.2.3`;
const builder = { issuer, identity, repository };
const byBuilder: SignerRule = { for: 'npm:@scope/*', builder };
const bySignature: SignerRule = { for: 'npm:*', registry: 'signature' };
const byWord: SignerRule = { for: 'npm:*', registry: 'attestation' };
const good = world.build(subject, builder);

async function judged(
  evidence: Partial<Evidence>,
  rule: SignerRule | readonly SignerRule[] = byBuilder,
  trust: PinnedTrust = world.trust,
  now = at,
): Promise<string> {
  const rules = [rule].flat();
  const whole = { signatures: [], bundles: [], ...evidence };
  const verdict = await judgeSigners(subject, whole, [{ document: 'r', rules, trust }], now);
  return verdict.kind === 'signed' ? verdict.by : verdict.code;
}

const built = (...bundles: readonly JsonObject[]) => judged({ bundles });

/** As much of a bundle, and of a root, as is changed here. */
interface Shape {
  mediaType: string;
  verificationMaterial: {
    tlogEntries: Partial<Record<string, unknown>>[];
    x509CertificateChain: { certificates: { rawBytes: string }[] };
  };
  dsseEnvelope: { payload: string; signatures: { sig: string }[] };
  certificateAuthorities: { validFor: { end: string } }[];
}

/** The same bundle with something else in one place. */
function tampered(bundle: JsonObject, change: (copy: Shape) => void): JsonObject {
  const copy = structuredClone(bundle);
  change(copy as unknown as Shape);
  return copy;
}

describe('a package of a builder', () => {
  it('is believed by the pinned root, the identity, its issuer and the repository [TOL-25]', async () => {
    expect(await built(good)).toBe(`${identity} by ${issuer} of ${repository}`);
    const prefix = `${repository}/.github/workflows/release.yml@refs/tags/*`;
    const byPrefix = { ...byBuilder, builder: { ...builder, identity: prefix } };
    expect(await judged({ bundles: [good] }, byPrefix)).toContain(identity);
    // The certificate lived ten minutes: what counts is when the log saw it.
    expect(await judged({ bundles: [good] }, byBuilder, world.trust, at + 3e11)).toContain(
      identity,
    );
  });

  it.each([
    [
      'another workflow',
      { identity: `${repository}/.github/workflows/other.yml@refs/tags/v1.2.3` },
    ],
    ['another branch', { identity: `${repository}/.github/workflows/release.yml@refs/heads/x` }],
    ['what begins like it', { identity: `${identity}0` }],
    ['another issuer', { issuer: `${issuer}.evil.example` }],
    ['another repository, by the same workflow', { repository: 'https://github.com/evil/fork' }],
  ])('is refused when it was built by %s [TOL-25]', async (_, other) => {
    const theirs = world.build(subject, { ...builder, ...other });
    expect(await built(theirs)).toBe('tools/signer-mismatch');
  });

  it('is refused where nobody says which repository it was built of, and the rule names one', async () => {
    const silent = world.build(subject, { issuer, identity });
    expect(await built(silent)).toBe('tools/signer-mismatch');
    const any = { ...byBuilder, builder: { issuer, identity } };
    expect(await judged({ bundles: [silent] }, any)).toContain(identity);
  });

  it.each([
    ['another package', { name: '@scope/other' }],
    ['a package without the scope', { name: 'server' }],
    ['another version', { version: '1.2.4' }],
    ['another content', { integrity: integrityOf('something else') }],
  ])('is refused when the statement is of %s [TOL-25]', async (_, other) => {
    expect(await built(world.build({ ...subject, ...other }, builder))).toBe(
      'tools/provenance-of-another',
    );
  });

  it('is refused when the root is a foreign one, or was not in force when it was built [TOL-25]', async () => {
    expect(await built(foreign.build(subject, builder))).toBe('tools/provenance-invalid');
    const sigstore = tampered(world.trust.sigstore ?? {}, (root) => {
      for (const one of root.certificateAuthorities) {
        one.validFor.end = new Date(at - 1_000).toISOString();
      }
    });
    expect(await judged({ bundles: [good] }, byBuilder, { ...world.trust, sigstore })).toBe(
      'tools/provenance-invalid',
    );
  });

  it('is refused when anything of the bundle is not what was signed [TOL-25]', async () => {
    const theirs = foreign.build(subject, builder) as unknown as Shape;
    const changes: readonly [string, (copy: Shape) => void][] = [
      ['the payload', ({ dsseEnvelope: one }) => (one.payload = payloadOf(one, 'evil'))],
      [
        'the signature',
        ({ dsseEnvelope }) => (dsseEnvelope.signatures = [{ sig: 'MAYCAQECAQE=' }]),
      ],
      ['the certificate', (copy) => (chainOf(copy).certificates = chainOf(theirs).certificates)],
      ['the promise of the log', (copy) => (firstOf(copy)['inclusionPromise'] = undefined)],
      [
        'what the log saw',
        (copy) => (firstOf(copy)['canonicalizedBody'] = firstOf(theirs)['canonicalizedBody']),
      ],
      ['when the log saw it', (copy) => (firstOf(copy)['integratedTime'] = '1772359201')],
      ['the log', (copy) => (firstOf(copy)['logId'] = firstOf(theirs)['logId'])],
      ['all entries', (copy) => (copy.verificationMaterial.tlogEntries = [])],
      ['one entry too often', (copy) => repeat(copy.verificationMaterial.tlogEntries)],
      ['very many entries', (copy) => repeat(copy.verificationMaterial.tlogEntries, 9)],
      [
        'a huge certificate',
        (copy) => (chainOf(copy).certificates = [{ rawBytes: 'A'.repeat(40_000) }]),
      ],
      ['its form', (copy) => (copy.mediaType = 'text/plain')],
    ];
    const verdicts = changes.map(async ([what, change]) => [
      what,
      await built(tampered(good, change)),
    ]);
    expect(await Promise.all(verdicts)).toEqual(
      changes.map(([what]) => [what, 'tools/provenance-invalid']),
    );
  });

  it('is refused when there is nothing, or only what is something else', async () => {
    expect(await built()).toBe('tools/provenance-missing');
    expect(await built({}, { dsseEnvelope: { payload: '!' } }, { dsseEnvelope: [] })).toBe(
      'tools/provenance-missing',
    );
    expect(await built(world.publish(subject))).toBe('tools/provenance-missing');
    // Signed, but not by anybody who has a certificate.
    const { verificationMaterial } = world.publish(subject);
    expect(await built({ ...good, verificationMaterial: verificationMaterial ?? {} })).toBe(
      'tools/provenance-invalid',
    );
  });

  it('is believed where one of several statements holds, whatever stands before it', async () => {
    expect(await built(foreign.build(subject, builder), good)).toContain(identity);
  });
});

describe('a package of a registry', () => {
  const signatures = [world.sign(subject)];

  it('is believed by its signature over what is pinned, by a pinned key in its time [TOL-25]', async () => {
    expect(await judged({ signatures }, bySignature)).toBe(`registry key ${world.keyid}`);
    expect(await judged({}, bySignature)).toBe('tools/provenance-missing');
    expect(await judged({ signatures }, bySignature, foreign.trust)).toBe('tools/signer-mismatch');
    const other = world.sign({ ...subject, integrity: integrityOf('something else') });
    expect(await judged({ signatures: [other] }, bySignature)).toBe('tools/provenance-invalid');
    const forged = [{ ...foreign.sign(subject), keyid: world.keyid }];
    expect(await judged({ signatures: forged }, bySignature)).toBe('tools/provenance-invalid');
    expect(await judged({ signatures: [{ keyid: world.keyid, sig: '?' }] }, bySignature)).toBe(
      'tools/provenance-invalid',
    );
  });

  it.each([
    [{ until: at + 1 }, at, 'registry key'],
    [{ until: at }, at, 'tools/signer-mismatch'],
    [{ from: at + 1 }, at, 'tools/signer-mismatch'],
    [{ from: at }, at, 'registry key'],
  ])('counts a key with %j only in its time', async (times, now, expected) => {
    const registryKeys = world.trust.registryKeys.map((key) => ({ ...key, ...times }));
    const trust = { ...world.trust, registryKeys };
    expect(await judged({ signatures }, bySignature, trust, now)).toContain(expected);
  });

  it('is believed by its word that it was published, which the log saw in the time of the key [TOL-25]', async () => {
    const bundles = [good, world.publish(subject)];
    expect(await judged({ bundles }, byWord)).toBe(`published by ${world.keyid}`);
    expect(await judged({ bundles: [good] }, byWord)).toBe('tools/provenance-missing');
    expect(await judged({ bundles: [foreign.publish(subject)] }, byWord)).toBe(
      'tools/provenance-invalid',
    );
    const registryKeys = world.trust.registryKeys.map((key) => ({ ...key, until: at - 1 }));
    expect(await judged({ bundles }, byWord, { ...world.trust, registryKeys })).toBe(
      'tools/provenance-invalid',
    );
  });
});

describe('rules', () => {
  const signatures = [world.sign(subject)];

  it('want all that they name, and of several one', async () => {
    const both: SignerRule = { ...byBuilder, registry: 'signature' };
    expect(await judged({ bundles: [good], signatures }, both)).toContain(', ');
    expect(await judged({ bundles: [good] }, both)).toBe('tools/provenance-missing');
    expect(await judged({ signatures }, both)).toBe('tools/provenance-missing');
    expect(await judged({ signatures }, [byBuilder, bySignature])).toContain('registry key');
    expect(await judged({ bundles: [good] }, [])).toBe('tools/provenance-missing');
  });

  it('hold by every document, each by its own trust [TOL-25]', async () => {
    const evidence = { bundles: [good], signatures };
    const ours = { document: 'a', rules: [byBuilder], trust: world.trust };
    const theirs = { document: 'b', rules: [bySignature], trust: foreign.trust };
    expect((await judgeSigners(subject, evidence, [ours], at)).kind).toBe('signed');
    expect(await judgeSigners(subject, evidence, [ours, theirs], at)).toMatchObject({
      code: 'tools/signer-mismatch',
    });
  });
});

const firstOf = (copy: Shape) => copy.verificationMaterial.tlogEntries[0] ?? {};
const chainOf = (copy: Shape) => copy.verificationMaterial.x509CertificateChain;

function repeat(list: unknown[], times = 1): void {
  for (let at = 0; at < times; at += 1) list.push(structuredClone(list[0]));
}

function payloadOf({ payload }: { payload: string }, word: string): string {
  const statement = JSON.parse(Buffer.from(payload, 'base64').toString());
  return Buffer.from(JSON.stringify({ ...statement, predicate: { word } })).toString('base64');
}
