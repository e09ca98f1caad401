import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bothAmounts, countedIn } from '#contracts/task-amounts.ts';
import type { GatewayReservations } from '#contracts/reservations.ts';
import type { Outcome, SideEffect } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { Json } from '#kernel/json/value.ts';
import type { TaskAmounts } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { openedStore } from '../../test/fakes/opened-store.ts';
import { createTaskAmounts } from './task-amounts.ts';

const clock = new ManualClock();
const sums = [{ target: 'tool:bank/pay', argument: 'amount', atMost: 100 }];
let number = 0;

type Asking = Parameters<ReturnType<typeof createTaskAmounts>['take']>[0];

/** One call of a tool in a task that counts. */
function asking(amounts: readonly TaskAmounts[] | undefined, amount: Json = 1, tool = 'pay') {
  number += 1;
  const action = { kind: 'tool-call', arguments: { amount }, argumentBytes: Buffer.from('{}') };
  const scope = amounts === undefined ? {} : { scope: { amounts } };
  return {
    principal: { tenant: 'main', ...scope },
    subject: { target: { kind: 'tool', owner: 'bank', name: tool } },
    call: { id: `c${number}`, action },
  } as unknown as Asking & { readonly call: { readonly id: string } };
}

const refused = (effect: SideEffect): Outcome => {
  const why = refusal('gateway/internal');
  return { kind: 'refused', recordId: undefined, refusal: why, effect };
};
const result = { kind: 'result', recordId: 'r', result: {}, bytes: Buffer.of() } as const;

