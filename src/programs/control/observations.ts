import type { Store } from '#contracts/store.ts';
import type { CatalogueEntry, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { newId } from '#kernel/ids.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';

interface Parts {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly tenant: string;
  readonly recompile: () => Promise<unknown>;
}

/**
 * The store as gateways see it: what they report of a tool server is judged here. A server whose
 * document says `first-seen` is pinned as it shows itself first; everything else waits for a human,
 * and what changed since its approval is quarantined for every gateway.
 */
export function adoptObservations(parts: Parts): Store {
  const catalogue: ToolCatalogue = {
    ...bound(parts.store.catalogue),
    async report(seen) {
      const before = await parts.store.catalogue.list(seen.tenant, seen.server);
      const known = new Map(before.map((entry) => [entry.tool, stateOf(entry)]));
      const entries = await parts.store.catalogue.report(seen);
      const fresh = entries.filter((entry) => known.get(entry.tool) !== stateOf(entry));
      for (const entry of fresh) await note(parts, entry);
      const pinned = await pinFirstSeen(parts, seen.tenant, seen.server, fresh);
      if (pinned) await parts.recompile();
      return entries;
    },
  };
  return { ...parts.store, close: () => parts.store.close(), catalogue };
}

function bound(catalogue: ToolCatalogue): ToolCatalogue {
  return {
    report: (seen) => catalogue.report(seen),
    list: (tenant, server) => catalogue.list(tenant, server),
    get: (tenant, server, tool) => catalogue.get(tenant, server, tool),
    approve: (yes) => catalogue.approve(yes),
  };
}

function stateOf(entry: CatalogueEntry): string {
  return `${entry.state} ${entry.observed?.digest ?? ''}`;
}

async function note({ store, recorder, clock }: Parts, entry: CatalogueEntry): Promise<void> {
  if (entry.state === 'pinned') return;
  await recorder.record({
    type: entry.state === 'quarantined' ? 'tool.quarantined' : 'tool.observed',
    tenant: entry.tenant,
    actors: [{ kind: 'system', name: 'system/refresh' }],
    details: {
      server: entry.server,
      tool: entry.tool,
      state: entry.state,
      seen: entry.observed?.digest ?? '',
      pinned: entry.pinned?.digest ?? '',
    },
  });
  if (entry.state !== 'quarantined') return;
  await store.overlay.add({
    id: newId(clock.now()),
    target: { kind: 'tool', tenant: entry.tenant, server: entry.server, tool: entry.tool },
    why: 'quarantine',
    by: 'system/refresh',
    reason: 'the definition changed since it was approved',
    at: clock.now(),
    ...(entry.observed === undefined ? {} : { digest: entry.observed.digest }),
  });
}

async function pinFirstSeen(
  parts: Parts,
  tenant: string,
  server: string,
  fresh: readonly CatalogueEntry[],
): Promise<boolean> {
  const document = await parts.store.documents.get(tenant, 'ToolServer', server);
  if (document?.spec['pin'] !== 'first-seen') return false;
  const waiting = fresh.filter(({ state, pinned }) => state === 'waiting' && pinned === undefined);
  for (const { tool, observed } of waiting) {
    if (observed === undefined) continue;
    const now = parts.clock.now();
    await parts.store.catalogue.approve({
      tenant,
      server,
      tool,
      digest: observed.digest,
      by: 'first-seen',
      now,
    });
    await parts.recorder.record({
      type: 'tool.approved',
      tenant,
      actors: [{ kind: 'system', name: 'system/first-seen' }],
      details: { server, tool, digest: observed.digest },
    });
  }
  return waiting.length > 0;
}
