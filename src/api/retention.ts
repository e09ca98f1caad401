import { z } from 'zod';
import { isoTime } from '#kernel/time.ts';
import type { RetentionShown } from '#planes/audit/index.ts';
import { personRoute, type Route } from './route.ts';

const shape = z.strictObject({
  class: z.string(),
  minimumMs: z.number().optional(),
  maximumMs: z.number().optional(),
  onlineMs: z.number().optional(),
  promisedMs: z.number(),
  documents: z.array(
    z.strictObject({
      name: z.string(),
      profile: z.string(),
      basis: z.string(),
      minimumMs: z.number(),
      maximumMs: z.number().optional(),
      onlineMs: z.number().optional(),
    }),
  ),
  enforcedBy: z.array(z.string()),
  logs: z.array(z.strictObject({ writer: z.string(), size: z.number(), begins: z.number() })),
  next: z.array(
    z.strictObject({
      writer: z.string(),
      from: z.number(),
      to: z.number(),
      why: z.enum(['maximum', 'online']),
      newest: z.string(),
    }),
  ),
  heldBy: z.array(z.string()),
  lastRun: z
    .strictObject({ at: z.string(), pruned: z.number(), kept: z.array(z.string()) })
    .optional(),
});

export const retentionRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/audit/retention',
    summary: 'How long records are kept, and who enforces it',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    answer: z.strictObject({ classes: z.array(shape) }),
    async handle({ parts, tenant }) {
      return { classes: (await parts.retention(tenant)).map(view) };
    },
  }),
];

function view({ retention, effective, run, ...shown }: RetentionShown): z.input<typeof shape> {
  const { minimumMs, maximumMs, onlineMs, of = [] } = effective ?? {};
  return {
    class: retention,
    ...given({ minimumMs, maximumMs, onlineMs }),
    promisedMs: shown.promisedMs,
    documents: of.map(({ name, profile, basis, ...one }) => ({
      name,
      profile,
      basis,
      minimumMs: one.minimumMs,
      ...given({ maximumMs: one.maximumMs, onlineMs: one.onlineMs }),
    })),
    enforcedBy: [...shown.enforcedBy],
    logs: [...shown.logs],
    next: shown.next.map((plan) => ({ ...plan, newest: isoTime(plan.newest) })),
    heldBy: [...shown.heldBy],
    ...(run === undefined
      ? {}
      : { lastRun: { at: isoTime(run.at), pruned: run.pruned, kept: [...run.kept] } }),
  };
}

/** What is not said is not in the answer at all. */
function given<T extends object>(answer: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const said = Object.entries(answer).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
