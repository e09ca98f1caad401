import { describe, expect, it } from 'vitest';
import type { EffectReport } from '#contracts/effect-book.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import { ManualClock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { FakeEffects } from '../../test/fakes/fake-effects.ts';
import { createState } from './state.ts';
import { createUnreconciled } from './unreconciled.ts';
import type { SoFar } from './progress.ts';

const gateway = { writer: 'gateway-1', life: 'life-1' };

function walkOf(over: { task?: string; digest?: string; effect?: 'read' | 'write' } = {}): SoFar {
  return {
    call: { id: 'call-1' },
    intent: 'intent-1',
    principal: { tenant: 'main', task: over.task ?? 't' },
    subject: {
      target: { kind: 'tool', owner: 'fake', name: 'pay' },
      digest: 'pinned',
      subjectClass: { effect: over.effect ?? 'write' },
    },
    argumentsDigest: over.digest ?? 'd',
  } as unknown as SoFar;
}

function world() {
  const clock = new ManualClock();
  const effects = new FakeEffects();
  const keys = { away: false };
  const standing = createStanding();
  const control = createState({ standing, stopLeaseMs: 5_000, writer: gateway.writer });
  const unreconciled = createUnreconciled({
    effects,
    state: control.state,
    gateway,
    clock,
    keyed: (tenant, digest) => {
      if (keys.away) throw new Error('no key can be read');
      return `${tenant}:${digest}`;
    },
  });
  const overlay = (number: number, ...entries: OverlayEntry[]) =>
    control.takeOverlay({ number, entries }, clock.monotonic());
  const judge = async (walk: SoFar): Promise<Refusal | undefined> => unreconciled.judge(walk);
  const code = async (walk: SoFar) => (await judge(walk))?.code;
  return { effects, overlay, unreconciled, judge, code, keys };
}

function entryOf(target: Partial<OverlayEntry['target']>, why: OverlayEntry['why']): OverlayEntry {
  const full = { kind: 'effect', tenant: 'main', task: 't', ...target } as OverlayEntry['target'];
  return { id: 'e', target: full, why, by: 'gateway-2', reason: '', at: 0, ref: 'record-9' };
}

const same = { target: 'tool:fake/pay', argumentsDigest: 'main:d' };

describe('a write with an unknown effect', () => {
  it('is refused here at once, and durable at control before its caller is answered [AUD-05]', async () => {
    const { effects, unreconciled, code } = world();
    const told = unreconciled.add(walkOf());
    expect(await code(walkOf())).toBe('audit/unreconciled');
    await told;
    const report: Partial<EffectReport> = {
      tenant: 'main',
      task: 't',
      ...same,
      effect: 'unknown',
      ref: 'intent-1',
      by: 'gateway-1',
    };
    expect(effects.reports).toMatchObject([report]);
    expect(await code(walkOf({ digest: 'other' }))).toBeUndefined();
    expect(await code(walkOf({ task: 'other' }))).toBeUndefined();
  });

  it('is kept while control is away, refused here, and told later [AUD-05]', async () => {
    const { effects, unreconciled, code } = world();
    effects.away = true;
    await unreconciled.add(walkOf());
    expect(unreconciled.isTold).toBe(false);
    expect(unreconciled.refs()).toEqual(['intent-1']);
    expect(await code(walkOf())).toBe('audit/unreconciled');
    expect(await unreconciled.tell()).toBe(false);
    effects.away = false;
    expect(await unreconciled.tell()).toBe(true);
    expect(unreconciled.refs()).toEqual([]);
    expect(effects.reports).toHaveLength(1);
    expect(await code(walkOf())).toBe('audit/unreconciled');
  });

  it('is let go here when a person has reconciled it: the overlay speaks for all', async () => {
    const { overlay, unreconciled, code } = world();
    await unreconciled.add(walkOf());
    overlay(1, entryOf(same, 'unreconciled'));
    expect(await code(walkOf())).toBe('audit/unreconciled');
    overlay(2);
    expect(await code(walkOf())).toBeUndefined();
  });

  it('is told together with all that wait, in few words', async () => {
    const { effects, unreconciled } = world();
    const walks = Array.from({ length: 600 }, (_, at) => walkOf({ digest: `d${at}` }));
    await Promise.all(walks.map((walk) => unreconciled.add(walk)));
    expect(effects.reports).toHaveLength(600);
    expect(effects.asked).toBeLessThan(8);
    expect(unreconciled.isTold).toBe(true);
  });

  it('stands by a keyed digest of its arguments: nothing in books and records is there to guess against [DAT-10]', async () => {
    const { effects, unreconciled } = world();
    await unreconciled.add(walkOf());
    unreconciled.addFound([{ ...effects.reports[0], argumentsDigest: 'e' } as EffectReport]);
    await unreconciled.tell();
    const digests = effects.reports.map(({ argumentsDigest }) => argumentsDigest);
    expect(digests).toEqual(['main:d', 'main:e']);
  });

  it('is refused and told also where no key can be read for its digest [AUD-05]', async () => {
    const { effects, unreconciled, code, keys } = world();
    keys.away = true;
    await unreconciled.add(walkOf());
    expect(effects.reports).toHaveLength(1);
    await expect(code(walkOf())).rejects.toThrow();
    keys.away = false;
    expect(await code(walkOf())).toBe('audit/unreconciled');
  });

  it('is nothing that a read has', async () => {
    const { effects, unreconciled, code } = world();
    await unreconciled.add(walkOf({ effect: 'read' }));
    expect(effects.reports).toEqual([]);
    expect(await code(walkOf({ effect: 'read' }))).toBeUndefined();
  });
});

