import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { atOnce } from '../../../test/fakes/at-once.ts';
import { createRates, createRefusalBook, type Rates } from './index.ts';

const minute = limits.refusalWindowMs;

function refused(code: ErrorCode, over: Partial<RecordDraft> & { instance?: string } = {}) {
  const { instance = 'i1', ...rest } = over;
  const draft: RecordDraft = {
    type: 'gateway.refused',
    tenant: 'main',
    actors: [{ kind: 'agent', name: 'refunds', instance }],
    source: '10.0.0.1',
    method: 'tools/call',
    named: 'billing.create_refund',
    refusal: { stage: 'resolve', code, message: 'no' },
    ...rest,
  };
  return draft;
}

function counts(drafts: readonly RecordDraft[]): readonly (readonly unknown[])[] {
  return drafts.map((one) => [one.type, one.source, one.refusal?.code, one.refusal?.count]);
}

describe('refusals of unknown callers', () => {
  it('become one counted record per source, code and minute', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    for (let at = 0; at < 500; at += 1) {
      expect(book.note(refused('identity/missing'), false, clock.now())).toBeUndefined();
    }
    book.note(refused('identity/missing', { source: '10.0.0.2' }), false, clock.now());
    expect(book.due(clock.now())).toEqual([]);
    clock.advance(minute);
    expect(counts(book.due(clock.now()))).toEqual([
      ['gateway.refused-unknown', '10.0.0.1', 'identity/missing', 500],
      ['gateway.refused-unknown', '10.0.0.2', 'identity/missing', 1],
    ]);
    expect(book.due(clock.now())).toEqual([]);
  });

  it('from everywhere end in one bucket that says nothing about any of them', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    const sources = limits.refusalSources + 5_000;
    for (let at = 0; at < sources; at += 1) {
      const draft = refused('identity/missing', { source: `s${at}`, details: { mine: at } });
      book.note(draft, false, clock.now());
    }
    const due = book.due(clock.now(), true);
    expect(due).toHaveLength(limits.refusalSources + 1);
    const other = due.find(({ source }) => source === 'other');
    expect(other?.refusal?.count).toBe(5_000);
    expect(other?.details?.['mine']).toBeUndefined();
    expect(other?.named).toBeUndefined();
    const told = due.reduce((sum, one) => sum + (one.refusal?.count ?? 0), 0);
    expect(told).toBe(sources);
  });

  it('are told every interval, up to when and how often, so that a kill loses no more than one', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    for (let at = 0; at < 5; at += 1) book.note(refused('identity/missing'), false, clock.now());
    clock.advance(limits.refusalCountMs - 1);
    expect(book.due(clock.now())).toEqual([]);
    clock.advance(1);
    const due = book.due(clock.now());
    expect(counts(due)).toEqual([['gateway.refused-unknown', '10.0.0.1', 'identity/missing', 5]]);
    expect(due[0]?.details).toMatchObject({
      until: new Date(clock.now()).toISOString(),
      everyMs: limits.refusalCountMs,
    });
  });

  it('from very many sources are told by the minute only', () => {
    const book = createRefusalBook();
    for (let at = 0; at <= limits.refusalSources / 10; at += 1) {
      book.note(refused('identity/missing', { source: `s${at}` }), false, 0);
    }
    expect(book.due(limits.refusalCountMs)).toEqual([]);
    expect(book.due(minute).length).toBeGreaterThan(limits.refusalSources / 10);
  });

  it('that were different say how many, and nothing that only the first one said [AUD-05]', () => {
    const book = createRefusalBook();
    const details = { mine: true };
    for (const about of ['a', 'b', 'b', 'c']) {
      book.note(refused('identity/unknown-agent', { details }), false, 0, about);
    }
    for (const about of ['a', 'a']) {
      book.note(refused('identity/unknown-agent', { source: 'other one' }), false, 0, about);
    }
    const [mixed, same] = book.due(0, true);
    expect(mixed?.details).toMatchObject({ distinctAtLeast: 3 });
    expect(mixed?.details?.['mine']).toBeUndefined();
    expect(mixed?.named).toBeUndefined();
    expect(same?.named).toBe('billing.create_refund');
    expect(same?.details?.['distinctAtLeast']).toBeUndefined();
  });

  it('of two tenants never share a record [DAT-01]', () => {
    const book = createRefusalBook();
    for (const tenant of ['main', 'other']) {
      book.note(refused('identity/missing', { tenant }), false, 0);
    }
    expect(book.due(0, true).map(({ tenant }) => tenant)).toEqual(['main', 'other']);
  });
});

