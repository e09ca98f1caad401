import { z } from 'zod';
import { mostHeldCalls } from '#contracts/grant-ledger.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { activityOf } from '#planes/approvals/index.ts';
import { personRoute, type Route } from './route.ts';
import { limit, time } from './shapes.ts';

const dayMs = 86_400_000;
const count = z.int().nonnegative();

/** INVARIANT: before the route of one approval, which would take its last word for an id. */
export const approvalActivityRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/approvals/activity',
    summary: 'What waits and how long; who decided, how fast and how often yes',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({ days: limit(30, 90) }),
    answer: z.strictObject({
      since: time,
      /** False: only the newest ten thousand were counted. */
      isWhole: z.boolean(),
      waiting: z.strictObject({
        count,
        oldestSeconds: z.number().nullable(),
        /** The oldest fifty. */
        calls: z.array(
          z.strictObject({
            id: z.string(),
            agent: z.string(),
            target: z.string(),
            class: z.string(),
            seconds: z.number(),
          }),
        ),
      }),
      ended: z.strictObject({
        approved: count,
        rejected: count,
        expired: count,
        withdrawn: count,
        void: count,
      }),
      reviewers: z.array(
        z.strictObject({
          by: z.string(),
          yes: count,
          no: count,
          shareOfYes: z.number(),
          medianSeconds: z.number(),
          slowestTenthSeconds: z.number(),
          lastAt: time,
        }),
      ),
    }),
    async handle({ parts, tenant, query: { days } }) {
      const now = parts.clock.now();
      const since = now - days * dayMs;
      const rows = await parts.desks.approvals.held(tenant, since);
      const { waiting, ended, reviewers } = activityOf(rows, now);
      return {
        since: isoTime(since),
        isWhole: rows.length < mostHeldCalls,
        waiting: {
          count: waiting.count,
          oldestSeconds: waiting.oldestMs === undefined ? null : waiting.oldestMs / 1_000,
          calls: waiting.calls.map((one) => ({
            id: one.id,
            agent: one.agent,
            target: labelOf(one.target),
            class: one.approvalClass,
            seconds: one.waitsMs / 1_000,
          })),
        },
        ended,
        reviewers: reviewers.map(({ medianMs, slowestTenthMs, lastAt, ...one }) => ({
          ...one,
          medianSeconds: medianMs / 1_000,
          slowestTenthSeconds: slowestTenthMs / 1_000,
          lastAt: isoTime(lastAt),
        })),
      };
    },
  }),
];

function labelOf(text: string): string {
  const target = parseTarget(text);
  return target === undefined ? text : targetLabel(target);
}
