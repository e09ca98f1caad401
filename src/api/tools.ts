import { z } from 'zod';
import type { CatalogueEntry } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { diffDefinition } from '#planes/tools/index.ts';
import { parseBody, personOf } from './input.ts';
import type { Route, RouteInput } from './route.ts';

export const toolRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/tools',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle({ parts, query }) {
      const server = query.get('server') ?? undefined;
      const entries = await parts.store.catalogue.list(parts.tenant, server);
      return { tools: entries.map((entry) => summary(parts, entry)) };
    },
  },
  {
    method: 'GET',
    path: '/v1/tools/:server/:tool',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    async handle(input) {
      const entry = await entryOf(input);
      const { pinned, observed } = entry;
      return {
        ...summary(input.parts, entry),
        definition: pinned?.definition ?? null,
        observed: observed?.definition ?? null,
        diff: diffDefinition(pinned?.definition, observed?.definition ?? pinned?.definition).map(
          ({ path, before, after }) => ({ path, before: before ?? null, after: after ?? null }),
        ),
      };
    },
  },
  {
    method: 'POST',
    path: '/v1/tools/:server/:tool/approve',
    action: 'tool.approved',
    recordedBy: 'route',
    role: 'admin',
    handle: (input) => approve(input),
  },
];

/** Pins exactly what the person looked at: another digest by now is a conflict, not a yes. */
async function approve(input: RouteInput): Promise<JsonObject> {
  const { parts, params, body } = input;
  const { digest } = parseBody(z.strictObject({ digest: z.string().length(64) }), body);
  const { server = '', tool = '' } = params;
  const { store, tenant, clock } = parts;
  const entry = await store.catalogue.approve({
    tenant,
    server,
    tool,
    digest,
    by: personOf(input).name,
    now: clock.now(),
  });
  await parts.recompile();
  // The quarantine ends only after the new pin is in force.
  const { entries } = await store.overlay.current();
  const ids = entries
    .filter(
      ({ why, target }) =>
        why === 'quarantine' &&
        target.kind === 'tool' &&
        target.server === server &&
        target.tool === tool,
    )
    .map(({ id }) => id);
  if (ids.length > 0) await store.overlay.release(ids);
  return summary(parts, entry);
}

async function entryOf({ parts, params }: RouteInput): Promise<CatalogueEntry> {
  const { server = '', tool = '' } = params;
  const entry = await parts.store.catalogue.get(parts.tenant, server, tool);
  if (entry === undefined) {
    throw new BailiwickError('api/not-found', {
      message: `no tool is called \`${server}/${tool}\``,
    });
  }
  return entry;
}

function summary({ snapshot, tenant }: RouteInput['parts'], entry: CatalogueEntry): JsonObject {
  const server = snapshot()?.tenants[tenant]?.servers[entry.server];
  const toolClass = server?.tools[entry.tool] ?? server?.defaultClass;
  return {
    server: entry.server,
    tool: entry.tool,
    state: entry.state,
    effect: toolClass?.effect ?? 'write',
    reversible: toolClass?.reversible ?? false,
    pinnedDigest: entry.pinned?.digest ?? null,
    approvedBy: entry.pinned?.approvedBy ?? null,
    observedDigest: entry.observed?.digest ?? null,
  };
}
