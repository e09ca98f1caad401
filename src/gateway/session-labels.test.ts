import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelBook } from '#contracts/label-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { joinLabels, type Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Roster } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { createTaskLabels } from './session-labels.ts';
import { createState } from './state.ts';

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'worker',
  instance: 'i',
  user: undefined,
  task: 't',
  session: 's',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'k',
};
const untrusted: Labels = ['integrity:untrusted'];

/** A label book in memory that several gateways share, and that counts what it is asked. */
class SharedBook implements LabelBook {
  readonly #labels = new Map<string, Labels>();
  asked = 0;
  readonly over = new Set<string>();
  /** What an answer waits for. */
  gate: Promise<void> = Promise.resolve();
  /** What the answer to a raise waits for. */
  raised: Promise<void> = Promise.resolve();

  async read(tenant: string, task: string) {
    this.asked += 1;
    const labels = this.#labels.get(`${tenant} ${task}`) ?? [];
    await this.gate;
    return { labels, version: labels.length };
  }

  async raise(tenant: string, { task }: { task: string }, labels: Labels) {
    this.asked += 1;
    const key = `${tenant} ${task}`;
    if (this.over.has(task)) throw new BailiwickError('identity/task-ended');
    const all = joinLabels(this.#labels.get(key) ?? [], labels);
    this.#labels.set(key, all);
    await this.raised;
    return { labels: all, version: all.length };
  }
}

function rosterOf(task: string): Roster {
  const entry = { tenant: 'main', agent: 'worker', instance: 'i' };
  return { number: 1, instances: { k: { ...entry, current: { task, session: 's' } } } };
}

function gatewayOver(book: LabelBook) {
  const clock = new ManualClock();
  const control = createState({ standing: createStanding(), stopLeaseMs: 5_000, writer: 'g' });
  control.takeOverlay({ number: 1, entries: [] }, clock.monotonic());
  control.takeRoster(rosterOf('t'));
  const records: RecordDraft[] = [];
  const recording = { fails: false };
  const recorder = {
    async record(draft: RecordDraft) {
      if (recording.fails) throw new BailiwickError('audit/unavailable');
      records.push(draft);
      return { id: 'r', position: { segment: 0, offset: records.length } };
    },
  };
  const waited: number[] = [];
  // Whoever waits lets the time pass.
  const timer = {
    now: () => clock.monotonic(),
    after(ms: number, run: () => void) {
      waited.push(ms);
      clock.advance(ms);
      run();
      return () => undefined;
    },
  };
  const labels = createTaskLabels({ book, state: control.state, recorder, clock, timer });
  return { control, clock, labels, records, recording, waited };
}

describe('labels of tasks', () => {
  it('are remembered by a sole gateway, and read again and again while there are several', async () => {
    const book = new SharedBook();
    const { control, labels, clock } = gatewayOver(book);
    control.takeGateways(1, 1);
    expect(await labels.of(principal)).toEqual([]);
    clock.advance(limits.labelLeaseMs);
    expect(labels.of(principal)).toEqual([]);
    expect(book.asked).toBe(1);
    control.takeGateways(2, 2);
    await labels.of(principal);
    clock.advance(limits.labelLeaseMs - 1);
    expect(labels.of(principal)).toEqual([]);
    expect(book.asked).toBe(2);
    clock.advance(1);
    await labels.of(principal);
    expect(book.asked).toBe(3);
  });

  it('are asked for once by calls that come together, and anew by one that comes too late', async () => {
    const book = new SharedBook();
    const { control, labels, clock } = gatewayOver(book);
    control.takeGateways(2, 2);
    let answer: () => void = () => undefined;
    book.gate = new Promise((resolve) => (answer = resolve));
    const together = [labels.of(principal), labels.of(principal)];
    expect(book.asked).toBe(1);
    clock.advance(limits.labelLeaseMs);
    const late = labels.of(principal);
    expect(book.asked).toBe(2);
    answer();
    expect(await Promise.all([...together, late])).toEqual([[], [], []]);
  });

  it('are told of only when every gateway acts on them: who raised them waits, and who saw them too', async () => {
    const book = new SharedBook();
    const [one, other, third] = [gatewayOver(book), gatewayOver(book), gatewayOver(book)];
    for (const { control } of [one, other, third]) control.takeGateways(3, 3);
    expect(await third.labels.of(principal)).toEqual([]);
    await one.labels.raise(principal, untrusted, 'a/b');
    expect(one.waited).toEqual([limits.labelLeaseMs]);
    // As long ago as the first one waited: nobody has what it read before any more.
    third.clock.advance(limits.labelLeaseMs);
    expect(await third.labels.of(principal)).toEqual(untrusted);
    // It did not raise it, and has only now seen that it stands there.
    await other.labels.raise(principal, untrusted, 'a/b');
    expect(other.waited).toEqual([limits.labelLeaseMs]);
    expect(other.labels.raise(principal, untrusted, 'a/b')).toBeUndefined();
    expect(one.labels.raise(principal, untrusted, 'a/b')).toBeUndefined();
  });

  it('are told of after a whole lease when who serves changes while they are raised', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    one.control.takeGateways(2, 2);
    let answer: () => void = () => undefined;
    book.raised = new Promise((resolve) => (answer = resolve));
    const raised = one.labels.raise(principal, untrusted, 'a/b');
    while (one.records.length === 0 || book.asked < 2) await Promise.resolve();
    one.control.takeGateways(3, 3);
    answer();
    await raised;
    expect(one.waited).toEqual([limits.labelLeaseMs]);
  });

  it('never let a call that follows a release act without them, whatever the gateways had read', () => {
    const step = fc.record({
      gateway: fc.nat({ max: 2 }),
      act: fc.constantFrom('read', 'raise'),
      passes: fc.nat({ max: limits.labelLeaseMs * 2 }),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const book = new SharedBook();
        const all = [gatewayOver(book), gatewayOver(book), gatewayOver(book)];
        const pass = (ms: number) => all.forEach(({ clock }) => clock.advance(ms));
        for (const { control } of all) control.takeGateways(3, 3);
        let isTold = false;
        for (const { gateway, act, passes } of steps) {
          const { labels, clock } = all[gateway] as (typeof all)[number];
          const began = clock.monotonic();
          if (act === 'raise') {
            await labels.raise(principal, untrusted, 'a/b');
            isTold = true;
          } else {
            expect(await labels.of(principal)).toEqual(isTold ? untrusted : []);
          }
          // What one waited has passed for all.
          const waited = clock.monotonic() - began;
          for (const other of all) if (other.clock !== clock) other.clock.advance(waited);
          pass(passes);
        }
      }),
    );
  });

