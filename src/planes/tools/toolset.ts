import { canonicalBytes } from '#kernel/json/index.ts';
import { newObject } from '#kernel/json/object.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ManifestTarget } from '#kernel/manifest.ts';
import type {
  AgentEntry,
  ManifestEntry,
  PinnedTool,
  ServerEntry,
  TenantSnapshot,
} from '#kernel/snapshot.ts';
import { type ToolClass, type ToolId, toolOf, wireToolName } from '#kernel/tool.ts';

/** One tool that an agent may name. */
export interface ToolsetItem {
  readonly id: ToolId;
  readonly server: ServerEntry;
  readonly toolClass: ToolClass;
  readonly bounds: ManifestTarget['bounds'];
  /** Undefined until a human, or `first-seen`, said yes to a definition. */
  readonly pinned: PinnedTool | undefined;
}

/** What one agent sees, in the order of its manifest. */
export interface Toolset {
  readonly agent: AgentEntry;
  readonly manifest: ManifestEntry;
  readonly items: readonly ToolsetItem[];
  find(id: ToolId): ToolsetItem | undefined;
}

/**
 * INVARIANT: what is seen is what can be called. The limit of the agent cuts both, counted over the
 * manifest and not over what is approved by now, so that an approval elsewhere moves nothing.
 */
export function toolsetOf(tenant: TenantSnapshot, agentName: string): Toolset | undefined {
  const agent = own(tenant.agents, agentName);
  const manifest = agent === undefined ? undefined : own(tenant.manifests, agent.manifest);
  if (agent === undefined || manifest === undefined) return undefined;
  const items: ToolsetItem[] = [];
  // By server and then by tool: joined into one key, two names could mean the same.
  const byServer = new Map<string, Map<string, ToolsetItem>>();
  for (const { id, bounds } of listedTools(manifest).slice(0, agent.toolLimit)) {
    const { server: serverName, tool } = id;
    const server = own(tenant.servers, serverName);
    if (server === undefined) continue;
    const item: ToolsetItem = {
      id,
      server,
      toolClass: own(server.tools, tool) ?? server.defaultClass,
      bounds,
      pinned: own(own(tenant.pins, serverName) ?? {}, tool),
    };
    items.push(item);
    const tools = byServer.get(serverName) ?? new Map<string, ToolsetItem>();
    byServer.set(serverName, tools.set(tool, item));
  }
  return {
    agent,
    manifest,
    items,
    find: ({ server, tool }) => byServer.get(server)?.get(tool),
  };
}

function listedTools({ targets }: ManifestEntry) {
  return targets.flatMap(({ target, bounds }) => {
    const id = toolOf(target);
    return id === undefined ? [] : [{ id, bounds }];
  });
}

/** Names come from callers: `constructor` must find nothing. */
export function own<Value>(
  table: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

export interface Shown {
  readonly definition: JsonObject;
  readonly bytes: number;
}

/** The approved bytes; only the name is the one that this gateway answers to. */
export function showTool(id: ToolId, pinned: PinnedTool): Shown {
  const definition = newObject();
  for (const [key, value] of Object.entries(pinned.definition)) definition[key] = value;
  definition['name'] = wireToolName(id);
  return { definition, bytes: canonicalBytes(definition).length };
}