describe('what other gateways know', () => {
  it('refuses the identical call, and says of one that was done which record says so', async () => {
    const { overlay, judge, code } = world();
    overlay(1, entryOf(same, 'already-done'));
    expect(await judge(walkOf())).toMatchObject({
      code: 'audit/already-done',
      details: { effect: 'done', retry: false, ref: 'record-9' },
    });
    expect(await code(walkOf({ digest: 'other' }))).toBeUndefined();
    overlay(2, entryOf(same, 'unreconciled'), entryOf(same, 'already-done'));
    expect(await code(walkOf())).toBe('audit/unreconciled');
  });

  it('refuses what earlier versions left by its bare digest [AUD-05]', async () => {
    const { overlay, code } = world();
    overlay(1, entryOf({ ...same, argumentsDigest: 'd' }, 'unreconciled'));
    expect(await code(walkOf())).toBe('audit/unreconciled');
    expect(await code(walkOf({ digest: 'other' }))).toBeUndefined();
  });

  it('refuses every write of a task with too many of them, and no read', async () => {
    const { overlay, code } = world();
    overlay(1, entryOf({}, 'unreconciled'));
    expect(await code(walkOf({ digest: 'any' }))).toBe('audit/unreconciled');
    expect(await code(walkOf({ effect: 'read' }))).toBeUndefined();
    expect(await code(walkOf({ task: 'other' }))).toBeUndefined();
  });

  it('fences the tasks of a gateway that is gone, but not for that gateway itself', async () => {
    const { overlay, judge, code } = world();
    const fence = (writer: string) => entryOf({ kind: 'fence', writer, life: 'life-0' }, 'fenced');
    overlay(1, fence('gateway-2'));
    expect(await judge(walkOf())).toMatchObject({ code: 'audit/fenced', retryAfter: 1 });
    expect(await code(walkOf({ effect: 'read' }))).toBeUndefined();
    expect(await code(walkOf({ task: 'other' }))).toBeUndefined();
    overlay(2, fence('gateway-1'));
    expect(await code(walkOf())).toBeUndefined();
  });
});

describe('a gateway', () => {
  it('says which task it writes in before the first write of it, and is refused when it cannot', async () => {
    const { effects, code } = world();
    effects.away = true;
    expect(await code(walkOf())).toBe('store/unavailable');
    expect(await code(walkOf({ effect: 'read' }))).toBeUndefined();
    effects.away = false;
    for (const digest of ['a', 'b']) expect(await code(walkOf({ digest }))).toBeUndefined();
    expect(await code(walkOf({ task: 'u' }))).toBeUndefined();
    expect(effects.served).toEqual(['main/t', 'main/u']);
  });

  it('says that its past was read only after it has told what that left', async () => {
    const { effects, unreconciled, code } = world();
    const found = {
      tenant: 'main',
      task: 't',
      ...same,
      argumentsDigest: 'd',
      by: 'gateway-1',
      at: 0,
    };
    unreconciled.addFound([{ ...found, effect: 'done', ref: 'outcome-1' }]);
    expect(await code(walkOf())).toBe('audit/already-done');
    effects.away = true;
    expect(await unreconciled.tell()).toBe(false);
    expect(effects.past).toEqual([]);
    effects.away = false;
    expect(await unreconciled.tell()).toBe(true);
    expect(effects.reports).toMatchObject([{ effect: 'done', ref: 'outcome-1' }]);
    expect(effects.past).toEqual([gateway]);
    await unreconciled.tell();
    expect(effects.past).toHaveLength(1);
  });

  it('says goodbye only when nothing is untold', async () => {
    const { effects, unreconciled } = world();
    effects.away = true;
    await unreconciled.add(walkOf());
    await unreconciled.leave();
    expect(effects.leavers).toEqual([]);
    effects.away = false;
    await unreconciled.leave();
    expect(effects.leavers).toEqual([gateway]);
  });
});
