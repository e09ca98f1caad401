import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { frame } from './wire.ts';

describe('a message of the state port', () => {
  it('is as long as its cap, and one byte more is refused before it is sent', () => {
    const around = Buffer.byteLength(frame({ text: '' }));
    const text = 'x'.repeat(limits.statePortMessageBytes - around);
    expect(Buffer.byteLength(frame({ text }))).toBe(limits.statePortMessageBytes);
    expect(() => frame({ text: `${text}x` })).toThrow(
      expect.objectContaining({ code: 'json/too-large' }),
    );
  });
});
