import { describe, expect, it } from 'vitest';
import { idTime, isId, newCapability, newId } from './ids.ts';

describe('ids', () => {
  it('are UUIDs of version 7 that say when they were made', () => {
    for (const now of [0, 1, 1_790_000_000_000, 1_790_000_000_000.9, 2 ** 48 - 1]) {
      const id = newId(now);
      expect(isId(id)).toBe(true);
      expect(idTime(id)).toBe(Math.trunc(now));
    }
  });

  it('differ, also those of one millisecond, in all 74 bits that are free', () => {
    const ids = Array.from({ length: 20_000 }, () => newId(1_790_000_000_000));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isId)).toBe(true);
    // Each free digit takes each of its values.
    for (const at of [15, 16, 17, 20, 21, 22, 24, 29, 35]) {
      expect(new Set(ids.map((id) => id.charAt(at))).size).toBe(16);
    }
    expect(new Set(ids.map((id) => id.charAt(19)))).toEqual(new Set(['8', '9', 'a', 'b']));
  });

  it('share no bytes with the capabilities beside them', () => {
    const hex = (text: string): string => Buffer.from(text, 'base64url').toString('hex');
    for (let turn = 0; turn < 500; turn += 1) {
      const id = newId(0).replaceAll('-', '');
      const capability = hex(newCapability());
      expect(capability).not.toContain(id.slice(-12));
    }
  });
});
