import { describe, expect, it } from 'vitest';
import type { Principal } from '#kernel/principal.ts';
import { fakeCircle } from '../../test/fakes/fake-fellows.ts';
import { createCancellations } from './cancellations.ts';
import { firstOf } from './fellows.ts';

const by = { tenant: 'main', instance: 'i' } as Principal;

/** Two gateways, and what was cancelled at each. */
function two() {
  const circle = fakeCircle(2);
  const cancelled: string[] = [];
  const at = circle.fellows.map((fellows, index) => {
    const own = createCancellations(fellows);
    circle.join(index, {
      countOpen: (call) => own.countOpen(call),
      cancelOpen(call) {
        own.cancelOpen(call);
        return 0;
      },
    });
    return own;
  });
  return { circle, cancelled, at };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a cancellation among several gateways', () => {
  it('ends the one call of this id, wherever it is open', async () => {
    const { at, cancelled } = two();
    at[1]?.open(by, { id: 7 }, () => cancelled.push('at the other'));
    at[1]?.open(by, { id: '7' }, () => cancelled.push('another id'));
    at[0]?.cancel(by, { id: 7 });
    await settled();
    expect(cancelled).toEqual(['at the other']);
    at[0]?.open(by, { id: 8 }, () => cancelled.push('here'));
    at[0]?.cancel(by, { id: 8 });
    await settled();
    expect(cancelled).toEqual(['at the other', 'here']);
  });

  it('ends none where both have one, or where one does not answer', async () => {
    const { at, cancelled, circle } = two();
    for (const own of at) own.open(by, { id: 1 }, () => cancelled.push('both'));
    at[0]?.cancel(by, { id: 1 });
    await settled();
    at[0]?.open(by, { id: 2 }, () => cancelled.push('mine'));
    circle.leave(1);
    at[0]?.cancel(by, { id: 2 });
    await settled();
    expect(cancelled).toEqual([]);
  });

  it('by an id that is made up to be long is asked of nobody', async () => {
    const { at, cancelled } = two();
    for (const length of [256, 257]) {
      const id = 'x'.repeat(length);
      at[1]?.open(by, { id }, () => cancelled.push(`${length}`));
      at[0]?.cancel(by, { id });
      await settled();
    }
    expect(cancelled).toEqual(['256']);
  });
});

describe('what should be done once', () => {
  it('is done by the first that is there, and by the next when that has been away for long', () => {
    const circle = fakeCircle(3);
    const [first, second, third] = circle.fellows;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no');
    circle.join(0, {});
    circle.join(1, {});
    expect(firstOf(first, 10_000)).toBeUndefined();
    expect(firstOf(second, 10_000)?.index).toBe(0);
    circle.leave(0);
    expect(firstOf(second, 4_000)?.index).toBe(0);
    expect(firstOf(second, 6_000)).toBeUndefined();
    expect(firstOf(third, 6_000)?.index).toBe(1);
  });
});
