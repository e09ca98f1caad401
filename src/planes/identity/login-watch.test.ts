import { beforeEach, describe, expect, it } from 'vitest';
import type { LoginAsk, LoginDrop } from '#contracts/login-drop.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { ManualClock } from '#kernel/time.ts';
import type { RenewAsk } from './door.ts';
import { createLoginWatch, loginAskMs, loginToldMs } from './index.ts';

let clock: ManualClock;
let asks: LoginAsk[];
let answers: Record<string, unknown>;
let last: Uint8Array | undefined;
let renewed: RenewAsk[];
let staleBefore: number | undefined;

const digest = 'a'.repeat(64);
const drop: LoginDrop = {
  take: (before) => {
    staleBefore = before;
    return asks.splice(0);
  },
  answer: (id, text) => void (answers[id] = JSON.parse(text)),
  last: () => last,
  keepLast: (text) => void (last = Buffer.from(text)),
};

beforeEach(() => {
  clock = new ManualClock();
  [asks, answers, last, renewed] = [[], {}, undefined, []];
});

const watch = () =>
  createLoginWatch({
    drop,
    clock,
    desk: {
      async renew(ask) {
        renewed.push(ask);
        if (ask.name === 'nobody') throw new BailiwickError('api/not-found');
        return { tenant: 'main', name: ask.name ?? 'ann', roles: ['admin'] };
      },
    },
  });

const ask = (id: string, value: unknown) =>
  asks.push({ id, uid: 7, text: Buffer.from(JSON.stringify(value)) });

describe('a request in the folder of the keys', () => {
  it('is answered, and what was done is told for a day, also after a restart', async () => {
    const one = watch();
    ask('1', { credentialDigest: digest, until: clock.now() + 10_000 });
    await one.look();
    expect(answers).toEqual({ '1': { name: 'ann', role: 'admin', roles: ['admin'] } });
    expect(renewed).toEqual([{ name: undefined, credentialDigest: digest, uid: 7 }]);
    expect(one.recent()).toEqual({ name: 'ann', uid: 7, at: clock.now() });
    clock.advance(loginToldMs - 1);
    expect(watch().recent()).toMatchObject({ name: 'ann' });
    clock.advance(1);
    expect(watch().recent()).toBeUndefined();
  });

  it('that is none, or asks for nobody, is told so and is nothing to tell of', async () => {
    const one = watch();
    const until = clock.now() + 10_000;
    ask('1', { credentialDigest: 'short', until });
    ask('2', { credentialDigest: digest, name: 'nobody', until });
    asks.push({ id: '3', uid: 7, text: Buffer.from('{') });
    await one.look();
    expect(answers).toMatchObject({
      '1': { code: 'api/invalid' },
      '2': { code: 'api/not-found' },
      '3': { code: expect.stringMatching(/\//) },
    });
    expect(renewed).toHaveLength(1);
    expect(one.recent()).toBeUndefined();
  });

  it('whose time is over, or is longer than any, does nothing, and what was left behind is cleared', async () => {
    const one = watch();
    clock.advance(1_000_000);
    const now = clock.now();
    ask('1', { credentialDigest: digest, until: now });
    ask('2', { credentialDigest: digest, until: now + loginAskMs + 1 });
    ask('3', { credentialDigest: digest });
    ask('4', { credentialDigest: digest, until: now + loginAskMs });
    await one.look();
    expect(answers).toMatchObject({
      '1': { code: 'api/invalid', message: expect.stringContaining('is over') },
      '2': { code: 'api/invalid' },
      '3': { code: 'api/invalid' },
      '4': { name: 'ann' },
    });
    expect([renewed.length, staleBefore]).toEqual([1, now - loginAskMs]);
  });

  it('is not remembered by what cannot be read', () => {
    last = Buffer.from('{"name":1}');
    expect(watch().recent()).toBeUndefined();
  });
});
