import type { ToolPage } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { type ToolId, wireToolName } from '#kernel/tool.ts';
import { checkArguments, checkStructured, createSchemaCache } from './arguments.ts';
import { outsideBounds } from './bounds.ts';
import { compareDefinitions } from './definition.ts';
import type { ResolvedTool, ToolGate } from './door.ts';

interface Toolset {
  readonly tools: ReadonlyMap<string, ResolvedTool>;
  /** As the agent is shown it, in a fixed order; made on the first list. */
  shown: readonly JsonObject[] | undefined;
}

interface State {
  readonly snapshot: Snapshot;
  readonly toolsets: Map<string, Toolset>;
}

/** What an agent may name, and what of it is served. Swapped whole with each Snapshot. */
export function createToolGate(): ToolGate {
  const schemas = createSchemaCache();
  const quarantined = new Map<string, string>();
  let state: State | undefined;
  const toolsetOf = (agent: AgentEntry, tenant: TenantSnapshot): Toolset => {
    const key = `${tenant.tenant}\n${agent.name}`;
    const known = state?.toolsets.get(key);
    if (known !== undefined) return known;
    const made: Toolset = { tools: compileToolset(tenant, agent), shown: undefined };
    state?.toolsets.set(key, made);
    return made;
  };
  const isQuarantined = (tenant: string, tool: ResolvedTool): boolean =>
    quarantined.get(toolKey(tenant, tool.id)) === tool.pinned.digest;
  const find = (principal: Principal) => {
    const tenant = state?.snapshot.tenants[principal.tenant];
    const agent = own(tenant?.agents, principal.agent);
    return tenant === undefined || agent === undefined ? undefined : { tenant, agent };
  };
  return {
    adopt: (snapshot) => void (state = { snapshot, toolsets: new Map() }),
    agent: (principal) => find(principal)?.agent,
    page(principal, cursor) {
      const found = find(principal);
      if (found === undefined) return refusal('identity/unknown-agent');
      const toolset = toolsetOf(found.agent, found.tenant);
      const served = [...toolset.tools.values()].filter(
        (tool) => !isQuarantined(principal.tenant, tool),
      );
      const all = servedDefinitions(toolset, served).slice(0, found.agent.toolLimit);
      return pageOf(all, cursor, state?.snapshot.digest ?? '');
    },
    resolve(principal, id, args) {
      const found = find(principal);
      if (found === undefined) return refusal('identity/unknown-agent');
      const tool = toolsetOf(found.agent, found.tenant).tools.get(`${id.server}/${id.tool}`);
      // INVARIANT: outside the manifest and not existing are one answer.
      if (tool === undefined) return refusal('tools/not-visible');
      if (isQuarantined(principal.tenant, tool)) return refusal('tools/quarantined');
      if (tool.pinned.digest === notPinned) return refusal('tools/not-approved');
      const misfit = checkArguments(schemas, tool, args);
      if (misfit !== undefined) return misfit;
      const outside = boundsRefusal(tool, args);
      return outside === undefined ? tool : { ...tool, outsideEnvelope: outside };
    },
    checkResult: (tool, result) => checkStructured(schemas, tool, result),
    compare: (tenant, server, seen) =>
      compareDefinitions(server, state?.snapshot.tenants[tenant]?.pins[server] ?? {}, seen),
    quarantine(tenant, server, tool, seenDigest) {
      const pinned = state?.snapshot.tenants[tenant]?.pins[server]?.[tool]?.digest;
      // Bound to the pin: a new approval lifts it by itself.
      if (pinned !== undefined && pinned !== seenDigest) {
        quarantined.set(toolKey(tenant, { server, tool }), pinned);
      }
    },
  };
}

const notPinned = '';

function toolKey(tenant: string, id: ToolId): string {
  return `${tenant}\n${id.server}/${id.tool}`;
}

function own<T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

function compileToolset(tenant: TenantSnapshot, agent: AgentEntry): Map<string, ResolvedTool> {
  const tools = new Map<string, ResolvedTool>();
  const manifest = own(tenant.manifests, agent.manifest);
  for (const listed of manifest?.tools ?? []) {
    const server = own(tenant.servers, listed.server);
    if (manifest === undefined || server === undefined) continue;
    const pinned = own(own(tenant.pins, listed.server), listed.tool);
    tools.set(`${listed.server}/${listed.tool}`, {
      id: { server: listed.server, tool: listed.tool },
      agent,
      manifest,
      server,
      pinned: pinned ?? {
        tool: listed.tool,
        digest: notPinned,
        definition: {},
        approvedBy: '',
        approvedAt: 0,
      },
      toolClass: own(server.tools, listed.tool) ?? server.defaultClass,
      outsideEnvelope: undefined,
    });
  }
  return tools;
}

/** Approved bytes only; nothing but the name is ours. */
function servedDefinitions(toolset: Toolset, served: readonly ResolvedTool[]): JsonObject[] {
  if (toolset.shown?.length !== served.length) {
    toolset.shown = served
      .filter(({ pinned }) => pinned.digest !== notPinned)
      .map(({ id, pinned }) => ({ ...pinned.definition, name: wireToolName(id) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const names = new Set(served.map(({ id }) => wireToolName(id)));
  return toolset.shown.filter(({ name }) => names.has(String(name)));
}

/** A cursor is an offset into one configuration; under another one it is not valid any more. */
function pageOf(
  all: readonly JsonObject[],
  cursor: string | undefined,
  digest: string,
): ToolPage | Refusal {
  const mark = digest.slice(0, 16);
  let from = 0;
  if (cursor !== undefined) {
    const match = /^(\d{1,6})\.([0-9a-f]*)$/.exec(cursor);
    if (match === null || match[2] !== mark) {
      return refusal('admit/malformed', {
        message: 'the cursor is not valid any more',
        suggestedAction: 'list again from the start',
      });
    }
    from = Number(match[1]);
  }
  const to = from + limits.toolsListPageSize;
  return {
    tools: all.slice(from, to),
    nextCursor: to < all.length ? `${to}.${mark}` : undefined,
  };
}

function boundsRefusal(tool: ResolvedTool, args: JsonObject): Refusal | undefined {
  const listed = tool.manifest.tools.find(
    (one) => one.server === tool.id.server && one.tool === tool.id.tool,
  );
  return listed === undefined ? undefined : outsideBounds(listed.bounds, args);
}