  it('are not waited for by a sole gateway', async () => {
    const { control, labels, waited } = gatewayOver(new SharedBook());
    control.takeGateways(1, 1);
    await labels.raise(principal, untrusted, 'a/b');
    expect(waited).toEqual([]);
  });

  it('that another gateway raised are seen after it has gone again', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    const other = gatewayOver(book);
    one.control.takeGateways(1, 1);
    expect(await one.labels.of(principal)).toEqual([]);
    for (const { control } of [one, other]) control.takeGateways(2, 2);
    await other.labels.raise(principal, untrusted, 'a/b');
    one.control.takeGateways(1, 3);
    expect(await one.labels.of(principal)).toEqual(untrusted);
  });

  it('that were read while another gateway was there are not remembered when it has gone', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    const other = gatewayOver(book);
    for (const { control } of [one, other]) control.takeGateways(2, 2);
    let answer: () => void = () => undefined;
    book.gate = new Promise((resolve) => (answer = resolve));
    const late = one.labels.of(principal);
    book.gate = Promise.resolve();
    await other.labels.raise(principal, untrusted, 'a/b');
    one.control.takeGateways(1, 3);
    answer();
    expect(await late).toEqual([]);
    expect(await one.labels.of(principal)).toEqual(untrusted);
  });

  it('are read anew after control was away, whatever term the next control is in', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    const other = gatewayOver(book);
    one.control.takeGateways(1, 1);
    expect(await one.labels.of(principal)).toEqual([]);
    one.control.takeGateways(0, 0);
    other.control.takeGateways(1, 1);
    await other.labels.raise(principal, untrusted, 'a/b');
    one.control.takeGateways(1, 1);
    expect(await one.labels.of(principal)).toEqual(untrusted);
  });

  it('that are there already are raised without a word to the store', async () => {
    const book = new SharedBook();
    const { control, labels } = gatewayOver(book);
    control.takeGateways(1, 1);
    await labels.raise(principal, untrusted, 'a/b');
    const { asked } = book;
    expect(labels.raise(principal, untrusted, 'a/b')).toBeUndefined();
    expect(book.asked).toBe(asked);
    expect(labels.of(principal)).toEqual(untrusted);
  });

  it('of delegated work are asked for again also by a sole gateway, and free all tasks of what it knew [DAT-08]', async () => {
    const book = new SharedBook();
    const { control, labels, clock, waited } = gatewayOver(book);
    control.takeGateways(1, 1);
    const delegation = { id: 'd', client: undefined, issuedAt: 1, token: 'j' };
    const one = { ...principal, task: 'd1', delegation };
    const beside = { ...principal, task: 'd2', delegation };
    for (const who of [one, beside, principal]) expect(await labels.of(who)).toEqual([]);
    // What the store puts on those of the same user and agent, and on whoever handed it on.
    for (const task of ['d1', 'd2', 't']) await book.raise('main', { task }, untrusted);
    expect([labels.of(one), labels.of(beside), labels.of(principal)]).toEqual([[], [], []]);
    await labels.raise(one, ['confidentiality:secret'], 'a/b');
    expect(waited).toEqual([]);
    expect(await labels.of(beside)).toEqual(untrusted);
    expect(await labels.of(principal)).toEqual(untrusted);
    await book.raise('main', { task: 'd2' }, ['confidentiality:personal']);
    clock.advance(limits.labelLeaseMs - 1);
    expect(labels.of(beside)).toEqual(untrusted);
    clock.advance(1);
    expect(await labels.of(beside)).toContain('confidentiality:personal');
  });

  it('that are raised are on record once: which, of whose task, and from where [AUD-01]', async () => {
    const { control, labels, records } = gatewayOver(new SharedBook());
    control.takeGateways(1, 1);
    const together = [1, 2].map(async () => labels.raise(principal, untrusted, 'a/b'));
    await Promise.all(together);
    await labels.raise(principal, untrusted, 'a/c');
    await labels.raise(principal, [...untrusted, 'confidentiality:secret'], 'a/d');
    const common = { type: 'label.raised', tenant: 'main', task: 't', session: 's' };
    expect(records).toMatchObject([
      { ...common, labels: { in: [], out: untrusted }, details: { source: 'a/b' } },
      {
        ...common,
        labels: { in: untrusted, out: ['confidentiality:secret'] },
        details: { source: 'a/d' },
      },
    ]);
    expect(records[0]?.actors).toMatchObject([{ kind: 'agent', name: 'worker' }]);
  });

  it('that another gateway raised and recorded are not recorded again', async () => {
    const book = new SharedBook();
    const one = gatewayOver(book);
    const other = gatewayOver(book);
    for (const { control } of [one, other]) control.takeGateways(2, 2);
    await one.labels.raise(principal, untrusted, 'a/b');
    await other.labels.raise(principal, untrusted, 'a/b');
    expect(other.records).toEqual([]);
  });

  it('that cannot be recorded are not raised, and are recorded once they can be', async () => {
    const { control, labels, records, recording } = gatewayOver(new SharedBook());
    control.takeGateways(1, 1);
    recording.fails = true;
    await expect(labels.raise(principal, untrusted, 'a/b')).rejects.toMatchObject({
      code: 'audit/unavailable',
    });
    expect(await labels.of(principal)).toEqual([]);
    recording.fails = false;
    await labels.raise(principal, untrusted, 'a/b');
    expect(records.map(({ type }) => type)).toEqual(['label.raised']);
    expect(await labels.of(principal)).toEqual(untrusted);
  });

  it.each([
    [
      'an overlay ends it',
      ({ control, clock }: World) => {
        const target = { kind: 'task', tenant: 'main', task: 't' } as const;
        const entry = { id: 'o', target, why: 'ended', by: 'ada', reason: 'done', at: 0 } as const;
        control.takeOverlay({ number: 2, entries: [entry] }, clock.monotonic());
      },
    ],
    [
      'the roster names another one',
      ({ control }: World) => control.takeRoster({ ...rosterOf('u'), number: 2 }),
    ],
    [
      'that was not confirmed for longer than the stop lease',
      ({ clock }: World) => clock.advance(5_001),
    ],
  ])('of a task that may be over are raised by the store alone: %s', async (_, change) => {
    const book = new SharedBook();
    const world = gatewayOver(book);
    world.control.takeGateways(1, 1);
    await world.labels.raise(principal, untrusted, 'a/b');
    expect(world.labels.raise(principal, untrusted, 'a/b')).toBeUndefined();
    book.over.add('t');
    change(world);
    await expect(world.labels.raise(principal, untrusted, 'a/b')).rejects.toMatchObject({
      code: 'identity/task-ended',
    });
  });
});

type World = ReturnType<typeof gatewayOver>;
