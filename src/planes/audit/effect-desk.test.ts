import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { Person } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { createEffectDesk } from './index.ts';

const ada: Person = { tenant: 'main', name: 'ada', roles: ['admin'] };
const effect: OverlayEntry = {
  id: 'effect-1',
  target: {
    kind: 'effect',
    tenant: 'main',
    task: 't',
    target: 'tool:fake/pay',
    argumentsDigest: 'd',
  },
  why: 'unreconciled',
  by: 'gateway-1',
  reason: '',
  at: 1,
  ref: 'intent-1',
};
const fence: OverlayEntry = {
  id: 'fence-1',
  target: { kind: 'fence', tenant: 'main', task: 't', writer: 'gateway-2', life: 'l' },
  why: 'fenced',
  by: 'gateway-2',
  reason: '',
  at: 1,
};
const stop: OverlayEntry = {
  id: 'stop-1',
  target: { kind: 'tenant', tenant: 'main' },
  why: 'stop',
  by: 'ada',
  reason: 'r',
  at: 1,
};

function world() {
  const records: RecordDraft[] = [];
  const reconciled: string[] = [];
  const state = { failing: false };
  const desk = createEffectDesk({
    effects: {
      async reconcile(_tenant, id) {
        // INVARIANT of the order: it is on record before it helps anybody.
        expect(records.at(-1)?.type).toBe('effect.reconciled');
        reconciled.push(id);
        return effect;
      },
    },
    overlay: { current: async () => ({ number: 1, entries: [stop, effect, fence] }) },
    recorder: {
      async record(draft) {
        if (state.failing) throw new BailiwickError('audit/unavailable');
        records.push(draft);
      },
      owe: () => Promise.reject(new Error('nothing is owed here')),
    },
    clock: new ManualClock(),
  });
  const act = { id: 'effect-1', happened: 'no', by: ada, reason: 'no such refund' } as const;
  return { desk, records, reconciled, state, act };
}

describe('the desk of effects', () => {
  it('lists what is not known, and no stop, to the tenant that it is about', async () => {
    const { desk } = world();
    expect((await desk.list('main')).map(({ id }) => id)).toEqual(['effect-1', 'fence-1']);
    expect(await desk.list('globex')).toEqual([]);
  });

  it('takes one out after it is on record who looked, what they found and how they know', async () => {
    const { desk, records, reconciled, act } = world();
    await desk.reconcile(act);
    expect(reconciled).toEqual(['effect-1']);
    expect(records).toMatchObject([
      {
        type: 'effect.reconciled',
        tenant: 'main',
        actors: [{ kind: 'human', name: 'ada' }],
        details: {
          happened: 'no',
          reason: 'no such refund',
          ref: 'intent-1',
          task: 't',
          target: 'tool:fake/pay',
          argumentsDigest: 'd',
        },
      },
    ]);
    await desk.reconcile({ ...act, id: 'fence-1', happened: 'yes' });
    expect(records[1]).toMatchObject({ details: { gateway: 'gateway-2', happened: 'yes' } });
  });

  it('takes nothing out that cannot be recorded', async () => {
    const { desk, reconciled, state, act } = world();
    state.failing = true;
    await expect(desk.reconcile(act)).rejects.toMatchObject({ code: 'audit/unavailable' });
    expect(reconciled).toEqual([]);
  });

  it('is for an admin of the tenant, with a reason, about an effect', async () => {
    const { desk, records, act } = world();
    const by = (over: Partial<Person>) => desk.reconcile({ ...act, by: { ...ada, ...over } });
    await expect(by({ roles: ['approver'] })).rejects.toMatchObject({ code: 'api/forbidden' });
    await expect(by({ tenant: 'globex' })).rejects.toMatchObject({ code: 'api/not-found' });
    await expect(desk.reconcile({ ...act, reason: ' ' })).rejects.toMatchObject({
      code: 'api/reason-required',
    });
    await expect(desk.reconcile({ ...act, id: 'stop-1' })).rejects.toMatchObject({
      code: 'api/not-found',
    });
    expect(records).toEqual([]);
  });
});
