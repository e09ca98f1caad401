import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval } from '#kernel/grant.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { isPlainName } from '#planes/query/index.ts';
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
/** So many are asked for, as repeats of the call are left out. */
const mostRecords = 10 * mostSteps;
/** Calls that ran at once say in any order what they brought. */
const mostBringers = 4;
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
      /**
       * Calls of its task before it: what brought labels first, then its last ones, the oldest first. Null: the index
       * cannot be asked now.
       */
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
        story: await storyOf(parts, { one, same: idsOfSame(one, all) }, signal),
        similar: theirs.flatMap((other) => similarTo(one, other)).slice(0, mostSimilar),
      };
    },
  }),
];

/** The same call was asked about before it, or is asked about again. */
function idsOfSame({ id: own, callDigest }: Approval, all: readonly Approval[]): readonly string[] {
  return [own, ...all.filter((other) => other.callDigest === callDigest).map((other) => other.id)];
}

interface Beside {
  readonly one: Approval;
  readonly same: readonly string[];
}

async function storyOf(
  { records }: Pick<ControlParts, 'records'>,
  { one, same }: Beside,
  signal: AbortSignal | undefined,
): Promise<z.input<typeof step>[] | null> {
  const { binding, context, requestedAt } = one;
  const { task, callId, labels } = context;
  if (task === undefined) return [];
  // INVARIANT: a name that would say more to the question than a name is of no task.
  if (!isPlainName(task)) return null;
  const ask = async (
    query: string,
    how: { readonly newestFirst: boolean; readonly most: number },
  ) => {
    // What was recorded in the millisecond in which it was asked may be what led to it.
    const asked = `task:"${task}" ${query} before:${isoTime(requestedAt + 1)}`;
    const of = { tenant: binding.tenant, view: undefined, counted: false, cursor: undefined };
    const { records: found } = await records.ask({ ...of, ...how, query: asked }, signal);
    return found.map(({ record }) => record).filter((record) => record.call !== callId);
  };
  try {
    const brought: RecordEnvelope[] = [];
    for (const label of labels.slice(0, mostSteps)) {
      const how = { newestFirst: false, most: mostBringers };
      const found = await ask(`action:policy.outcome label:"${label}"`, how);
      brought.push(...found.filter((record) => record.labels?.out.includes(label)).slice(0, 1));
    }
    const last = await ask('action:policy.outcome,gateway.held,gateway.refused', {
      newestFirst: true,
      most: mostRecords,
    });
    return toldSteps(
      brought,
      last.filter((record) => !isRepeat(record, same)),
    );
  } catch (fault) {
    if (!(fault instanceof BailiwickError)) throw fault;
    return null;
  }
}

function isRepeat({ type, approval }: RecordEnvelope, same: readonly string[]): boolean {
  return type === 'gateway.held' && approval !== undefined && same.includes(approval.id);
}

/** INVARIANT: what brought its labels into the task stands there, whatever else the task did since. */
function toldSteps(brought: readonly RecordEnvelope[], last: readonly RecordEnvelope[]) {
  const byId = new Map([...brought, ...last].map((record) => [record.id, record]));
  const told = [...byId.values()].slice(0, mostSteps);
  const isFirst = ({ labels }: RecordEnvelope) => (labels?.out.length ?? 0) > 0;
  return told
    .toSorted(
      (a, b) => Number(isFirst(b)) - Number(isFirst(a)) || Date.parse(a.time) - Date.parse(b.time),
    )
    .map(stepOf);
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
