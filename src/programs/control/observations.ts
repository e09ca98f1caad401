import type { Store } from '#contracts/store.ts';
import type { CatalogueEntry, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { newId } from '#kernel/ids.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { ServerEntry, Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { driftFindings } from '#planes/tools/index.ts';

interface Parts {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly tenant: string;
  readonly snapshot: () => Snapshot | undefined;
  readonly recompile: () => Promise<unknown>;
}

/** Records and pins go to disk so many at a time: ten thousand tools are one breath, not ten thousand. */
const atOnce = 256;

/**
 * The store as gateways see it: what they report of a tool server is judged here. A server whose
 * document says `first-seen` is pinned as it shows itself first; everything else waits for a human,
 * and what changed since its approval is quarantined for every gateway.
 */
export function adoptObservations(parts: Parts): Store {
  const catalogue: ToolCatalogue = {
    ...bound(parts.store.catalogue),
    async report(seen) {
      const { tenant, server } = seen;
      const before = await parts.store.catalogue.list(tenant, server);
      const known = new Map(before.map((entry) => [entry.tool, stateOf(entry)]));
      await parts.store.catalogue.report(seen);
      const entries = await parts.store.catalogue.list(tenant, server);
      const fresh = entries.filter((entry) => known.get(entry.tool) !== stateOf(entry));
      // In force everywhere before anybody writes about it.
      for (const entry of fresh) if (entry.state === 'quarantined') await quarantine(parts, entry);
      await recordInBatches(parts, observed(parts, tenant, server, fresh));
      if (await pinFirstSeen(parts, tenant, server, fresh)) await parts.recompile();
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

async function recordInBatches(parts: Parts, drafts: readonly RecordDraft[]): Promise<void> {
  for (let from = 0; from < drafts.length; from += atOnce) {
    await parts.recorder.recordAll(drafts.slice(from, from + atOnce));
  }
}

/** Every tool that was added, changed or is gone; one that can do harm is of high severity. */
function observed(
  parts: Parts,
  tenant: string,
  server: string,
  fresh: readonly CatalogueEntry[],
): RecordDraft[] {
  const entry = parts.snapshot()?.tenants[tenant]?.servers[server];
  const severities = severitiesOf(server, entry, fresh);
  return fresh
    .filter(({ state }) => state !== 'pinned')
    .map(({ tool, state, observed: seen, pinned }) => ({
      type: state === 'quarantined' ? 'tool.quarantined' : 'tool.observed',
      tenant,
      actors: [{ kind: 'system', name: 'system/refresh' }],
      details: {
        server,
        tool,
        state,
        severity: severities.get(tool) ?? 'high',
        seen: seen?.digest ?? '',
        pinned: pinned?.digest ?? '',
      },
    }));
}

function severitiesOf(
  server: string,
  entry: ServerEntry | undefined,
  fresh: readonly CatalogueEntry[],
): Map<string, string> {
  if (entry === undefined) return new Map();
  const named = (state: CatalogueEntry['state']) => fresh.filter((one) => one.state === state);
  const report = {
    server,
    changed: named('quarantined').map(({ tool }) => ({ tool, pinned: '', seen: '' })),
    added: named('waiting').map(({ tool }) => tool),
    missing: named('gone').map(({ tool }) => tool),
  };
  return new Map(driftFindings(report, entry).map(({ tool, severity }) => [tool, severity]));
}

async function quarantine({ store, clock }: Parts, entry: CatalogueEntry): Promise<void> {
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
  const waiting = fresh.flatMap(({ tool, state, pinned, observed: seen }) =>
    state === 'waiting' && pinned === undefined && seen !== undefined
      ? [{ tool, digest: seen.digest }]
      : [],
  );
  await recordInBatches(
    parts,
    waiting.map(({ tool, digest }) => ({
      type: 'tool.approved',
      tenant,
      actors: [{ kind: 'system', name: 'system/first-seen' }],
      details: { server, tool, digest },
    })),
  );
  const now = parts.clock.now();
  for (let from = 0; from < waiting.length; from += atOnce) {
    const some = waiting.slice(from, from + atOnce);
    await Promise.all(
      some.map(({ tool, digest }) =>
        parts.store.catalogue.approve({ tenant, server, tool, digest, by: 'first-seen', now }),
      ),
    );
  }
  return waiting.length > 0;
}
