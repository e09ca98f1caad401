import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commitment,
  sha256Base64url,
  sha256Bytes,
  sha256Hex,
  timingSafeEqualText,
} from './digest.ts';

describe('digests', () => {
  it('knows the digest of `abc`', () => {
    const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256Hex('abc')).toBe(known);
    expect(sha256Bytes(Buffer.from('abc')).toString('hex')).toBe(known);
    expect(Buffer.from(sha256Base64url('abc'), 'base64url').toString('hex')).toBe(known);
  });

  it('commits to the bytes under a salt', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes, (salt, data) => {
        const inner = createHash('sha256').update(data).digest();
        const outer = createHash('sha256').update(salt).update(inner).digest('hex');
        expect(commitment(salt, data)).toBe(outer);
      }),
    );
    expect(commitment(Buffer.alloc(16, 1), 'x')).not.toBe(commitment(Buffer.alloc(16, 2), 'x'));
  });

  it('compares texts of any length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        fc.pre(a.isWellFormed() && b.isWellFormed());
        return timingSafeEqualText(a, b) === (a === b) && timingSafeEqualText(a, a);
      }),
    );
  });
});
