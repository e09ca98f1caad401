import { describe, expect, it } from 'vitest';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { createBodyDoor } from './body-door.ts';

const presented = {
  authorization: 'Bearer t',
  dpop: undefined,
  method: 'POST',
  url: '',
  clientCertificate: undefined,
  ambiguous: false,
};
const large = { 'content-length': `${limits.strangersBodyBytes + 1}` };
const small = { 'content-length': `${limits.strangersBodyBytes}` };

function from(source: string) {
  return { presented, source };
}

describe('the door for bodies', () => {
  it('asks whose a large body is, and one that does not say its length', () => {
    const asked: string[] = [];
    const door = createBodyDoor({
      stranger: ({ authorization }) => {
        asked.push(authorization ?? '');
        return refusal('identity/invalid-token');
      },
    });
    expect(door.enter(from('10.0.0.1'), small)).toBeTypeOf('function');
    expect(asked).toEqual([]);
    expect(door.enter(from('10.0.0.1'), large)).toMatchObject({ code: 'identity/invalid-token' });
    expect(door.enter(from('10.0.0.1'), { 'transfer-encoding': 'chunked' })).toMatchObject({
      code: 'identity/invalid-token',
    });
    expect(asked).toHaveLength(2);
  });

  it('has room for so many large ones, of which no source takes more than its share', () => {
    const door = createBodyDoor({ stranger: () => undefined });
    const leaves: (() => void)[] = [];
    for (let at = 0; at < limits.largeBodies / 2; at += 1) {
      const leave = door.enter(from('10.0.0.1'), large);
      if (isRefusal(leave)) throw new Error(`full after ${at}`);
      leaves.push(leave);
    }
    expect(door.enter(from('10.0.0.1'), large)).toMatchObject({
      code: 'admit/overloaded',
      retryAfter: 1,
    });
    expect(door.enter(from('10.0.0.2'), large)).toBeTypeOf('function');
    expect(door.enter(from('10.0.0.1'), small)).toBeTypeOf('function');
    // With two of them the share is a third, so the first one waits until it is below.
    for (const leave of leaves.splice(0, leaves.length / 2)) leave();
    expect(door.enter(from('10.0.0.1'), large)).toBeTypeOf('function');
  });
});