describe('the amounts of a task', () => {
  it('ask nothing of the store for a call whose task counts nothing', () => {
    const nowhere = undefined as unknown as GatewayReservations;
    const amounts = createTaskAmounts(nowhere, clock);
    const call = asking(undefined);
    expect(amounts.take(call)).toBeUndefined();
    expect(amounts.leave(call.call.id, result)).toBeUndefined();
  });

  it('are never exceeded, whatever runs at once at however many gateways, and however it ends [POL-16]', async () => {
    await using opened = await openedStore(clock);
    const ways = fc.array(
      fc.record({
        gateway: fc.nat(2),
        amount: fc.nat(40),
        tool: fc.constantFrom('pay', 'look'),
        ends: fc.constantFrom<Outcome | undefined>(
          result,
          refused('none'),
          refused('unknown'),
          undefined,
        ),
      }),
      { minLength: 10, maxLength: 30 },
    );
    let task = 0;
    await fc.assert(
      fc.asyncProperty(ways, async (calls) => {
        task += 1;
        const limits = [{ task: `t${task}`, calls: 8, sums }];
        const gateways = [0, 1, 2].map(() => createTaskAmounts(opened.store.reservations, clock));
        const now = { calls: 0, sum: 0 };
        const happened = { calls: 0, sum: 0 };
        const walk = async ({ gateway, amount, tool, ends }: (typeof calls)[number]) => {
          const one = asking(limits, amount, tool);
          const at = gateways[gateway];
          if ((await at?.take(one)) !== undefined) return;
          const paid = tool === 'pay' ? amount : 0;
          now.calls += 1;
          now.sum += paid;
          expect(now.calls).toBeLessThanOrEqual(8);
          expect(now.sum).toBeLessThanOrEqual(100);
          await Promise.resolve();
          const isBack = ends?.kind === 'refused' && ends.effect === 'none';
          if (isBack) {
            now.calls -= 1;
            now.sum -= paid;
          } else {
            happened.calls += 1;
            happened.sum += paid;
          }
          await at?.leave(one.call.id, ends);
        };
        await Promise.all(calls.map(walk));
        const used = (key: string) => opened.store.reservations.used('main', key, 'task');
        expect(await used(`task/t${task}/calls`)).toBe(happened.calls);
        expect(await used(`task/t${task}/sum/tool:bank/pay amount`)).toBe(happened.sum);
      }),
      { numRuns: 40 },
    );
  });

  it('are refused by n+1 with what is counted and how much of it, and given back when nothing happened [POL-16]', async () => {
    await using opened = await openedStore(clock);
    const amounts = createTaskAmounts(opened.store.reservations, clock);
    const limits = [{ task: 't', calls: 3, sums }];
    const all = asking(limits, 100);
    expect(await amounts.take(all)).toBeUndefined();
    expect(await amounts.take(asking(limits, 1))).toMatchObject({
      code: 'standing/task-amount',
      details: { of: 'tool:bank/pay amount', atMost: 100, asked: 1 },
    });
    await amounts.leave(all.call.id, refused('none'));
    for (const amount of [99, 1, 0]) {
      const one = asking(limits, amount);
      expect(await amounts.take(one)).toBeUndefined();
      await amounts.leave(one.call.id, result);
    }
    expect(await amounts.take(asking(limits, 0, 'look'))).toMatchObject({
      code: 'standing/task-amount',
      details: { of: 'calls', atMost: 3, asked: 1 },
    });
  });

  it('count a call that comes a second time after a look once, by its last arguments', async () => {
    await using opened = await openedStore(clock);
    const amounts = createTaskAmounts(opened.store.reservations, clock);
    const first = asking([{ task: 't', calls: 2, sums }], 70);
    expect(await amounts.take(first)).toBeUndefined();
    const { call } = asking(undefined, 60);
    const second = { ...first, call: { ...first.call, action: call.action } } as Asking;
    expect(await amounts.take(second)).toBeUndefined();
    const used = (key: string) => opened.store.reservations.used('main', key, 'task');
    expect([await used('task/t/calls'), await used('task/t/sum/tool:bank/pay amount')]).toEqual([
      1, 60,
    ]);
  });

  it.each([[-1], [1.5], ['10'], [null], [2 ** 53], [[1]]])(
    'take no %s for a number, and guess nothing',
    async (amount) => {
      await using opened = await openedStore(clock);
      const amounts = createTaskAmounts(opened.store.reservations, clock);
      const no = await amounts.take(asking([{ task: 't', sums }], amount));
      expect(no).toMatchObject({ code: 'standing/task-uncountable' });
    },
  );

  it('let nothing go on while the store is away, and give back what was taken', async () => {
    await using opened = await openedStore(clock);
    const { reservations } = opened.store;
    let asked = 0;
    const flaky: GatewayReservations = {
      ...reservations,
      reserve: (ask) => {
        asked += 1;
        return asked === 2 ? Promise.reject(new Error('away')) : reservations.reserve(ask);
      },
    };
    const amounts = createTaskAmounts(flaky, clock);
    const no = await amounts.take(asking([{ task: 't', calls: 5, sums }]));
    expect(no).toMatchObject({ code: 'store/unavailable' });
    expect(await reservations.used('main', 'task/t/calls', 'task')).toBe(0);
  });

  it('count a call that asks for something, and once: what goes on with its handle is the same call', async () => {
    await using opened = await openedStore(clock);
    const amounts = createTaskAmounts(opened.store.reservations, clock);
    const first = asking([{ task: 't', calls: 1 }]);
    expect(await amounts.take(first)).toBeUndefined();
    const asks = { kind: 'asks', requests: {}, handle: 'h' } as unknown as Outcome;
    await amounts.leave(first.call.id, asks);
    const again = asking([{ task: 't', calls: 1 }]);
    expect(await amounts.take(again)).toMatchObject({ code: 'standing/task-amount' });
    const action = { ...again.call.action, continued: { state: 'h', replies: {} } };
    const second = { ...again, call: { ...again.call, action } } as typeof again;
    expect(amounts.take(second)).toBeUndefined();
  });

  it('of a task stay its own in whatever is narrowed or handed on from it, and count there too', () => {
    const parent = countedIn({ amounts: [{ calls: 5 }] }, 'parent');
    const child = countedIn(
      { ...parent, ...bothAmounts(parent ?? {}, { amounts: [{ sums }] }) },
      'child',
    );
    expect(child?.amounts).toEqual([
      { calls: 5, task: 'parent' },
      { sums, task: 'child' },
    ]);
    // Judged when it is given and again when it is taken: each bound once.
    expect(bothAmounts(child ?? {}, child ?? {})).toEqual({ amounts: child?.amounts });
  });
});