describe('refusals of a known caller', () => {
  it('are recorded at once the first time, and counted when they come again', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    const draft = refused('policy/denied');
    expect(book.note(draft, true, clock.now())).toBe(draft);
    for (let at = 0; at < 9; at += 1) {
      expect(book.note(draft, true, clock.now())).toBeUndefined();
    }
    const other = refused('policy/denied', { named: 'billing.list' });
    expect(book.note(other, true, clock.now())).toBe(other);
    clock.advance(minute);
    expect(counts(book.due(clock.now()))).toEqual([
      ['gateway.refused-repeated', '10.0.0.1', 'policy/denied', 9],
    ]);
  });

  it('with different arguments are different: each of fifteen probes has its own record [AUD-05]', () => {
    const book = createRefusalBook();
    const probes = Array.from({ length: 15 }, (_, at) => `arguments ${at}`);
    const draft = refused('policy/denied');
    const told = probes.map((about) => book.note(draft, true, 0, about));
    expect(told.filter((one) => one !== undefined)).toHaveLength(15);
    // The same ones again are counted, each for itself.
    for (const about of probes) expect(book.note(draft, true, 0, about)).toBeUndefined();
    expect(book.due(0, true).map(({ refusal }) => refusal?.count)).toEqual(probes.map(() => 1));
  });

  it('by another method or for another reason are different too', () => {
    const book = createRefusalBook();
    const drafts = [
      refused('policy/denied'),
      refused('policy/denied', { method: 'tools/list' }),
      refused('tools/invalid-arguments'),
    ];
    for (const draft of drafts) expect(book.note(draft, true, 0, 'same')).toBe(draft);
  });

  it('in more ways than are kept apart are folded by code, and it is said how many there were [AUD-05]', () => {
    const book = createRefusalBook();
    const told: RecordDraft[] = [];
    const probes = limits.refusalKinds + 100;
    for (let at = 0; at < probes; at += 1) {
      const draft = refused('policy/denied', { call: `call-${at}` });
      const now = book.note(draft, true, 0, `arguments ${at}`);
      if (now !== undefined) told.push(now);
    }
    // One more: the first that stands for all that are folded.
    expect(told).toHaveLength(limits.refusalKinds + 1);
    const [folded, ...rest] = book.due(0, true);
    expect(rest).toEqual([]);
    expect(folded?.refusal?.count).toBe(99);
    expect(folded?.call).toBeUndefined();
    expect(folded?.named).toBeUndefined();
    // As an example, apart from what is true of all.
    expect(folded?.details?.['first']).toMatchObject({
      method: 'tools/call',
      named: 'billing.create_refund',
    });
    const distinct = Number(folded?.details?.['distinctAtLeast']);
    expect(distinct).toBeLessThanOrEqual(99);
    expect(distinct).toBeGreaterThan(95);
  });

  it('are counted on every interval, and a kill loses no more than one, which the record says', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    const draft = refused('policy/denied');
    const told: number[] = [];
    for (let at = 0; at < 4 * 15; at += 1) {
      book.note(draft, true, clock.now());
      clock.advance(1_000);
      for (const one of book.due(clock.now())) {
        told.push(one.refusal?.count ?? 0);
        expect(one.details).toMatchObject({
          until: new Date(clock.now()).toISOString(),
          everyMs: limits.refusalCountMs,
        });
      }
    }
    expect(told).toEqual([14, 15, 15, 15]);
  });

  it('that could not be recorded are owed, and told once they can, none lost', () => {
    const book = createRefusalBook();
    const first = refused('policy/denied');
    const noted = book.note(first, true, 0);
    expect(noted).toBe(first);
    book.unrecorded([first]);
    for (let at = 0; at < 3; at += 1) book.note(first, true, 0);
    const due = book.due(0, true);
    book.unrecorded(due);
    book.unrecorded(book.due(minute, true));
    expect(counts(book.due(minute, true))).toEqual([
      ['gateway.refused-repeated', '10.0.0.1', 'policy/denied', 4],
    ]);
    expect(book.due(minute, true)).toEqual([]);
  });

  it('are owed in a bounded room, however long nothing can be recorded', () => {
    const book = createRefusalBook();
    const many = limits.refusalSources + 500;
    for (let at = 0; at < many; at += 1) {
      book.unrecorded([refused('policy/denied', { instance: `i${at}` })]);
    }
    const due = book.due(0);
    expect(due).toHaveLength(limits.refusalSources + 1);
    expect(due.reduce((sum, one) => sum + (one.refusal?.count ?? 0), 0)).toBe(many);
    expect(due.at(-1)?.actors).toEqual([{ kind: 'agent', name: 'unknown@other' }]);
  });

  it('of a loop of a million leave a bounded number of records, and none is lost', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    let recorded = 0;
    let told = 0;
    const tell = (drafts: readonly RecordDraft[]) => {
      recorded += drafts.length;
      told += drafts.reduce((sum, one) => sum + (one.refusal?.count ?? 0), 0);
    };
    for (let at = 0; at < 1_000_000; at += 1) {
      const broken = book.breaker('main', 'i1', clock.now());
      const draft = refused(broken?.code ?? 'tools/not-visible', { named: `guess.${at}` });
      if (book.note(draft, true, clock.now()) !== undefined) {
        recorded += 1;
        told += 1;
      }
      if (at % 100_000 === 0) {
        clock.advance(minute / 2);
        tell(book.due(clock.now()));
      }
    }
    tell(book.due(clock.now(), true));
    expect(told).toBe(1_000_000);
    expect(recorded).toBeLessThan(300);
  });

  it('lose no count when the minute ends before anybody asked for it', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    const draft = refused('policy/denied');
    for (let at = 0; at < 4; at += 1) book.note(draft, true, clock.now());
    clock.advance(minute);
    expect(book.note(draft, true, clock.now())).toBe(draft);
    expect(counts(book.due(clock.now()))).toEqual([
      ['gateway.refused-repeated', '10.0.0.1', 'policy/denied', 3],
    ]);
  });

  it('lose no count when there are more callers than are kept', () => {
    const book = createRefusalBook();
    for (let at = 0; at < limits.refusalSources + 10; at += 1) {
      for (let times = 0; times < 2; times += 1) {
        book.note(refused('policy/denied', { instance: `i${at}` }), true, 0);
      }
    }
    expect(book.due(0, true)).toHaveLength(limits.refusalSources + 10);
  });
});

