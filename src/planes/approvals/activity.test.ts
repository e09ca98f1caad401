import { describe, expect, it } from 'vitest';
import type { HeldCall } from '#contracts/grant-ledger.ts';
import { activityOf } from './activity.ts';

const hour = 3_600_000;
const now = 100 * hour;
let made = 0;

function held(over: Partial<HeldCall>): HeldCall {
  made += 1;
  const requestedAt = over.requestedAt ?? now - hour;
  return {
    id: `a${made}`,
    agent: 'worker',
    target: 'tool:billing/refund',
    approvalClass: 'write',
    state: 'pending',
    requestedAt,
    expiresAt: requestedAt + 2 * hour,
    decidedAt: undefined,
    decidedBy: undefined,
    yeses: [],
    ...over,
  };
}

const yes = (by: string, afterMs: number) => ({ by, at: now - hour + afterMs });

function decided(state: HeldCall['state'], by: string, afterMs: number): HeldCall {
  const isYes = state === 'approved' || state === 'spent';
  const { at } = yes(by, afterMs);
  return held({ state, decidedBy: by, decidedAt: at, yeses: isYes ? [{ by, at }] : [] });
}

describe('reviewer activity', () => {
  it('says what waits and how long, and of each reviewer how many, how fast and how often yes: golden [APR-03]', () => {
    const rows = [
      held({ id: 'young', requestedAt: now - 60_000 }),
      held({ id: 'old', requestedAt: now - hour, agent: 'other' }),
      // Its time is over, though no timer has come by.
      held({ id: 'over', requestedAt: now - 3 * hour }),
      decided('spent', 'ann', 1_000),
      decided('approved', 'ann', 3_000),
      decided('spent', 'ann', 2_000),
      decided('rejected', 'ann', 600_000),
      decided('rejected', 'bob', 40_000),
      decided('withdrawn', 'cleo', 5_000),
      decided('expired', '', 0),
      decided('void', 'bob', 0),
      // Two had to agree: both said yes.
      held({
        state: 'spent',
        decidedBy: 'bob',
        decidedAt: now - hour + 90_000,
        yeses: [yes('dora', 30_000), yes('bob', 90_000)],
      }),
      // One said yes, and somebody else no.
      held({
        state: 'rejected',
        decidedBy: 'dora',
        decidedAt: now - hour + 50_000,
        yeses: [yes('bob', 10_000)],
      }),
    ];
    const { waiting, ...rest } = activityOf(rows, now);
    expect([waiting.count, waiting.oldestMs]).toEqual([2, hour]);
    expect(waiting.calls.map(({ id, waitsMs }) => [id, waitsMs])).toEqual([
      ['old', hour],
      ['young', 60_000],
    ]);
    expect(rest).toEqual({
      ended: { approved: 4, rejected: 3, expired: 2, withdrawn: 1, void: 1 },
      reviewers: [
        {
          by: 'ann',
          yes: 3,
          no: 1,
          shareOfYes: 0.75,
          medianMs: 2_000,
          slowestTenthMs: 600_000,
          lastAt: now - hour + 600_000,
        },
        {
          by: 'bob',
          yes: 2,
          no: 1,
          shareOfYes: 2 / 3,
          medianMs: 40_000,
          slowestTenthMs: 90_000,
          lastAt: now - hour + 90_000,
        },
        {
          by: 'dora',
          yes: 1,
          no: 1,
          shareOfYes: 0.5,
          medianMs: 30_000,
          slowestTenthMs: 50_000,
          lastAt: now - hour + 50_000,
        },
      ],
    });
  });

  it('counts a yes of an earlier version, names no more than fifty that wait, and takes no clock that went back for speed [APR-03]', () => {
    const old = held({ state: 'spent', decidedBy: 'ann', decidedAt: now - 2 * hour });
    const rows = [old, ...Array.from({ length: 60 }, () => held({}))];
    const { waiting, reviewers } = activityOf(rows, now);
    expect([waiting.count, waiting.calls.length]).toEqual([60, 50]);
    expect(reviewers).toMatchObject([{ by: 'ann', yes: 1, medianMs: 0 }]);
    expect(activityOf([], now)).toMatchObject({ waiting: { count: 0 }, reviewers: [] });
  });
});
