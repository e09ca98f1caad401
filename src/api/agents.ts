import { z } from 'zod';
import type { EnrolledInstance, UnboundToken } from '#contracts/instance-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import { holdsRole, type Person } from '#kernel/principal.ts';
import type { AgentEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { isoTime } from '#kernel/time.ts';
import { reviewState } from '#planes/lifecycle/index.ts';
import { inventory, inventoryOf } from './agent-inventory.ts';
import { next, pageBySort, sortedPage } from './lists.ts';
import type { ControlParts } from './parts.ts';
import { personRoute, type Route } from './route.ts';
import { name, reason, time, withReason } from './shapes.ts';

const instance = z.strictObject({
  instance: z.string(),
  key: z.string(),
  enrolledAt: time,
  revokedAt: time.nullable(),
});
const unbound = z.strictObject({
  instance: z.string(),
  issuedBy: z.string(),
  expiresAt: time,
  revokedAt: time.nullable(),
});
const state = z.enum(['stopped', 'suspended', 'active']);
const agent = z.strictObject({
  name: z.string(),
  owner: z.string(),
  purpose: z.string(),
  manifest: z.string(),
  environment: z.string(),
  state,
  review: z.strictObject({ due: time, state: z.enum(['due', 'reads', 'suspended']) }).nullable(),
  instances: z.array(instance),
  unbound: z.array(unbound),
  ...inventory,
});
const change = z.strictObject({
  agent: z.string(),
  state: z.enum(['suspended', 'active']),
  overlay: z.number(),
});

export const agentRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/agents',
    summary: 'Agents with their state, reviews and instances',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    query: z.strictObject({
      ...sortedPage('agents', ['name', 'owner', 'state', 'review']),
      state: state.optional(),
    }),
    answer: z.strictObject({ agents: z.array(agent), next }),
    async handle({ parts, tenant, person, query }) {
      const { entries } = await parts.desks.standing.list(tenant);
      const isStopped = stoppedAmong(entries);
      const wanted = agentsOf(parts, person).filter(
        (one) => query.state === undefined || stateOf(one, isStopped) === query.state,
      );
      const { rows, more } = pageBySort(wanted, query, {
        list: 'agents',
        nameOf: (one) => one.name,
        by: {
          name: (one) => one.name,
          owner: (one) => one.owner,
          state: (one) => state.options.indexOf(stateOf(one, isStopped)),
          // What is asked for soonest first, and last what nobody is asked about.
          review: (one) => one.reviewDue ?? Number.MAX_SAFE_INTEGER,
        },
        wordsOf: (one) => `${one.name} ${one.owner} ${one.purpose}`,
      });
      return { agents: await viewAgents(parts, tenant, rows, isStopped), ...more };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/agents/:agent',
    summary: 'One agent with its state, reviews and instances',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    params: z.strictObject({ agent: name }),
    answer: agent,
    async handle({ parts, tenant, person, params }) {
      const { entries } = await parts.desks.standing.list(tenant);
      const found = agentsOf(parts, person).filter((one) => one.name === params.agent);
      const [view] = await viewAgents(parts, tenant, found, stoppedAmong(entries));
      if (view !== undefined) return view;
      throw new BailiwickError('api/not-found', {
        message: `no agent is called \`${params.agent}\``,
      });
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/suspend',
    summary: 'Suspend an agent',
    action: 'lifecycle.agent-suspended',
    recordedBy: 'plane',
    act: 'suspend',
    // The desk asks for more of an owner: that it is their agent.
    role: ['analyst', 'owner'],
    params: z.strictObject({ agent: name }),
    body: withReason,
    answer: change,
    handle: ({ parts, params, body, person: by }) =>
      parts.desks.standing.suspend({ by, ...params, ...body }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/resume',
    summary: 'Resume a suspended agent',
    action: 'lifecycle.agent-resumed',
    recordedBy: 'plane',
    act: 'resume',
    role: 'operator',
    params: z.strictObject({ agent: name }),
    body: withReason,
    answer: change,
    handle: ({ parts, params, body, person: by }) =>
      parts.desks.standing.resume({ by, ...params, ...body }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/review',
    summary: 'Review an agent, and say when next',
    action: 'lifecycle.agent-reviewed',
    recordedBy: 'plane',
    act: 'agents',
    // The desk asks for more: an operator, or the owner of this agent.
    role: ['operator', 'owner'],
    params: z.strictObject({ agent: name }),
    body: z.strictObject({ reason, next: z.iso.date().optional() }),
    answer: z.strictObject({ agent: z.string(), due: time }),
    async handle({ parts, params, body: { next, ...body }, person: by }) {
      const when = next === undefined ? {} : { next: Date.parse(next) };
      const done = await parts.desks.reviews.review({ by, ...params, ...body, ...when });
      return { ...done, due: isoTime(done.due) };
    },
  }),
];

/** An owner's own; of whoever reads the log, all. */
function agentsOf({ snapshot }: Pick<ControlParts, 'snapshot'>, person: Person): AgentEntry[] {
  const all = Object.values(snapshot()?.tenants[person.tenant]?.agents ?? {});
  return holdsRole(person, 'auditor') ? all : all.filter(({ owner }) => owner === person.name);
}

/** INVARIANT: the store is asked of these alone: a page of ten thousand agents costs what a page costs. */
async function viewAgents(
  { store, snapshot, clock }: Pick<ControlParts, 'store' | 'snapshot' | 'clock'>,
  tenant: string,
  agents: readonly AgentEntry[],
  isStopped: Stopped,
): Promise<z.input<typeof agent>[]> {
  const names = agents.map((one) => one.name);
  const instances = Map.groupBy(await store.instances.ofAgents(tenant, names), (one) => one.agent);
  const bearers = Map.groupBy(await store.instances.unbound(tenant), (one) => one.agent);
  return agents.map((one) => ({
    name: one.name,
    owner: one.owner,
    purpose: one.purpose,
    manifest: one.manifest,
    environment: one.environment,
    state: stateOf(one, isStopped),
    review: reviewView(snapshot()?.tenants[tenant], one, clock.now()),
    instances: (instances.get(one.name) ?? []).map(instanceView),
    unbound: (bearers.get(one.name) ?? []).map(unboundView),
    ...inventoryOf(snapshot()?.tenants[tenant], one),
  }));
}

function reviewView(
  tenant: TenantSnapshot | undefined,
  { reviewDue: due }: AgentEntry,
  now: number,
): z.input<typeof agent>['review'] {
  if (tenant === undefined || due === undefined) return null;
  return { due: isoTime(due), state: reviewState(tenant, due, now) };
}

function instanceView(one: EnrolledInstance): z.input<typeof instance> {
  return {
    instance: one.instance,
    key: one.thumbprint,
    enrolledAt: isoTime(one.enrolledAt),
    revokedAt: one.revokedAt === undefined ? null : isoTime(one.revokedAt),
  };
}

function unboundView(one: UnboundToken): z.input<typeof unbound> {
  return {
    instance: one.instance,
    issuedBy: one.issuedBy,
    expiresAt: isoTime(one.expiresAt),
    revokedAt: one.revokedAt === undefined ? null : isoTime(one.revokedAt),
  };
}

type Stopped = ReadonlyMap<string, 'stopped' | 'suspended'>;

/** A stop says more than a suspension, wherever the suspension stands. */
function stoppedAmong(entries: readonly OverlayEntry[]): Stopped {
  const found = new Map<string, 'stopped' | 'suspended'>();
  for (const { target, why } of entries) {
    if (target.kind !== 'agent' || found.get(target.agent) === 'stopped') continue;
    found.set(target.agent, why === 'suspend' ? 'suspended' : 'stopped');
  }
  return found;
}

function stateOf({ name: called, suspended }: AgentEntry, stopped: Stopped): z.infer<typeof state> {
  return stopped.get(called) ?? (suspended ? 'suspended' : 'active');
}
