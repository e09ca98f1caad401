import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  askOf,
  decisionPointSuite,
  type DecisionPointUnderTest,
  question,
} from '#contracts/decision-point.suite.ts';
import type { DecisionPoint } from '#contracts/decision-point.ts';
import { createOutbounds } from '#adapters/outbound/index.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { PdpEntry } from '#kernel/snapshot.ts';
import { FakeAuthZen, type FakeDecision } from '../../../../test/fakes/fake-authzen.ts';
import { createAuthZen } from './index.ts';

function pdpAt(url: string, over: Partial<PdpEntry> = {}): PdpEntry {
  const network = { loopback: true, hosts: [] };
  return { url, timeoutMs: 5_000, sendsArguments: false, network, ...over };
}

function authZen(): DecisionPoint {
  return createAuthZen(createOutbounds({ connections: 64 }));
}

/** Of exactly so many bytes. */
function answerOf(bytes: number): string {
  const bare = JSON.stringify({ context: '', decision: true });
  return bare.replace('""', `"${'x'.repeat(bytes - bare.length)}"`);
}

const ways: Readonly<Record<Parameters<DecisionPointUnderTest['behave']>[0], FakeDecision>> = {
  permits: true,
  denies: false,
  silent: 'never',
  breaks: 'hangs-up',
  lies: { body: '{"decision":"true"}' },
  floods: { body: answerOf(limits.pdpAnswerBytes + 1) },
  'sends-away': { status: 307, headers: { location: '/elsewhere' }, body: '{"decision":true}' },
};

decisionPointSuite('AuthZEN', async () => {
  const fake = await new FakeAuthZen().start();
  return {
    point: authZen(),
    pdp: pdpAt(fake.url),
    behave: (as) => {
      fake.decide = () => ways[as];
    },
    questions: () => fake.asked.length,
    stop: () => fake.close(),
  };
});

describe('an AuthZEN decision point', () => {
  let fake: FakeAuthZen;
  let point: DecisionPoint;

  beforeEach(async () => {
    fake = await new FakeAuthZen().start();
    point = authZen();
  });
  afterEach(() => fake.close());

  const ask = (
    over: Partial<Parameters<DecisionPoint['ask']>[0]> = {},
    pdp: Partial<PdpEntry> = {},
  ) => point.ask(askOf(pdpAt(fake.url, pdp), over));

  it('is asked the whole question, with the id of the call', async () => {
    fake.decide = () => true;
    expect(await ask({ id: 'call-7' })).toEqual({ kind: 'permit' });
    expect([fake.asked, fake.ids]).toEqual([[question], ['call-7']]);
  });

  it('is shown the credential, and without it there is no answer', async () => {
    fake.token = 'canary-pdp';
    fake.decide = () => true;
    expect(await ask()).toEqual({ kind: 'unavailable', reason: 'it answered with status 401' });
    expect(await ask({ credential: 'canary-pdp' })).toEqual({ kind: 'permit' });
    expect((await ask({ credential: 'two\nlines' })).kind).toBe('unavailable');
  });

  it.each<readonly [string, FakeDecision]>([
    ['1 for true', { body: '{"decision":1}' }],
    ['null', { body: '{"decision":null}' }],
    ['no decision', { body: '{"context":{}}' }],
    ['a list', { body: '[{"decision":true}]' }],
    ['two decisions', { body: '{"decision":false,"decision":true}' }],
    ['half of it', { body: '{"decision":true' }],
    ['more behind it', { body: '{"decision":true}{"decision":true}' }],
    ['text', { body: '{"decision":true}', headers: { 'content-type': 'text/html' } }],
    [
      'another JSON',
      { body: '{"decision":true}', headers: { 'content-type': 'application/json5' } },
    ],
  ])('that answers %s decides nothing', async (_title, answer) => {
    fake.decide = () => answer;
    expect(await ask()).toEqual({
      kind: 'unavailable',
      reason: 'what it answered is no decision',
    });
  });

  it.each([201, 204, 301, 302, 307, 400, 403, 404, 429, 500, 503])(
    'that answers with status %i decides nothing, whatever it says',
    async (status) => {
      const body = status === 204 ? '' : '{"decision":true}';
      fake.decide = () => ({ status, body, headers: { location: `${fake.url}/other` } });
      const reason = `it answered with status ${status}`;
      expect(await ask()).toEqual({ kind: 'unavailable', reason });
      expect(fake.asked).toHaveLength(1);
    },
  );

  it('is heard up to pdpAnswerBytes and no further', async () => {
    fake.decide = () => ({ body: answerOf(limits.pdpAnswerBytes) });
    expect(await ask()).toEqual({ kind: 'permit' });
    fake.decide = () => ({ body: answerOf(limits.pdpAnswerBytes + 1) });
    expect((await ask()).kind).toBe('unavailable');
  });

  it('is asked up to pdpQuestionBytes and no more', async () => {
    fake.decide = () => true;
    const bare = canonicalBytes({ ...question, context: { text: '' } }).length;
    const long = (bytes: number) => ({
      question: { ...question, context: { text: 'x'.repeat(bytes - bare) } },
    });
    expect(await ask(long(limits.pdpQuestionBytes))).toEqual({ kind: 'permit' });
    expect(await ask(long(limits.pdpQuestionBytes + 1))).toEqual({
      kind: 'unavailable',
      reason: 'the question is too large',
    });
    expect(fake.asked).toHaveLength(1);
  });

  it('is waited for as long as its document says, and then the answer is no', async () => {
    fake.decide = () => 'never';
    expect(await ask({}, { timeoutMs: 100 })).toEqual({
      kind: 'unavailable',
      reason: 'it did not answer in time',
    });
  });

  it('has pdpQuestions open at once, more are a no at once, and another one’s are its own', async () => {
    const other = await new FakeAuthZen().start();
    other.decide = () => true;
    fake.decide = () => 'never';
    const open = Array.from({ length: limits.pdpQuestions }, () => ask());
    expect(await ask()).toEqual({
      kind: 'unavailable',
      reason: 'too many questions are open',
    });
    expect(await point.ask(askOf(pdpAt(other.url)))).toEqual({ kind: 'permit' });
    await expect.poll(() => fake.asked.length).toBe(limits.pdpQuestions);
    fake.letGo(true);
    expect(new Set((await Promise.all(open)).map(({ kind }) => kind))).toEqual(new Set(['permit']));
    fake.decide = () => true;
    expect(await ask()).toEqual({ kind: 'permit' });
    await other.close();
  });

  it('is not asked on this machine where its document does not say so', async () => {
    fake.decide = () => true;
    const network = { loopback: false, hosts: [] };
    expect((await ask({}, { network })).kind).toBe('unavailable');
    expect(fake.asked).toEqual([]);
  });
});
