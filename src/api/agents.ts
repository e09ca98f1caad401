import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import { isoTime } from '#kernel/time.ts';
import { parseBody, personOf, reason } from './input.ts';
import type { ControlParts } from './parts.ts';
import type { Route, RouteInput } from './route.ts';

export const agentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/agents',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    handle: ({ parts }) => listAgents(parts),
  },
  {
    method: 'POST',
    path: '/v1/agents/:agent/suspend',
    action: 'lifecycle.agent-suspended',
    recordedBy: 'route',
    role: 'admin',
    handle: (input) => suspend(input),
  },
  {
    method: 'POST',
    path: '/v1/agents/:agent/resume',
    action: 'lifecycle.agent-resumed',
    recordedBy: 'route',
    role: 'admin',
    handle: (input) => resume(input),
  },
];

async function listAgents({ store, snapshot, tenant }: ControlParts): Promise<JsonObject> {
  const agents = Object.values(snapshot()?.tenants[tenant]?.agents ?? {});
  const instances = await store.instances.list(tenant);
  const { entries } = await store.overlay.current();
  return {
    agents: agents.map((agent) => ({
      name: agent.name,
      owner: agent.owner,
      purpose: agent.purpose,
      manifest: agent.manifest,
      environment: agent.environment,
      state: stateOf(agent, entries),
      instances: instances
        .filter((one) => one.agent === agent.name)
        .map(({ instance, thumbprint, enrolledAt, revokedAt }) => ({
          instance,
          key: thumbprint,
          enrolledAt: isoTime(enrolledAt),
          revokedAt: revokedAt === undefined ? null : isoTime(revokedAt),
        })),
    })),
  };
}

/** A stop says more than a suspension, wherever the suspension stands. */
function stateOf(
  { name, suspended }: { readonly name: string; readonly suspended: boolean },
  entries: readonly OverlayEntry[],
): 'stopped' | 'suspended' | 'active' {
  const why = entries
    .filter(({ target }) => target.kind === 'agent' && target.agent === name)
    .map((entry) => entry.why);
  if (why.some((one) => one !== 'suspend')) return 'stopped';
  return suspended || why.length > 0 ? 'suspended' : 'active';
}

async function suspend(input: RouteInput): Promise<JsonObject> {
  const { parts, body } = input;
  const agent = knownAgent(input);
  const because = parseBody(z.strictObject({ reason }), body).reason;
  const now = parts.clock.now();
  const overlay = await parts.store.overlay.add({
    id: newId(now),
    target: { kind: 'agent', tenant: parts.tenant, agent },
    why: 'suspend',
    by: personOf(input).name,
    reason: because,
    at: now,
  });
  return { agent, state: 'suspended', overlay: overlay.number };
}

async function resume(input: RouteInput): Promise<JsonObject> {
  const { parts, body } = input;
  const agent = knownAgent(input);
  parseBody(z.strictObject({ reason }), body);
  const { entries } = await parts.store.overlay.current();
  const ids = entries
    .filter(
      ({ target, why }) => why === 'suspend' && target.kind === 'agent' && target.agent === agent,
    )
    .map(({ id }) => id);
  if (ids.length === 0) {
    throw new BailiwickError('api/not-found', { message: `agent \`${agent}\` is not suspended` });
  }
  const overlay = await parts.store.overlay.release(ids);
  return { agent, state: 'active', overlay: overlay.number };
}

function knownAgent({ parts, params }: RouteInput): string {
  const agent = params['agent'] ?? '';
  if (parts.snapshot()?.tenants[parts.tenant]?.agents[agent] === undefined) {
    throw new BailiwickError('api/not-found', { message: `no agent is called \`${agent}\`` });
  }
  return agent;
}
