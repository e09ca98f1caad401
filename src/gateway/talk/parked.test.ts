import { describe, expect, it, vi } from 'vitest';
import type { EffectReport } from '#contracts/effect-book.ts';
import type { SideEffect } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Conversation } from './conversation.ts';
import { createParkedRules, type ParkedCall, type ParkedParts } from './parked.ts';
import { createQuestions } from './questions.ts';

const principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'worker',
  instance: 'ada',
  session: 's',
  task: 't',
  binding: 'key',
  hops: [],
} as unknown as Principal;
const by = {
  tenant: 'main',
  instance: 'ada',
  task: 't',
  target: 'tool:sdk/who',
  argumentsDigest: 'd',
};

describe('a request that waits for its caller to call again', () => {
  it('is let go of by a stop, at its server as well, and on record [TOL-15]', async () => {
    const world = parked('unknown');
    world.questions.look();
    expect(world.drops).toEqual([]);
    world.stopped = refusal('stop/active');
    world.questions.look();
    await expect.poll(() => world.records).toHaveLength(1);
    expect(world.drops).toEqual(['stopped']);
    expect(world.records[0]).toMatchObject({
      type: 'gateway.question-dropped',
      tenant: 'main',
      call: 'call-1',
      session: 's',
      task: 't',
      effect: 'unknown',
      details: { target: 'tool:sdk/who', by: 'stop', code: 'stop/active' },
    });
    expect(await world.questions.take(by, world.handle)).toBeUndefined();
    // Once: it is gone.
    world.questions.look();
    expect(world.drops).toHaveLength(1);
  });

  it('is refused again as a write of unknown effect, and as a read is not', async () => {
    const write = parked('unknown');
    await write.questions.close();
    expect(write.reports).toEqual([
      {
        tenant: 'main',
        task: 't',
        target: 'tool:sdk/who',
        argumentsDigest: 'd',
        effect: 'unknown',
        ref: 'record-1',
        by: 'w',
        at: 7,
      },
    ]);
    expect(write.records).toMatchObject([{ details: { by: 'shutdown' } }]);
    const done = parked('done');
    await done.questions.close();
    const read = parked('unknown', { isRead: true });
    await read.questions.close();
    expect([...done.reports, ...read.reports]).toEqual([]);
  });

  it('is refused again also when that could not be recorded', async () => {
    const world = parked('unknown', { logFails: true });
    await world.questions.close();
    expect(world.reports).toMatchObject([{ ref: 'call-1' }]);
  });

  it('is told that nobody replies when its time is up, and is on record', async () => {
    vi.useFakeTimers();
    try {
      const world = parked('done');
      await vi.advanceTimersByTimeAsync(300_000);
      expect(world.drops).toEqual(['late']);
      expect(world.records).toMatchObject([{ effect: 'done', details: { by: 'time' } }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is reached by a stop also in the moment that it has after its time', async () => {
    vi.useFakeTimers();
    try {
      const world = parked('unknown', { isSlow: true });
      await vi.advanceTimersByTimeAsync(300_000);
      expect([world.drops, world.records]).toEqual([['late'], []]);
      world.stopped = refusal('stop/active');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(world.drops).toEqual(['late', 'given up']);
      expect(world.records).toMatchObject([{ details: { by: 'stop', code: 'stop/active' } }]);
      const looks = world.looks();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(world.looks()).toBe(looks);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is on record before the gateway ends, also in the moment that it has after its time', async () => {
    vi.useFakeTimers();
    try {
      const world = parked('unknown', { isSlow: true });
      await vi.advanceTimersByTimeAsync(300_000);
      await world.questions.close();
      expect(world.drops).toEqual(['late', 'given up']);
      expect(world.records).toMatchObject([{ details: { by: 'time' } }]);
      expect(world.reports).toMatchObject([{ ref: 'record-1' }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is looked at for as long as there is one, and by itself', async () => {
    vi.useFakeTimers();
    try {
      const world = parked('unknown');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(world.looks()).toBe(4);
      world.questions.forget(world.handle);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(world.looks()).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });
});

interface Options {
  readonly isRead?: boolean;
  readonly logFails?: boolean;
  /** Its server does not end before it is given up. */
  readonly isSlow?: boolean;
}

/** One that is parked, whose server ends as it is said. */
function parked(effect: SideEffect, options: Options = {}) {
  const { isRead = false, logFails = false, isSlow = false } = options;
  const over = Promise.withResolvers<void>();
  const drops: string[] = [];
  const records: RecordDraft[] = [];
  const reports: EffectReport[] = [];
  let looks = 0;
  const conversation = {
    async drop(isStopped: boolean) {
      drops.push(isStopped ? 'stopped' : 'late');
      if (isSlow) await over.promise;
      return effect;
    },
    giveUp() {
      drops.push('given up');
      over.resolve();
    },
  } as unknown as Conversation;
  const world = {
    drops,
    records,
    reports,
    looks: () => looks,
    stopped: undefined as Refusal | undefined,
  };
  const rules = createParkedRules({
    state: { configuration: undefined, view: () => ({}) },
    standing: {
      judge() {
        looks += 1;
        return world.stopped;
      },
    },
    clock: { now: () => 7, monotonic: () => 0 },
    recorder: {
      record(draft: RecordDraft) {
        if (logFails) return Promise.reject(new Error('full'));
        records.push(draft);
        return Promise.resolve({ id: 'record-1' });
      },
    },
    unreconciled: { addFound: (some: readonly EffectReport[]) => void reports.push(...some) },
    writer: 'w',
  } as unknown as ParkedParts);
  const questions = createQuestions(undefined, rules);
  const target = { kind: 'tool', owner: 'sdk', name: 'who' } as const;
  const call: ParkedCall = {
    conversation,
    principal,
    target,
    isRead,
    call: 'call-1',
    argumentsDigest: 'd',
  };
  const handle = questions.keep({ by, state: undefined, parked: call }) ?? '';
  return Object.assign(world, { questions, handle });
}
