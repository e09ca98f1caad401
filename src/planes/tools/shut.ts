import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { CatalogueEntry, CataloguePage, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import { sameTarget } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';

/**
 * What a person is told of tools. INVARIANT: a tool whose calls are refused because it was seen
 * otherwise is not told to be in order, though it shows its old definition again: only a yes ends that.
 */
export async function asPeopleSee(
  { overlay }: { readonly overlay: Pick<OverlayFeed, 'current'> },
  entries: readonly CatalogueEntry[],
): Promise<readonly CatalogueEntry[]> {
  if (!entries.some(({ state }) => state === 'pinned')) return entries;
  const { entries: all } = await overlay.current();
  const shut = all.filter(({ why }) => why === 'quarantine');
  if (shut.length === 0) return entries;
  return entries.map((entry) => {
    const isShut = entry.state === 'pinned' && shut.some((one) => isAbout(one, entry));
    return isShut ? { ...entry, state: 'quarantined' } : entry;
  });
}

/**
 * A page of what people see. The store knows nothing of what the overlay shut: where states are asked for, what it calls
 * pinned is looked at too, and what does not fit is passed over until the page is full.
 */
export async function pageAsSeen(
  parts: {
    readonly overlay: Pick<OverlayFeed, 'current'>;
    readonly catalogue: Pick<ToolCatalogue, 'page'>;
  },
  wanted: CataloguePage,
): Promise<readonly CatalogueEntry[]> {
  const { states, limit } = wanted;
  if (states === undefined) return asPeopleSee(parts, await parts.catalogue.page(wanted));
  const { entries } = await parts.overlay.current();
  const isAnyShut = entries.some(({ why }) => why === 'quarantine');
  const stored = isAnyShut ? [...new Set([...states, 'pinned' as const])] : states;
  const found: CatalogueEntry[] = [];
  let { after } = wanted;
  for (;;) {
    const page = await parts.catalogue.page({ ...wanted, states: stored, after });
    const seen = await asPeopleSee(parts, page);
    found.push(...seen.filter(({ state }) => states.includes(state)));
    after = page.at(-1);
    if (found.length >= limit || page.length < limit) return found.slice(0, limit);
  }
}

/** Of the tool, or of its whole server. */
function isAbout(
  { target: about }: OverlayEntry,
  { tenant, server, tool }: CatalogueEntry,
): boolean {
  if (about.kind !== 'target' || about.tenant !== tenant) return false;
  const { target } = about;
  if (target.kind === 'tool' && target.owner === server && target.name === undefined) return true;
  return sameTarget(target, toolTarget({ server, tool }));
}
