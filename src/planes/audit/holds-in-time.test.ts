import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LegalHold } from '#contracts/hold-book.ts';
import { newId } from '#kernel/ids.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { createTurns, type Turns } from '#kernel/turns.ts';
import type { PrunableLog } from './prunable-log.ts';
import { createRetaining } from './retaining.ts';
import { retentionKind } from './retention-kind.ts';

const year = 366 * 86_400_000;
const noTurns: Turns = { take: (_, step) => step() };

function snapshot(): Snapshot {
  const parsed = retentionKind.parse('all', { profile: 'finance', maximum: '7y' });
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  const tenants = { main: { tenant: 'main', retentions: { all: parsed.entry } } };
  return { tenants } as unknown as Snapshot;
}

/** A look and a hold at once, each of their steps when the schedule says so. What happened, in its order. */
async function happenings(
  schedule: fc.Scheduler,
  later: number,
  takings: Turns,
): Promise<readonly string[]> {
  const clock = new ManualClock(Date.now());
  const happened: string[] = [];
  const held: LegalHold[] = [];
  const step = <Given extends unknown[], Answer>(does: (...given: Given) => Answer) =>
    schedule.scheduleFunction(async (...given: Given) => does(...given));
  const log: PrunableLog = {
    tenant: 'main',
    retention: 'standard',
    writer: 'gw',
    origin: 'bailiwick.local/main/standard/gw',
    size: () => 1_024,
    pruned: () => undefined,
    newestIn: () => clock.now() - 9 * year,
    rootOf: () => 'ab'.repeat(32),
    prune: step(() => void happened.push('taken')),
    sweep: step(() => undefined),
  };
  const retaining = createRetaining({
    logs: () => [log],
    snapshot,
    archive: undefined,
    notes: { read: () => undefined, write: step(() => undefined) },
    holds: { over: step(() => [...held]) },
    takings,
    record: step(() => newId(clock.now())),
    writer: 'control-1',
    clock,
    turn: async () => undefined,
  });
  const ask = step(() => void held.push({ matter: 'Doe v. Corp' } as LegalHold));
  const answered = step(() => void happened.push('held'));
  const hold = async () => {
    for (let at = 0; at < later; at += 1) await step(() => undefined)();
    await takings.take('main', () => ask());
    await answered();
  };
  await schedule.waitFor(Promise.all([retaining.look(), hold()]));
  return happened;
}

const inTime = (takings: () => Turns) =>
  fc.asyncProperty(fc.scheduler(), fc.nat(8), async (schedule, later) => {
    const happened = await happenings(schedule, later, takings());
    expect(['held', 'taken', 'held taken', 'taken held']).toContain(happened.join(' '));
    // Whoever was told that it holds has everything that was there then.
    expect(happened.join(' ')).not.toBe('held taken');
  });

describe('a hold that is asked for while a front is being taken', () => {
  it('holds before or after it, in every order of their steps [AUD-06]', async () => {
    await fc.assert(inTime(createTurns), { numRuns: 300, seed: 4_711 });
  });

  it('would come too late in some of them, did they not take turns', async () => {
    const { failed } = await fc.check(
      inTime(() => noTurns),
      { numRuns: 300, seed: 4_711 },
    );
    expect(failed).toBe(true);
  });
});
