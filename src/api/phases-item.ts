import type { JsonObject } from '#kernel/json/value.ts';
import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { targetLabel, targetText } from '#kernel/target.ts';
import { type SoftPhase, toolTarget } from '#kernel/tool.ts';
import { softenedOf, type SoftenedCount } from '#planes/monitoring/index.ts';

export interface PhasesItem {
  readonly item: 'phases';
  readonly state: 'amber';
  readonly why: string;
}

/** Named one by one; the rest is a number. */
const mostNamed = 20;

interface SoftTool {
  readonly phase: SoftPhase;
  readonly label: string;
  readonly refuse: number;
  readonly hold: number;
}

/**
 * Every approved tool of which decisions are told and not enforced, with what enforcing would have
 * refused since the gateways started; undefined when there is none.
 */
export function phasesItem(
  tenant: TenantSnapshot | undefined,
  gateways: readonly JsonObject[],
): PhasesItem | undefined {
  if (tenant === undefined) return undefined;
  const servers = softServers(tenant);
  if (servers.length === 0) return undefined;
  const counts = new Map(softenedOf(tenant.tenant, gateways).map((one) => [one.target, one]));
  const byServer = servers.map((one) => ({ one, soft: softTools(one, tenant.pins, counts) }));
  const soft = byServer.flatMap((each) => each.soft);
  const named = soft
    .toSorted((a, b) => b.refuse + b.hold - a.refuse - a.hold)
    .slice(0, mostNamed)
    .map(textOf);
  const more = soft.length > mostNamed ? [`${soft.length - mostNamed} more tools`] : [];
  const none = byServer
    .filter((each) => each.soft.length === 0)
    .map(({ one }) => `${one.name} (no approved tool yet)`);
  const why = `not enforced yet: ${[...named, ...more, ...none].join(', ')}`;
  return { item: 'phases', state: 'amber', why };
}

function softServers({ servers }: TenantSnapshot): readonly ServerEntry[] {
  return Object.values(servers).filter(({ defaultClass, tools }) =>
    [defaultClass, ...Object.values(tools)].some(({ phase }) => phase !== undefined),
  );
}

function softTools(
  { name: server, tools, defaultClass }: ServerEntry,
  pins: TenantSnapshot['pins'],
  counts: ReadonlyMap<string, SoftenedCount>,
): readonly SoftTool[] {
  return Object.keys(pins[server] ?? {}).flatMap((tool) => {
    const { phase } = (Object.hasOwn(tools, tool) ? tools[tool] : undefined) ?? defaultClass;
    if (phase === undefined) return [];
    const target = toolTarget({ server, tool });
    const { refuse = 0, hold = 0 } = counts.get(targetText(target)) ?? {};
    return [{ label: targetLabel(target), phase, refuse, hold }];
  });
}

function textOf({ label, phase, refuse, hold }: SoftTool): string {
  const calls = refuse + hold;
  const held = hold === 0 ? '' : `, ${hold} of them by asking a human`;
  const would = calls === 0 ? '' : `; ${calls} calls would have been stopped${held}`;
  return `${label} (${phase}${would})`;
}
