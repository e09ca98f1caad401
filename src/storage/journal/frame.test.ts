import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalFrame } from '#contracts/journal.ts';
import { bindFrame, encodeFrame, frameMagic, frameSize, isBound, parseFrame } from './frame.ts';

const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
const frame: fc.Arbitrary<JournalFrame> = fc.record({
  kind: fc.constantFrom('leaf', 'payload'),
  tenant: name,
  retention: name,
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});
const u32 = fc.nat(0xffff_ffff);

/** The same frame as the head of `frame.ts` says it, without any of its code. */
function slowly(
  given: JournalFrame,
  place: { seed: number; offset: number; batch: number },
): Buffer {
  const body = Buffer.concat([Buffer.from(given.tenant + given.retention), given.bytes]);
  const header = Buffer.alloc(28);
  header.writeUInt32LE(frameMagic, 0);
  header[4] = given.kind === 'leaf' ? 1 : 2;
  header[5] = 1;
  header.writeUInt16LE(given.tenant.length, 6);
  header.writeUInt16LE(given.retention.length, 8);
  header.writeUInt32LE(given.bytes.length, 12);
  header.writeUInt32LE(crc32(body), 16);
  header.writeUInt32LE(place.offset, 20);
  header.writeUInt32LE(place.batch, 24);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(header, place.seed));
  const pad = Buffer.alloc((8 - ((32 + body.length) % 8)) % 8);
  return Buffer.concat([header, sum, body, pad]);
}

describe('a frame of the journal', () => {
  it('has the bytes that its description gives, in a buffer that was used before', () => {
    const place = fc.record({ seed: u32, offset: u32, batch: u32 });
    fc.assert(
      fc.property(frame, place, fc.nat(255), fc.nat(40), (given, at, rest, before) => {
        const start = before * 8;
        const target = Buffer.alloc(start + frameSize(given) + 16, rest);
        expect(encodeFrame(target, start, given, 1)).toBe(start + frameSize(given));
        expect(bindFrame(target, start, at)).toBe(start + frameSize(given));
        const written = target.subarray(start, start + frameSize(given));
        expect(written).toEqual(slowly(given, at));
        expect(isBound(written, 0, at)).toBe(true);
        expect(isBound(written, 0, { ...at, seed: (at.seed ^ 1) >>> 0 })).toBe(false);
        const { kind, tenant, retention, bytes } = given;
        const parsed = parseFrame(written, 0, 0);
        expect(parsed).toMatchObject({ kind, tenant, retention, batch: at.batch });
        expect(Buffer.from(parsed?.bytes ?? [])).toEqual(Buffer.from(bytes));
        expect(target.subarray(start + frameSize(given))).toEqual(Buffer.alloc(16, rest));
      }),
      { numRuns: 500 },
    );
  });
});
