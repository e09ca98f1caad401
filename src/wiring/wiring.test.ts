import { describe, expect, it } from 'vitest';
import type { Outbox, OutboxDraft } from '#contracts/outbox.ts';
import type { OwedKind } from '#contracts/owed.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeOutbox } from '../../test/fakes/fake-outbox.ts';
import { createWiring, type Reaction } from './index.ts';

const clock = new ManualClock();

function draft(id: string, kind = 'recompile'): OutboxDraft {
  return { id, tenant: 'main', kind, body: {}, at: clock.now() };
}

/** A reaction that remembers what it did, and fails while it is told to. */
function doing(kind: OwedKind = 'recompile') {
  const did: string[] = [];
  const broken = new Set<string>();
  const reaction: Reaction = {
    kind,
    async react(drafts) {
      for (const { id } of drafts) if (broken.has(id)) throw new Error(`cannot do ${id}`);
      did.push(...drafts.map(({ id }) => id));
    },
  };
  return { did, broken, reaction };
}

function wired(outbox: Outbox, ...reactions: readonly Reaction[]) {
  const faults: string[] = [];
  const onFault = (kind: string) => void faults.push(kind);
  return { faults, wiring: createWiring({ outbox, reactions, clock, onFault }) };
}

describe('wiring', () => {
  it('does what an earlier life owed, at its start, and then what is put', async () => {
    const outbox = new FakeOutbox(clock);
    const { did, reaction } = doing();
    await outbox.put([draft('before')]);
    const { wiring } = wired(outbox, reaction);
    await wiring.start();
    expect(did).toEqual(['before']);
    await outbox.put([draft('after')]);
    await wiring.settle('recompile');
    expect(did).toEqual(['before', 'after']);
    expect(await outbox.due(10)).toEqual([]);
    await wiring.stop();
  });

  it('tells a reaction that waits for a reaction, in place of waiting for itself', async () => {
    const outbox = new FakeOutbox(clock);
    const heard: unknown[] = [];
    let settle: () => Promise<void> = async () => undefined;
    const { wiring } = wired(outbox, {
      kind: 'recompile',
      react: () => settle().catch((fault: unknown) => void heard.push(fault)),
    });
    settle = () => wiring.settle('roster');
    await outbox.put([draft('one')]);
    await wiring.start();
    expect(String(heard[0])).toContain('waits for `roster`');
    await wiring.settle('recompile');
    await wiring.stop();
  });

  it('does again what it could not take out of the outbox, after a crash', async () => {
    const outbox = new FakeOutbox(clock);
    const { did, reaction } = doing();
    await outbox.put([draft('one')]);
    outbox.failDone = true;
    const first = wired(outbox, reaction);
    await first.wiring.start();
    expect(first.faults).toEqual(['outbox']);
    await first.wiring.stop();
    outbox.failDone = false;
    const second = wired(outbox, reaction);
    await second.wiring.start();
    expect(did).toEqual(['one', 'one']);
    expect(await outbox.due(10)).toEqual([]);
    await second.wiring.stop();
  });

  it('puts off what it cannot do, says so, and does the others meanwhile', async () => {
    const outbox = new FakeOutbox(clock);
    const { did, broken, reaction } = doing();
    const roster = doing('roster');
    broken.add('bad');
    await outbox.put([draft('bad'), draft('good'), draft('other', 'roster')]);
    const { wiring, faults } = wired(outbox, reaction, roster.reaction);
    await wiring.start();
    expect(did).toEqual(['good']);
    expect(roster.did).toEqual(['other']);
    expect(faults).toEqual(['recompile']);
    expect(await outbox.due(10)).toEqual([]);
    broken.clear();
    clock.advance(60_000);
    await wiring.settle('recompile');
    expect(did).toEqual(['good', 'bad']);
    expect(wiring.failing()).toEqual([]);
    await wiring.stop();
  });

  it('tells whoever waits for a kind that it could not be done, and nobody else', async () => {
    const outbox = new FakeOutbox(clock);
    const { broken, reaction } = doing();
    broken.add('bad');
    const { wiring } = wired(outbox, reaction);
    await wiring.start();
    await outbox.put([draft('bad')]);
    const [recompile, roster] = await Promise.allSettled([
      wiring.settle('recompile'),
      wiring.settle('roster'),
    ]);
    expect(recompile.status).toBe('rejected');
    expect(roster.status).toBe('fulfilled');
    expect(wiring.failing()).toEqual(['recompile']);
    await wiring.stop();
  });

  it('keeps what nothing here reacts to, for the version that does', async () => {
    const outbox = new FakeOutbox(clock);
    await outbox.put([draft('later', 'of-tomorrow')]);
    const { wiring } = wired(outbox);
    await wiring.start();
    expect(wiring.failing()).toEqual(['of-tomorrow']);
    await wiring.stop();
    clock.advance(60_000);
    expect(await outbox.due(10)).toMatchObject([{ id: 'later' }]);
  });
});
