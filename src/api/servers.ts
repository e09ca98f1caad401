import { z } from 'zod';
import type { ServerReport } from '#contracts/server-report.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
import { isoTime } from '#kernel/time.ts';
import type { ControlParts, SeenServer } from './parts.ts';
import { next as nextPage, pageBySort, sortedPage } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { noTools, reportsOf, viewServer } from './server-view.ts';
import { name, reason, time } from './shapes.ts';

const state = z.enum(['starting', 'up', 'failed', 'waiting', 'off']);
const worstFirst: readonly z.infer<typeof state>[] = ['failed', 'waiting', 'starting', 'off', 'up'];
const count = z.number();
const summary = z.strictObject({
  server: z.string(),
  connect: z.enum(['stdio', 'http']),
  runs: z.string(),
  source: z.string(),
  pinned: z.enum(['verified', 'version', 'none', 'remote']),
  content: z.string(),
  signed: z.strictObject({ wanted: z.boolean(), by: z.string().nullable(), at: time.nullable() }),
  state,
  why: z.string().nullable(),
  next: z.string().nullable(),
  isKnown: z.boolean(),
  tools: z.strictObject({
    pinned: count,
    waiting: count,
    quarantined: count,
    rejected: count,
    gone: count,
  }),
});
/** As one gateway sees it. */
const seenShape = z.strictObject({
  gateway: z.string(),
  state,
  since: time,
  connections: count,
  pid: count.nullable(),
  era: z.string().nullable(),
  revision: z.string().nullable(),
  ended: z
    .strictObject({
      at: time,
      why: z.string(),
      exitCode: count.nullable(),
      signal: z.string().nullable(),
    })
    .nullable(),
  fault: z.strictObject({ at: time, code: z.string(), message: z.string() }).nullable(),
  tools: count.nullable(),
  lookedAt: time.nullable(),
  nextTryAt: time.nullable(),
  printed: count,
});
const named = z.strictObject({ server: name });

export const serverRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/servers',
    summary: 'Tool servers as gateways see them',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({
      ...sortedPage('servers', ['name', 'state']),
      state: state.optional(),
    }),
    answer: z.strictObject({ servers: z.array(summary), next: nextPage }),
    async handle({ parts, tenant, query }) {
      const own = parts.snapshot()?.tenants[tenant];
      const tools = await parts.desks.tools.countsByServer(tenant);
      const seen = parts.servers(tenant);
      const all = Object.values(own?.servers ?? {}).map((one) =>
        viewServer(one, seen, tools.get(one.name) ?? noTools, own),
      );
      const wanted = all.filter((one) => query.state === undefined || one.state === query.state);
      const { rows, more } = pageBySort(wanted, query, {
        list: 'servers',
        nameOf: (one) => one.server,
        // What does not work first.
        by: { name: (one) => one.server, state: (one) => worstFirst.indexOf(one.state) },
      });
      return { ...more, servers: [...rows] };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/servers/:server',
    summary: 'One tool server as gateways see it',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    params: named,
    answer: summary.extend({ gateways: z.array(seenShape) }),
    async handle({ parts, tenant, params }) {
      const { entry, seen } = find(parts, tenant, params.server);
      const own = parts.snapshot()?.tenants[tenant];
      const tools = await parts.desks.tools.countsByServer(tenant);
      return {
        ...viewServer(entry, seen, tools.get(entry.name) ?? noTools, own),
        gateways: seen.map(({ gateway, report }) => ({ gateway, ...told(report) })),
      };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/servers/:server/logs',
    summary: 'What a tool server wrote to its standard error',
    action: 'api.read',
    recordedBy: 'route',
    // Text of a program that may know anything: for those who run it, not for all who may look.
    role: 'operator',
    params: named,
    answer: z.strictObject({
      server: z.string(),
      gateways: z.array(
        z.strictObject({
          gateway: z.string(),
          printed: count,
          lines: z.array(z.string()),
          places: z.array(z.string()),
        }),
      ),
    }),
    async handle({ parts, tenant, params }) {
      const { entry, seen } = find(parts, tenant, params.server);
      return {
        server: entry.name,
        gateways: seen.map(({ gateway, report: { printed, lines, places } }) => ({
          gateway,
          printed,
          lines: [...lines],
          places: [...places],
        })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/servers/:server/remove',
    summary: 'Remove a tool server',
    action: 'config.applied',
    recordedBy: 'plane',
    act: 'documents',
    role: 'operator',
    params: named,
    body: z.strictObject({ reason: reason.optional() }),
    answer: z.strictObject({
      server: z.string(),
      tools: count,
      approved: count,
      home: z.boolean(),
    }),
    async handle({ parts, tenant, params: { server }, body, person: by }) {
      const { entry } = find(parts, tenant, server);
      const had = (await parts.desks.tools.countsByServer(tenant)).get(server) ?? noTools;
      await parts.desks.documents.remove({ by, kind: 'ToolServer', name: server, ...body });
      return {
        server,
        tools: had.pinned + had.waiting + had.quarantined + had.rejected + had.gone,
        approved: had.pinned + had.quarantined,
        home: entry.connect.kind === 'stdio',
      };
    },
  }),
];

function find(
  parts: ControlParts,
  tenant: string,
  server: string,
): { readonly entry: ServerEntry; readonly seen: readonly SeenServer[] } {
  const servers = parts.snapshot()?.tenants[tenant]?.servers ?? {};
  const entry = Object.hasOwn(servers, server) ? servers[server] : undefined;
  if (entry !== undefined) return { entry, seen: reportsOf(entry, parts.servers(tenant)) };
  throw new BailiwickError('api/not-found', {
    message: `no tool server is called \`${server}\``,
    suggestedAction: 'look at `bailiwick server list`',
  });
}

/** Times as people read them, and without what it printed. */
function told(report: ServerReport) {
  const at = (ms: number | null) => (ms === null ? null : isoTime(ms));
  const { ended, fault, connections, pid, era, revision, tools, printed } = report;
  return {
    state: report.state,
    since: isoTime(report.since),
    connections,
    pid,
    era,
    revision,
    tools,
    printed,
    ended: ended === null ? null : { ...ended, at: isoTime(ended.at) },
    fault: fault === null ? null : { ...fault, at: isoTime(fault.at) },
    lookedAt: at(report.lookedAt),
    nextTryAt: at(report.nextTryAt),
  };
}
