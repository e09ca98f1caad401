import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { OverlayEntry, StopTarget } from '#kernel/overlay.ts';
import { isoTime } from '#kernel/time.ts';
import { parseBody, personOf, reason } from './input.ts';
import type { Route, RouteInput } from './route.ts';

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('tenant'), name: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('agent'), name: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('instance'), name: z.string().min(1).max(128) }),
  z.strictObject({ kind: z.literal('tool'), name: z.string().min(1).max(256) }),
]);
const stop = z.strictObject({ target, reason });

type Named = z.infer<typeof target>;

export const stopRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/stops',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts }) {
      const overlay = await parts.store.overlay.current();
      return { number: overlay.number, entries: overlay.entries.map(entryView) };
    },
  },
  {
    method: 'POST',
    path: '/v1/stops',
    action: 'stop.set',
    recordedBy: 'route',
    role: 'approver',
    handle: (input) => setStop(input),
  },
  {
    method: 'POST',
    path: '/v1/stops/release',
    action: 'stop.released',
    recordedBy: 'route',
    role: 'admin',
    handle: (input) => release(input),
  },
];

async function setStop(input: RouteInput): Promise<JsonObject> {
  const { parts, body } = input;
  const asked = parseBody(stop, body);
  const now = parts.clock.now();
  const overlay = await parts.store.overlay.add({
    id: newId(now),
    target: targetOf(asked.target, parts.tenant),
    why: 'stop',
    by: personOf(input).name,
    reason: asked.reason,
    at: now,
  });
  return { overlay: overlay.number, stopped: nameOf(asked.target) };
}

async function release(input: RouteInput): Promise<JsonObject> {
  const { parts, body } = input;
  const asked = parseBody(stop, body);
  const wanted = JSON.stringify(targetOf(asked.target, parts.tenant));
  const { entries } = await parts.store.overlay.current();
  // Only stops: a quarantine ends by approving the definition, a revocation never.
  const ids = entries
    .filter(({ why, target: one }) => why === 'stop' && JSON.stringify(sorted(one)) === wanted)
    .map(({ id }) => id);
  if (ids.length === 0) {
    throw new BailiwickError('api/not-found', {
      message: `no stop of ${nameOf(asked.target)} is in force`,
    });
  }
  const overlay = await parts.store.overlay.release(ids);
  return { overlay: overlay.number, released: nameOf(asked.target) };
}

function targetOf(named: Named, tenant: string): StopTarget {
  switch (named.kind) {
    case 'all':
      return { kind: 'all' };
    case 'tenant':
      return { kind: 'tenant', tenant: named.name };
    case 'agent':
      return { kind: 'agent', tenant, agent: named.name };
    case 'instance':
      return { kind: 'instance', tenant, instance: named.name };
    case 'tool': {
      const slash = named.name.search(/[/.]/);
      const server = slash < 0 ? named.name : named.name.slice(0, slash);
      return {
        kind: 'tool',
        tenant,
        server,
        tool: slash < 0 ? undefined : named.name.slice(slash + 1),
      };
    }
  }
}

/** Stored targets come back with their keys in any order. */
function sorted(one: StopTarget): StopTarget {
  switch (one.kind) {
    case 'all':
      return { kind: 'all' };
    case 'tenant':
      return { kind: 'tenant', tenant: one.tenant };
    case 'agent':
      return { kind: 'agent', tenant: one.tenant, agent: one.agent };
    case 'instance':
      return { kind: 'instance', tenant: one.tenant, instance: one.instance };
    case 'tool':
      return { kind: 'tool', tenant: one.tenant, server: one.server, tool: one.tool };
  }
}

function nameOf(named: Named): string {
  return named.kind === 'all' ? 'everything' : `${named.kind} ${named.name}`;
}

function entryView(entry: OverlayEntry): JsonObject {
  const { id, why, by, reason: because, at } = entry;
  return {
    id,
    target: {
      ...sorted(entry.target),
      ...(entry.target.kind === 'tool' ? { tool: entry.target.tool ?? null } : {}),
    } as JsonObject,
    why,
    by,
    reason: because,
    at: isoTime(at),
  };
}
