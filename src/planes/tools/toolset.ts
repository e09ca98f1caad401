import { canonicalBytes } from '#kernel/json/index.ts';
import { newObject } from '#kernel/json/object.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { exactly, grantsTarget, isWithinReach, type ManifestTarget } from '#kernel/manifest.ts';
import type {
  AgentEntry,
  ManifestEntry,
  PinnedTool,
  ServerEntry,
  TenantSnapshot,
} from '#kernel/snapshot.ts';
import {
  isToolName,
  type ToolClass,
  type ToolId,
  toolIdText,
  toolOf,
  toolTarget,
} from '#kernel/tool.ts';
import { type WireNames, wireNames } from '#contracts/wire-name.ts';

/** One tool that an agent may name. */
export interface ToolsetItem {
  readonly id: ToolId;
  readonly server: ServerEntry;
  readonly toolClass: ToolClass;
  /** The line of the manifest: what bounds its arguments. */
  readonly line: Pick<ManifestTarget, 'bounds' | 'also'>;
  /** Undefined until a human, or `first-seen`, said yes to a definition. */
  readonly pinned: PinnedTool | undefined;
  /** False of what no manifest lists: the agent may name it while its phase does not enforce. */
  readonly isListed: boolean;
}

/** What one agent sees, in the order of its manifest. */
export interface Toolset {
  readonly agent: AgentEntry;
  /** With what is seen beside it: what may be lent for, while a phase does not enforce. */
  readonly manifest: ManifestEntry;
  readonly items: readonly ToolsetItem[];
  find(id: ToolId): ToolsetItem | undefined;
  /** What each is called on the wire, made when it is first asked for. */
  readonly names: WireNames<ToolsetItem>;
}

/**
 * INVARIANT: what is seen is what can be called. The limit of the agent cuts both, counted over the
 * manifest and not over what is approved by now, so that an approval elsewhere moves nothing.
 */
export function toolsetOf(
  tenant: TenantSnapshot,
  agentName: string,
  manifest: ManifestEntry,
): Toolset | undefined {
  const agent = own(tenant.agents, agentName);
  if (agent === undefined) return undefined;
  const whole = own(tenant.manifests, agent.manifest) ?? manifest;
  const listed = withinLimit(listedTools(manifest), listedTools(whole), agent.toolLimit);
  // A phase widens what an agent may do by itself, and nobody's right behind it.
  const beside =
    whole === manifest
      ? unlistedTools(tenant, agent, manifest, agent.toolLimit - listed.length)
      : [];
  const items = [
    ...listed.flatMap(({ id, line }) => itemOf(tenant, agent, id, line) ?? []),
    ...beside.map((item) => ({ ...item, isListed: false })),
  ];
  // By server and then by tool: joined into one key, two names could mean the same.
  const byServer = new Map<string, Map<string, ToolsetItem>>();
  for (const item of items) {
    const tools = byServer.get(item.id.server) ?? new Map<string, ToolsetItem>();
    byServer.set(item.id.server, tools.set(item.id.tool, item));
  }
  let names: WireNames<ToolsetItem> | undefined;
  return {
    agent,
    manifest: beside.length === 0 ? manifest : widened(manifest, beside),
    items,
    get names() {
      // What only a phase shows takes no name from what the manifest lists.
      names ??= wireNames(
        items,
        ({ id }) => id,
        ({ isListed }) => !isListed,
      );
      return names;
    },
    find: ({ server, tool }) => byServer.get(server)?.get(tool),
  };
}

function itemOf(
  tenant: TenantSnapshot,
  agent: AgentEntry,
  id: ToolId,
  line: ToolsetItem['line'],
): ToolsetItem | undefined {
  const server = own(tenant.servers, id.server);
  if (server === undefined || !isWithinReach(agent, server)) return undefined;
  return {
    id,
    server,
    toolClass: own(server.tools, id.tool) ?? server.defaultClass,
    line,
    pinned: own(own(tenant.pins, id.server) ?? {}, id.tool),
    isListed: true,
  };
}

/**
 * Approved tools that the manifest does not list, of servers whose phase only tells what it would
 * refuse. INVARIANT: after what is listed and never past the limit; what the limit cut stays cut.
 */
function unlistedTools(
  tenant: TenantSnapshot,
  agent: AgentEntry,
  manifest: ManifestEntry,
  room: number,
): readonly ToolsetItem[] {
  const found: ToolsetItem[] = [];
  for (const server of Object.keys(tenant.servers).sort()) {
    for (const tool of Object.keys(own(tenant.pins, server) ?? {}).sort()) {
      if (found.length >= room) return found;
      const id = { server, tool };
      if (grantsTarget(manifest, toolTarget(id)) !== undefined || !isNameable(id)) continue;
      const item = itemOf(tenant, agent, id, { bounds: {} });
      if (item?.toolClass.phase !== undefined) found.push(item);
    }
  }
  return found;
}

/** As a manifest would have to name it. */
export function isNameable(id: ToolId): boolean {
  return isToolName(id.tool) && toolIdText(id).length <= limits.toolNameBytes;
}

function widened(manifest: ManifestEntry, beside: readonly ToolsetItem[]): ManifestEntry {
  const more = beside.map(({ id }) => exactly(toolTarget(id)));
  return { ...manifest, targets: [...manifest.targets, ...more] };
}

function listedTools({ targets }: ManifestEntry) {
  return targets.flatMap((line) => {
    const id = toolOf(line.target);
    return id === undefined ? [] : [{ id, line }];
  });
}

type Listed = ReturnType<typeof listedTools>;

/** INVARIANT: what the limit cut stays cut, however little of the manifest is left to a user or a task. */
function withinLimit(listed: Listed, whole: Listed, limit: number): Listed {
  if (whole.length <= limit) return listed;
  const kept = new Set(whole.slice(0, limit).map(({ id }) => toolIdText(id)));
  return listed.filter(({ id }) => kept.has(toolIdText(id)));
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
export function showTool(name: string, pinned: PinnedTool): Shown {
  const definition = newObject();
  for (const [key, value] of Object.entries(pinned.definition)) definition[key] = value;
  definition['name'] = name;
  return { definition, bytes: canonicalBytes(definition).length };
}
