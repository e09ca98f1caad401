import { describe, expect, it } from 'vitest';
import type { Reply } from '#kernel/call.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { fakeCircle } from '../../../test/fakes/fake-fellows.ts';
import { createAsks } from './asks.ts';
import { createQuestions } from './questions.ts';

const accepted: Reply = { kind: 'result', result: { action: 'accept' } };
const principal = (instance: string, tenant = 'main') => ({ tenant, instance }) as Principal;
const ada = principal('ada');

describe('what a caller was asked in mid-call', () => {
  it('is answered by the instance that was asked, once, and by nobody else', () => {
    const asks = createAsks();
    const heard: Reply[] = [];
    const open = asks.open(ada, (reply) => heard.push(reply));
    const id = open?.id ?? '';
    asks.reply(principal('bob'), id, accepted);
    asks.reply(principal('ada', 'other'), id, accepted);
    expect(heard).toEqual([]);
    asks.reply(ada, id, accepted);
    asks.reply(ada, id, accepted);
    expect(heard).toEqual([accepted]);
  });

  it('is answered at whichever gateway of the listener the reply lands', async () => {
    const circle = fakeCircle(3);
    const all = circle.fellows.map((one) => createAsks(one));
    for (const [at, { replyHere }] of all.entries()) circle.join(at, { replyAsk: replyHere });
    const heard: Reply[] = [];
    const open = all[0]?.open(ada, (reply) => heard.push(reply));
    all[2]?.reply(principal('bob'), open?.id ?? '', accepted);
    all[2]?.reply(ada, open?.id ?? '', accepted);
    await turn();
    expect(heard).toEqual([accepted]);
  });

  it('is bounded for each instance (asksOpen) and in all (asksOpenInAll), and makes room again', () => {
    const asks = createAsks();
    const open = Array.from({ length: limits.asksOpen }, () => asks.open(ada, () => undefined));
    expect(open.every((one) => one !== undefined)).toBe(true);
    expect(asks.open(ada, () => undefined)).toBeUndefined();
    open[0]?.close();
    expect(asks.open(ada, () => undefined)).toBeDefined();
    let others = 0;
    while (asks.open(principal(`i${Math.floor(others / 60)}`), () => undefined) !== undefined) {
      others += 1;
    }
    expect(others).toBe(limits.asksOpenInAll - limits.asksOpen);
  });
});

describe('what a caller was asked that calls again', () => {
  const by = {
    tenant: 'main',
    instance: 'ada',
    task: 't',
    target: 'tool:a/b',
    argumentsDigest: 'd',
  };

  it('goes on once, for the same caller, task, target and arguments', async () => {
    const questions = createQuestions();
    const handle = questions.keep({ by, state: 'its own', parked: undefined }) ?? '';
    for (const other of [
      { ...by, tenant: 'other' },
      { ...by, instance: 'bob' },
      { ...by, task: 'u' },
      { ...by, target: 'tool:a/c' },
      { ...by, argumentsDigest: 'e' },
    ]) {
      expect(await questions.take(other, handle)).toBeUndefined();
    }
    expect(await questions.take(by, handle)).toMatchObject({ state: 'its own' });
    expect(await questions.take(by, handle)).toBeUndefined();
  });

  it('goes on at whichever gateway of the listener it calls again, once', async () => {
    const circle = fakeCircle(2);
    const all = circle.fellows.map((one) => createQuestions(one));
    for (const [at, { takeHere }] of all.entries()) circle.join(at, { takeQuestion: takeHere });
    const handle = all[0]?.keep({ by, state: 's', parked: undefined }) ?? '';
    expect(await all[1]?.take({ ...by, instance: 'bob' }, handle)).toBeUndefined();
    expect(await all[1]?.take(by, handle)).toEqual({ state: 's', parked: undefined });
    expect(await all[0]?.take(by, handle)).toBeUndefined();
  });

  it('is unknown when it was made up', async () => {
    const questions = createQuestions();
    for (const handle of ['', '.', '0.', '0.x', '9.x', 'x'.repeat(64)]) {
      expect(await questions.take(by, handle)).toBeUndefined();
    }
  });

  it('is bounded for each instance, and expires', async () => {
    const questions = createQuestions(undefined, undefined, 5);
    const question = { by, state: undefined, parked: undefined };
    const handles = Array.from({ length: limits.asksOpen }, () => questions.keep(question));
    expect(handles.every((handle) => handle !== undefined)).toBe(true);
    expect(questions.keep(question)).toBeUndefined();
    await expect.poll(() => questions.keep(question)).toBeDefined();
    expect(await questions.take(by, handles[0] ?? '')).toBeUndefined();
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
