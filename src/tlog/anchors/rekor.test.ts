import { createHash, createPublicKey } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { newRekor } from '../../../test/fakes/rekor/index.ts';
import { logVkey, parseVkey } from '../note.ts';
import { encodeRekorRequest, openRekorEntry } from './rekor.ts';

const message = Buffer.from('audit.example/main/standard/gw-1\n7\nroot\n');
const rekor = newRekor('rekor.example');
for (let at = 0; at < 30; at += 1) rekor.add(encodeRekorRequest(Buffer.from(`other ${at}`)));
const answer = rekor.add(encodeRekorRequest(message));
const logs = [parseVkey(rekor.vkey)];

describe('an entry of Rekor v2', () => {
  it('is told, with its place in the log that is pinned [SYS-041]', () => {
    expect(openRekorEntry(answer, message, logs)).toEqual({
      log: 'rekor.example',
      index: 30,
      isTrusted: true,
    });
  });

  it('is accepted by the code of Sigstore as well, and refused over other bytes [SYS-041]', () => {
    const judge = (bytes: Buffer) => () => sigstore(answer, bytes);
    expect(judge(message)).not.toThrow();
    expect(judge(Buffer.from('other'))).toThrow();
  });

  it('is over these bytes, and of the log whose key is pinned, alone', () => {
    expect(() => openRekorEntry(answer, Buffer.from('other'), logs)).toThrow('other bytes');
    const stranger = parseVkey(logVkey('rekor.example', makeSigner().publicKey));
    expect(openRekorEntry(answer, message, [stranger]).isTrusted).toBe(false);
  });

  it('is refused, or says the same, whichever byte of it is changed [SYS-041]', () => {
    const honest = openRekorEntry(answer, message, logs);
    let refused = 0;
    for (let at = 0; at < answer.length; at += 1) {
      const edited = Buffer.from(answer);
      edited[at] = (edited[at] ?? 0) ^ (1 << (at % 7));
      try {
        const told = openRekorEntry(edited, message, logs);
        if (told.isTrusted) expect(told).toEqual(honest);
        else refused += 1;
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'audit/proof-invalid' });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(answer.length * 0.9);
  });
});

/** As a client of Sigstore verifies what is in a bundle. */
function sigstore(bytes: Buffer, over: Buffer): void {
  const entry = parseJson(bytes);
  const text = isJsonObject(entry) ? entry['canonicalizedBody'] : undefined;
  if (!isJsonObject(entry) || typeof text !== 'string') throw new Error('no entry');
  const body = parseJson(Buffer.from(text, 'base64'));
  const { hashedRekordV002: spec } = (body as unknown as { spec: { hashedRekordV002: Spec } }).spec;
  const id = createHash('sha256').update(Buffer.from(rekor.vkey)).digest();
  rekor.vkey
    .split('+')[1]
    ?.match(/../gu)
    ?.forEach((hex, at) => (id[at] = Number.parseInt(hex, 16)));
  const keyId = id.toString('base64');
  const raw = Buffer.from(rekor.vkey.split('+').slice(2).join('+'), 'base64').subarray(1);
  const ed25519 = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const from = { start: '2020-01-01T00:00:00Z' };
  const tlog = { baseUrl: 'https://rekor.example', hashAlgorithm: 'SHA2_256', logId: { keyId } };
  const publicKey = {
    rawBytes: ed25519.toString('base64'),
    keyDetails: 'PKIX_ED25519',
    validFor: from,
  };
  const root = TrustedRoot.fromJSON({ tlogs: [{ ...tlog, publicKey }] });
  const signer = Buffer.from(spec.signature.verifier.publicKey.rawBytes, 'base64');
  createPublicKey({ key: signer, format: 'der', type: 'spki' });
  const keyDetails = PublicKeyDetails.PKIX_ECDSA_P256_SHA_256;
  const validFor = { start: new Date(0), end: undefined };
  const trust = toTrustMaterial(root, { own: { rawBytes: signer, keyDetails, validFor } });
  const bundle = bundleFromJSON({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: 'own' },
      tlogEntries: [{ ...entry, logId: { keyId }, integratedTime: '0' }],
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: spec.data.digest },
      signature: spec.signature.content,
    },
  });
  const verifier = new Verifier(trust, {
    tlogThreshold: 1,
    ctlogThreshold: 0,
    timestampThreshold: 0,
  });
  verifier.verify(toSignedEntity(bundle, over));
}

interface Spec {
  readonly data: { readonly digest: string };
  readonly signature: {
    readonly content: string;
    readonly verifier: { readonly publicKey: { readonly rawBytes: string } };
  };
}

it('asks as is documented: a digest, a signature, a key, and nothing of what it is over', () => {
  const asked = parseJson(Buffer.from(encodeRekorRequest(message))) as JsonObject;
  const text = canonicalText(asked);
  expect(Object.keys(asked)).toEqual(['hashedRekordRequestV002']);
  expect(text).not.toContain('audit.example');
  expect(encodeRekorRequest(message)).not.toBe(text);
});
