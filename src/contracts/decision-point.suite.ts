import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PdpEntry } from '#kernel/snapshot.ts';
import type { DecisionAsk, DecisionPoint } from './decision-point.ts';

/** A decision point whose service answers what it is told to. */
export interface DecisionPointUnderTest {
  readonly point: DecisionPoint;
  readonly pdp: PdpEntry;
  /** `silent`: it takes the question and says nothing. */
  behave(as: 'permits' | 'denies' | 'silent' | 'breaks' | 'lies' | 'floods' | 'sends-away'): void;
  readonly questions: () => number;
  stop(): Promise<void>;
}

export const question: JsonObject = {
  subject: { type: 'user', id: 'ada' },
  action: { name: 'pay' },
  resource: { type: 'tool', id: 'tool:billing/pay' },
};

export function askOf(pdp: PdpEntry, over: Partial<DecisionAsk> = {}): DecisionAsk {
  const signal = new AbortController().signal;
  return { pdp, credential: undefined, id: 'c1', question, signal, ...over };
}

export function decisionPointSuite(name: string, start: () => Promise<DecisionPointUnderTest>) {
  describe(`${name} as a decision point`, () => {
    let its: DecisionPointUnderTest;
    beforeAll(async () => {
      its = await start();
    });
    afterAll(() => its.stop());
    beforeEach(() => its.behave('denies'));

    const kindOf = async (over: Partial<DecisionAsk> = {}) =>
      (await its.point.ask(askOf(its.pdp, over))).kind;

    it('tells yes and no, and asks each time', async () => {
      const before = its.questions();
      expect(await kindOf()).toBe('deny');
      its.behave('permits');
      expect(await kindOf()).toBe('permit');
      its.behave('denies');
      expect(await kindOf()).toBe('deny');
      expect(its.questions()).toBe(before + 3);
    });

    it.each(['silent', 'breaks', 'lies', 'floods', 'sends-away'] as const)(
      'has no answer from one that %s, and never rejects',
      async (how) => {
        its.behave(how);
        const pdp = how === 'silent' ? { ...its.pdp, timeoutMs: 100 } : its.pdp;
        expect(await kindOf({ pdp })).toBe('unavailable');
      },
    );

    it('has no answer once nobody waits for it', async () => {
      its.behave('silent');
      const gone = new AbortController();
      const asked = kindOf({ signal: gone.signal });
      gone.abort();
      expect(await asked).toBe('unavailable');
    });

    it('has no answer where nobody is there', async () => {
      const nowhere = { ...its.pdp, url: 'http://127.0.0.1:1' };
      expect((await its.point.ask(askOf(nowhere))).kind).toBe('unavailable');
    });
  });
}
