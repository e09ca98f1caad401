import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval } from '#kernel/grant.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { isShown } from './own-agents.ts';
import type { ControlParts } from './parts.ts';
import { personRoute, type Route } from './route.ts';
import { id, time } from './shapes.ts';

const step = z.strictObject({
  at: time,
  call: z.string(),
  target: z.string(),
  became: z.enum(['answered', 'held', 'refused']),
  /** Labels that came into the task with its answer. */
  brought: z.array(z.string()).readonly(),
});

const similar = z.strictObject({
  id: z.string(),
  agent: z.string(),
  verdict: z.enum(['approved', 'rejected']),
  by: z.string(),
  at: time,
  reason: z.string(),
  /** The same arguments of it were asked about. */
  sameSinks: z.boolean(),
});

const mostSteps = 10;
const mostSimilar = 10;
/** So far back similar ones are looked for. */
const mostLookedAt = 500;

export const approvalBesideRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/approvals/:id/beside',
    summary: 'What stands beside a held call: its task, and like decisions',
    action: 'log.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    params: z.strictObject({ id }),
    answer: z.strictObject({
      /** The last calls of its task before it, the oldest first; null: the index cannot be asked now. */
      story: z.array(step).nullable(),
      /** Of the same target, the newest first. */
      similar: z.array(similar),
    }),
    async handle({ parts, tenant, params, person, signal }) {
      const one = await parts.desks.approvals.show(tenant, params.id);
      if (one === undefined || !isShown(parts, person, one.binding.agent))
        throw new BailiwickError('approvals/unknown');
      const all = await parts.desks.approvals.list({ tenant, limit: mostLookedAt });
      const theirs = all.filter(({ binding }) => isShown(parts, person, binding.agent));
      return {
        story: await storyOf(parts, one, signal),
        similar: theirs.flatMap((other) => similarTo(one, other)).slice(0, mostSimilar),
      };
    },
  }),
];

async function storyOf(
  { records }: Pick<ControlParts, 'records'>,
  { binding: { tenant }, context: { task, callId } }: Approval,
  signal: AbortSignal | undefined,
): Promise<z.input<typeof step>[] | null> {
  if (task === undefined) return [];
  const question = {
    tenant,
    query: `task:${task} action:policy.outcome,gateway.held,gateway.refused`,
    view: undefined,
    most: 2 * mostSteps,
    newestFirst: true,
    counted: false,
    cursor: undefined,
  };
  try {
    const { records: found } = await records.ask(question, signal);
    const steps = found.map(({ record }) => record).filter(({ call }) => call !== callId);
    return steps.slice(0, mostSteps).toReversed().map(stepOf);
  } catch (fault) {
    if (!(fault instanceof BailiwickError)) throw fault;
    return null;
  }
}

function stepOf(record: RecordEnvelope): z.input<typeof step> {
  const { time: at, call = '', type, labels, target, named = '' } = record;
  const known = target === undefined ? undefined : parseTarget(target.target);
  return {
    at,
    call,
    target: known === undefined ? named : targetLabel(known),
    became: ends[type] ?? 'answered',
    brought: labels?.out ?? [],
  };
}

const ends: Readonly<Record<string, 'held' | 'refused'>> = {
  'gateway.held': 'held',
  'gateway.refused': 'refused',
};

function similarTo(one: Approval, other: Approval): z.input<typeof similar>[] {
  const { id: of, binding, state, decidedBy: by, decidedAt: at, reason } = other;
  if (of === one.id || binding.target !== one.binding.target) return [];
  const isYes = state === 'approved' || state === 'spent';
  if ((!isYes && state !== 'rejected') || by === undefined || at === undefined) return [];
  return [
    {
      id: of,
      agent: binding.agent,
      verdict: isYes ? 'approved' : 'rejected',
      by,
      at: isoTime(at),
      reason: reason ?? '',
      sameSinks: sinksOf(one) === sinksOf(other),
    },
  ];
}

function sinksOf({ context: { doubts = [] } }: Approval): string {
  return [...new Set(doubts.map(({ argument }) => argument ?? ''))].sort().join('\n');
}
