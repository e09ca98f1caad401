import { array, assert, boolean, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGrowing } from './growing.ts';

/** A piece with memory of its own, or a part of a larger one. */
function pieceOf(bytes: Uint8Array, isPart: boolean): Buffer {
  const behind = Buffer.alloc(bytes.length + (isPart ? 4 * bytes.length + 100 : 0));
  behind.set(bytes);
  return behind.subarray(0, bytes.length);
}

describe('bytes that arrive in pieces', () => {
  it('are what arrived, in whatever pieces, and nothing that was given is written into', () => {
    const pieces = array(array(uint8Array({ maxLength: 40 }), { maxLength: 6 }), { maxLength: 4 });
    assert(
      property(pieces, boolean(), boolean(), (messages, isPart, endsInByte) => {
        const growing = createGrowing();
        for (const message of messages) {
          const given = message.map((bytes) => pieceOf(bytes, isPart));
          for (const piece of given) growing.add(piece);
          if (endsInByte) growing.addByte(10);
          const expected = Buffer.concat([...message, ...(endsInByte ? [Buffer.from([10])] : [])]);
          expect(growing.length).toBe(expected.length);
          expect(growing.take().equals(expected)).toBe(true);
          expect(growing.length).toBe(0);
          expect(given.map((piece) => [...piece])).toEqual(message.map((bytes) => [...bytes]));
        }
      }),
    );
  });

  it('are kept as they came when they came at once, and copied out of what is much larger', () => {
    const growing = createGrowing();
    const whole = Buffer.alloc(5_000);
    growing.add(whole);
    expect(growing.take().buffer).toBe(whole.buffer);
    const part = Buffer.alloc(65_536).subarray(0, 10);
    growing.add(part);
    expect(growing.take().buffer).not.toBe(part.buffer);
  });
});
