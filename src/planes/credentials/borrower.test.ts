import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CredentialAsk } from '#contracts/credential-source.ts';
import { isRefusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeCredentialSource } from '../../../test/fakes/fake-credential-source.ts';
import { createBorrower, secretKey } from './borrower.ts';

const bounds = { credentialWaitMs: limits.credentialWaitMs, credentialsKept: 3 };

function setUp() {
  const source = new FakeCredentialSource();
  source.soon = false;
  const clock = new ManualClock();
  const secret = source.put('main', 'key', 'value');
  const borrower = createBorrower({ source, keyOf: secretKey, clock, limits: bounds });
  const borrow = (over: Partial<CredentialAsk> = {}) =>
    borrower.borrow({
      tenant: 'main',
      secret,
      scope: 'billing/refund',
      signal: new AbortController().signal,
      ...over,
    });
  return { source, clock, secret, borrow };
}

async function told(answer: ReturnType<ReturnType<typeof setUp>['borrow']>): Promise<string> {
  const given = await answer;
  return isRefusal(given) ? given.code : given.value;
}

describe('a source that answers in its own time', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('is asked once by all who ask the same meanwhile, and again afterwards', async () => {
    const { source, borrow } = setUp();
    const asks = [borrow(), borrow(), borrow()];
    expect(source.asked).toBe(1);
    source.waiting[0]?.answer();
    expect(await Promise.all(asks.map(told))).toEqual(['value', 'value', 'value']);
    void borrow();
    expect(source.asked).toBe(2);
  });

  it('is asked for each tenant, secret, version and scope by itself', () => {
    const { source, secret, borrow } = setUp();
    void borrow();
    void borrow({ tenant: 'other' });
    void borrow({ secret: { ...secret, version: 2 } });
    void borrow({ secret: { ...secret, name: 'other' } });
    void borrow({ scope: 'billing/pay' });
    expect(source.asked).toBe(5);
    expect(source.waiting.map(({ ask }) => ask.scope)).toContain('billing/pay');
  });

  it('has its time and not a millisecond more; what it answers later is ended at once', async () => {
    const { source, borrow } = setUp();
    let said = '';
    const waiting = told(borrow()).then((code) => (said = code));
    await vi.advanceTimersByTimeAsync(limits.credentialWaitMs - 1);
    expect(said).toBe('');
    expect(source.waiting[0]?.ask.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(said).toBe('credentials/unavailable');
    expect(source.waiting[0]?.ask.signal.aborted).toBe(true);
    source.waiting[0]?.answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(source.given.map(({ ends }) => ends)).toEqual([['none']]);
    void borrow();
    expect(source.asked).toBe(2);
  });

  it('answers just in time to whoever still waits', async () => {
    const { source, borrow } = setUp();
    const waiting = told(borrow());
    await vi.advanceTimersByTimeAsync(limits.credentialWaitMs - 1);
    source.waiting[0]?.answer();
    expect(await waiting).toBe('value');
    await vi.advanceTimersByTimeAsync(limits.credentialWaitMs);
    expect(source.given.map(({ ends }) => ends)).toEqual([[]]);
  });

  it('is no longer waited for by whoever has gone, and is told when nobody is left', async () => {
    const { source, borrow } = setUp();
    const [one, other] = [new AbortController(), new AbortController()];
    const asks = [borrow({ signal: one.signal }), borrow({ signal: other.signal })];
    one.abort();
    expect(await told(asks[0] as (typeof asks)[0])).toBe('gateway/cancelled');
    expect(source.waiting[0]?.ask.signal.aborted).toBe(false);
    other.abort();
    expect(await told(asks[1] as (typeof asks)[0])).toBe('gateway/cancelled');
    expect(source.waiting[0]?.ask.signal.aborted).toBe(true);
    source.waiting[0]?.answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(source.given.map(({ ends }) => ends)).toEqual([['none']]);
  });

  it('is not asked for one who has gone before', async () => {
    const { source, borrow } = setUp();
    const gone = new AbortController();
    gone.abort();
    expect(await told(borrow({ signal: gone.signal }))).toBe('gateway/cancelled');
    expect(source.asked).toBe(0);
  });

  it('that fails or throws is a no that quotes nothing of what it said', async () => {
    const { source, borrow } = setUp();
    source.away = true;
    const later = borrow();
    source.waiting[0]?.answer();
    source.prompt = true;
    for (const answer of [await later, borrow()]) {
      expect(answer).toMatchObject({ kind: 'refusal', code: 'credentials/unavailable' });
      expect(JSON.stringify(answer)).not.toContain('value');
    }
    source.away = false;
    expect(await told(borrow({ tenant: 'other' }))).toBe('credentials/unknown-secret');
  });
});

describe('what a source gave', () => {
  it('is lent again for as long as the source says, from the ask on, and no longer', async () => {
    const { source, clock, borrow } = setUp();
    source.reusableMs = 1_000;
    const first = borrow();
    clock.advance(400);
    source.waiting[0]?.answer();
    expect(await told(first)).toBe('value');
    clock.advance(599);
    expect(borrow()).not.toBeInstanceOf(Promise);
    expect(source.asked).toBe(1);
    clock.advance(1);
    expect(borrow()).toBeInstanceOf(Promise);
    expect(source.asked).toBe(2);
  });

  it('is never lent again when the source says nothing of it', async () => {
    const { source, borrow } = setUp();
    source.prompt = true;
    for (const reusableMs of [0, -1, Number.NaN]) {
      source.reusableMs = reusableMs;
      const before = source.asked;
      void borrow();
      void borrow();
      expect(source.asked).toBe(before + 2);
    }
  });

  it('is kept for so many secrets and not for one more: the oldest is asked for again', () => {
    const { source, borrow } = setUp();
    source.prompt = true;
    source.reusableMs = 1_000;
    const scopes = ['a', 'b', 'c', 'd'];
    for (const scope of scopes) void borrow({ scope });
    expect(source.asked).toBe(bounds.credentialsKept + 1);
    for (const scope of scopes.slice(1)) void borrow({ scope });
    expect(source.asked).toBe(bounds.credentialsKept + 1);
    void borrow({ scope: 'a' });
    expect(source.asked).toBe(bounds.credentialsKept + 2);
  });
});