describe('the breaker', () => {
  function trip(book: ReturnType<typeof createRefusalBook>, code: ErrorCode, now: number): void {
    for (let at = 0; at <= limits.repeatedRefusals; at += 1) book.note(refused(code), true, now);
  }

  it('trips for the rest of the minute when the same refused call keeps coming', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    const draft = refused('tools/invalid-arguments');
    for (let at = 0; at < limits.repeatedRefusals; at += 1) book.note(draft, true, clock.now());
    expect(book.breaker('main', 'i1', clock.now())).toBeUndefined();
    book.note(draft, true, clock.now());
    clock.advance(10_000);
    const broken = book.breaker('main', 'i1', clock.now());
    expect(broken).toMatchObject({ code: 'standing/breaker', retryAfter: 50 });
    expect(book.breaker('main', 'i2', clock.now())).toBeUndefined();
    expect(book.breaker('other', 'i1', clock.now())).toBeUndefined();
    clock.advance(50_000);
    expect(book.breaker('main', 'i1', clock.now())).toBeUndefined();
  });

  it('trips for a loop that changes its arguments each time', () => {
    const book = createRefusalBook();
    for (let at = 0; at <= limits.repeatedRefusals; at += 1) {
      expect(book.breaker('main', 'i1', 0)).toBeUndefined();
      book.note(refused('tools/invalid-arguments'), true, 0, `arguments ${at}`);
    }
    expect(book.breaker('main', 'i1', 0)?.code).toBe('standing/breaker');
  });

  it('does not keep itself tripped, and stays tripped when an older call comes through', () => {
    const book = createRefusalBook();
    const clock = new ManualClock();
    trip(book, 'policy/denied', clock.now());
    book.relief('main', 'i1');
    expect(book.breaker('main', 'i1', clock.now())?.code).toBe('standing/breaker');
    for (let at = 0; at < 100; at += 1) {
      book.note(refused('standing/breaker'), true, clock.now() + minute - 1);
    }
    expect(book.breaker('main', 'i1', clock.now() + minute)).toBeUndefined();
  });

  it('does not trip for an agent whose calls go through in between', () => {
    const book = createRefusalBook();
    for (let at = 0; at < 500; at += 1) {
      book.note(refused('policy/denied'), true, 0);
      if (at % 10 === 0) book.relief('main', 'i1');
    }
    expect(book.breaker('main', 'i1', 0)).toBeUndefined();
  });

  it.each(['standing/rate', 'stop/active', 'stop/unconfirmed', 'audit/unavailable'] as const)(
    'does not trip over %s, where waiting is the right thing',
    (code) => {
      const book = createRefusalBook();
      for (let at = 0; at < 1_000; at += 1) book.note(refused(code), true, 0);
      expect(book.breaker('main', 'i1', 0)).toBeUndefined();
      expect(book.due(0, true)).toHaveLength(1);
    },
  );
});

