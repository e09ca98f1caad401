import { generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { compactVerify, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateInstanceKey } from '../../../sdk/index.ts';
import { signJws } from '../../../sdk/key.ts';
import { importPublicJwk } from './jwk.ts';
import { parseJws, verifySignature } from './jws.ts';

const keys = [generateInstanceKey('ES256'), generateInstanceKey('EdDSA')];

describe('signatures', () => {
  it('are judged as another implementation judges them', async () => {
    const flip = fc.option(fc.tuple(fc.nat({ max: 63 }), fc.integer({ min: 1, max: 255 })));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.string(), flip, async (key, text, change) => {
        const token = signJws(key, {}, { text: Buffer.from(text).toString('hex') });
        const [head = '', body = '', tail = ''] = token.split('.');
        const bytes = Buffer.from(tail, 'base64url');
        if (change !== null) bytes[change[0]] = (bytes[change[0]] ?? 0) ^ change[1];
        const changed = `${head}.${body}.${bytes.toString('base64url')}`;
        const jws = parseJws(changed);
        const own = importPublicJwk(key.jwk);
        if (jws === undefined || own === undefined) throw new Error('the token must be readable');
        const other = await compactVerify(changed, await importJWK(key.jwk, key.algorithm)).then(
          () => true,
          () => false,
        );
        expect(verifySignature(jws.compact, own.key, own.algorithm)).toBe(other);
        expect(other).toBe(change === null);
      }),
      { numRuns: 200 },
    );
  });

  it('with short and long numbers are re-coded rightly', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const lengths = new Set<number>();
    for (let n = 0; n < 600; n += 1) {
      const signed = `a.${n}`;
      const raw = sign('sha256', Buffer.from(signed), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      lengths.add(sign('sha256', Buffer.from(signed), privateKey).length);
      const signature = raw.toString('base64url');
      const compact = { header: 'a', claims: `${n}`, signed, signature };
      expect(verifySignature(compact, publicKey, 'ES256')).toBe(true);
    }
    expect(lengths.size).toBeGreaterThan(2);
  });

  it('that are longer, shorter or empty are none', () => {
    for (const key of keys) {
      const jws = parseJws(signJws(key, {}, {}));
      const own = importPublicJwk(key.jwk);
      if (jws === undefined || own === undefined) throw new Error('the token must be readable');
      const bytes = Buffer.from(jws.compact.signature, 'base64url');
      const zeroes = Buffer.alloc(64);
      const others = [Buffer.concat([bytes, Buffer.from([0])]), bytes.subarray(1), zeroes];
      for (const other of [...others, Buffer.alloc(0)]) {
        const signature = other.toString('base64url');
        expect(verifySignature({ ...jws.compact, signature }, own.key, own.algorithm)).toBe(false);
      }
    }
  });
});

describe('public keys', () => {
  it('have one thumbprint, whatever stands beside them', () => {
    for (const key of keys) {
      const jwk = { use: 'sig', kid: 'x', ...key.jwk };
      expect(importPublicJwk(jwk)?.thumbprint).toBe(key.thumbprint);
      expect(importPublicJwk(jwk)?.jwk).toEqual(key.jwk);
    }
  });

  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ])('of small order are none: %s, with either sign', (hex) => {
    for (const sign of [0, 0x80]) {
      const point = Buffer.from(hex, 'hex');
      point[31] = (point[31] ?? 0) | sign;
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') };
      expect(importPublicJwk(jwk)).toBeUndefined();
    }
  });

  it('that are not on the curve or not of its size are none', () => {
    const [ec, ed] = keys;
    const x = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64url');
    for (const size of [0, 31, 33]) {
      expect(importPublicJwk({ ...ed?.jwk, x: x(size) })).toBeUndefined();
      expect(importPublicJwk({ ...ec?.jwk, x: x(size) })).toBeUndefined();
      expect(importPublicJwk({ ...ec?.jwk, y: x(size) })).toBeUndefined();
    }
    expect(importPublicJwk({ ...ec?.jwk, x: x(32) })).toBeUndefined();
    const padded = Buffer.concat([Buffer.from([0]), Buffer.from(ec?.jwk['x'] ?? '', 'base64url')]);
    expect(importPublicJwk({ ...ec?.jwk, x: padded.toString('base64url') })).toBeUndefined();
  });

  it.each([undefined, null, 'x', [], 7, {}])('are not %o', (value) => {
    expect(importPublicJwk(value)).toBeUndefined();
  });
});
