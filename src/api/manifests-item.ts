import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { nearest, visibleText } from '#kernel/text/index.ts';
import { type ToolId, toolIdText, toolOf } from '#kernel/tool.ts';

export interface ManifestsItem {
  readonly item: 'manifests';
  readonly state: 'amber';
  readonly why: string;
}

/** How many names without a pin are looked up at most: a status is no search. */
const lookedUp = 200;

/** How many are named; the rest is counted. */
const told = 10;

/**
 * Tools that a manifest lists and that their server, which was looked at, does not have: most often a
 * slip of the pen, which would be found out by an agent that misses its tool.
 */
export async function manifestsItem(
  tenant: TenantSnapshot | undefined,
  catalogue: Pick<ToolCatalogue, 'get' | 'countsByServer'>,
): Promise<ManifestsItem | undefined> {
  const open = tenant === undefined ? [] : unpinned(tenant).slice(0, lookedUp);
  if (tenant === undefined || open.length === 0) return undefined;
  const looked = await catalogue.countsByServer(tenant.tenant);
  const strays: string[] = [];
  for (const { manifest, id } of open) {
    if (!looked.has(id.server)) continue;
    const entry = await catalogue.get(tenant.tenant, id.server, id.tool);
    if (entry === undefined) strays.push(strayText(tenant, manifest, id));
  }
  if (strays.length === 0) return undefined;
  const more = strays.length > told ? [`and ${strays.length - told} more`] : [];
  return { item: 'manifests', state: 'amber', why: [...strays.slice(0, told), ...more].join('; ') };
}

function unpinned({ manifests, pins }: TenantSnapshot) {
  return Object.values(manifests).flatMap(({ name, targets }) =>
    targets.flatMap(({ target }) => {
      const id = toolOf(target);
      const isPinned = id !== undefined && pins[id.server]?.[id.tool] !== undefined;
      return id === undefined || isPinned ? [] : [{ manifest: name, id }];
    }),
  );
}

function strayText({ pins }: TenantSnapshot, manifest: string, id: ToolId): string {
  const meant = nearest(id.tool, Object.keys(pins[id.server] ?? {}));
  const hint =
    meant === undefined
      ? `see \`bailiwick tool list ${id.server}\``
      : `did you mean \`${id.server}/${visibleText(meant, { maxLength: 100 })}\`?`;
  const text = visibleText(toolIdText(id), { maxLength: 200 });
  return `${manifest} lists \`${text}\`, which that server does not have; ${hint}`;
}