function agentNow(rates: Rates, ...asked: Parameters<Rates['agent']>) {
  return atOnce(rates.agent(...asked));
}

describe('rates', () => {
  const agent = { name: 'refunds', ratePerMinute: 60, burst: 3 } as AgentEntry;

  it('let a burst through, then as many as the minute has', () => {
    const rates = createRates();
    const ask = (at: number) => agentNow(rates, 'main', agent, at)?.code;
    expect([ask(0), ask(0), ask(0), ask(0)]).toEqual([
      undefined,
      undefined,
      undefined,
      'standing/rate',
    ]);
    expect([ask(999), ask(1_000), ask(1_001)]).toEqual([
      'standing/rate',
      undefined,
      'standing/rate',
    ]);
    expect(agentNow(rates, 'main', agent, 1_001)?.retryAfter).toBe(1);
    expect(agentNow(rates, 'other', agent, 1_001)).toBeUndefined();
  });

  it('save up no more than one burst, however long an agent was quiet', () => {
    const rates = createRates();
    const answers = [0, 1, 2, 3].map(() => agentNow(rates, 'main', agent, 86_400_000));
    agentNow(rates, 'main', agent, 0);
    const later = [0, 1, 2, 3].map(() => agentNow(rates, 'main', agent, 2 * 86_400_000));
    for (const given of [answers, later]) {
      expect(given.filter((one) => one === undefined)).toHaveLength(agent.burst);
    }
  });

  it('never let more through than burst and time allow', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (waits) => {
        const rates = createRates();
        let at = 0;
        let passed = 0;
        for (const wait of waits) {
          at += wait;
          if (agentNow(rates, 'main', agent, at) === undefined) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(agent.burst + at / 1_000 + 1e-6);
      }),
    );
  });

  it('hold one connection to its calls a second', () => {
    const rates = createRates({ limits: { callsPerConnectionPerSecond: 2 } });
    const connection = { id: 'c', windowStart: 0, callsInWindow: 0 };
    const ask = (at: number) => rates.connection(connection, at)?.code;
    expect([ask(0), ask(1), ask(999), ask(1_000)]).toEqual([
      undefined,
      undefined,
      'admit/rate',
      undefined,
    ]);
  });
});
