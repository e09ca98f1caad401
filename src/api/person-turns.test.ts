import { describe, expect, it } from 'vitest';
import type { StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type CheckedPolicies, type ControlParts, createPersonTurns, routes } from './index.ts';
import { mostChecks } from './person-turns.ts';

const sound: CheckedPolicies = { problems: [], warnings: [] };

/** Checks that end when they are told to. */
function held() {
  const ends: (() => void)[] = [];
  const checkPolicies = () =>
    new Promise<CheckedPolicies>((resolve) => ends.push(() => resolve(sound)));
  const parts = {
    checks: createPersonTurns(),
    checkPolicies,
    configuration: () => undefined,
  } as unknown as ControlParts;
  const ask = (path: string, body: JsonObject, name = 'ann', tenant = 'main') => {
    const person: StoredPerson = { tenant, name, roles: ['auditor'], createdAt: 0 };
    const route = routes.find((one) => one.path === path && one.method === 'POST');
    if (route === undefined) throw new Error(`no route ${path}`);
    return route.serve({ parts, person, params: {}, query: {}, body });
  };
  const check = (name?: string, tenant?: string) =>
    ask('/v1/policies/check', { policies: [] }, name, tenant);
  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'none',
      (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
    );
  return { ends, ask, check, codeOf };
}

describe('checks and tries of policies', () => {
  it('are done one at a time of each person, and of others beside them', async () => {
    const { ends, check } = held();
    const all = [check(), check(), check('bob'), check('ann', 'other')];
    await expect.poll(() => ends.length).toBe(3);
    ends[0]?.();
    await all[0];
    await expect.poll(() => ends.length).toBe(4);
    for (const end of ends) end();
    expect(await Promise.all(all)).toHaveLength(4);
  });

  it('wait in so many of one person, and one more is refused with when to ask again', async () => {
    const { ends, ask, check, codeOf } = held();
    const waiting = Array.from({ length: mostChecks }, () => check());
    const oneMore = await check().catch((fault: unknown) => fault);
    expect(oneMore).toMatchObject({ code: 'api/too-many-checks', status: 429, retryAfter: 1 });
    const tried = { cases: [{ agent: 'worker', target: 'fake/pay' }] };
    expect(await codeOf(ask('/v1/policies/try', tried))).toBe('api/too-many-checks');
    for (let nth = 0; nth < mostChecks; nth += 1) {
      await expect.poll(() => ends.length).toBe(nth + 1);
      ends[nth]?.();
    }
    await Promise.all(waiting);
    expect(await codeOf(ask('/v1/policies/try', tried))).toBe('api/not-found');
    expect(mostChecks).toBe(4);
  });
});
