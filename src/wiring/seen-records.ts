import type { CatalogueChange } from '#contracts/tool-catalogue.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { driftFindings } from '#planes/tools/index.ts';
import type { Look } from './tools-look.ts';
import type { OwedRecord } from './record-owed.ts';

/**
 * Every tool that was added, changed or is gone; one that can do harm is of high severity. The first
 * few are named, worst first; the rest is one record with counts, however many they are.
 */
export function seenRecords(look: Look, snapshot: Snapshot | undefined): OwedRecord[] {
  const fresh = look.changes.filter(({ state }) => state !== 'pinned');
  const severities = severitiesOf(look, snapshot, fresh);
  const severity = (tool: string) => severities.get(tool) ?? 'high';
  const worstFirst = fresh.toSorted((a, b) => rank(a, severity) - rank(b, severity));
  const named = worstFirst.slice(0, limits.toolsNamedPerLook);
  const rest = worstFirst.slice(limits.toolsNamedPerLook);
  const drafts = named.map((change) => ({
    name: `${look.id}/${change.tool}/${change.state}/${change.observedDigest ?? ''}`,
    draft: oneOf(look, change, severity(change.tool)),
  }));
  if (rest.length > 0 || look.passedOver > 0) {
    drafts.push({ name: `${look.id}//more`, draft: summaryOf(look, rest, severity) });
  }
  return drafts.map((one) => ({ ...one, at: look.at }));
}

function oneOf(look: Look, change: CatalogueChange, severity: string): RecordDraft {
  const { tool, state, observedDigest, pinnedDigest } = change;
  return {
    type: state === 'quarantined' ? 'tool.quarantined' : 'tool.observed',
    tenant: look.tenant,
    actors: [{ kind: 'system', name: 'system/refresh' }],
    details: {
      server: look.server,
      tool,
      state,
      severity,
      seen: observedDigest ?? '',
      pinned: pinnedDigest ?? '',
    },
  };
}

function summaryOf(
  look: Look,
  rest: readonly CatalogueChange[],
  severity: (tool: string) => string,
): RecordDraft {
  const count = (state: CatalogueChange['state']) =>
    rest.filter((one) => one.state === state).length;
  const quarantined = count('quarantined');
  return {
    type: quarantined > 0 ? 'tool.quarantined' : 'tool.observed',
    tenant: look.tenant,
    actors: [{ kind: 'system', name: 'system/refresh' }],
    details: {
      server: look.server,
      more: rest.length,
      waiting: count('waiting'),
      quarantined,
      gone: count('gone'),
      passedOver: look.passedOver,
      severity: rest.some(({ tool }) => severity(tool) === 'high') ? 'high' : 'medium',
    },
  };
}

function rank(change: CatalogueChange, severity: (tool: string) => string): number {
  const harm = severity(change.tool) === 'high' ? 0 : 1;
  return change.state === 'quarantined' ? harm : 2 + harm;
}

function severitiesOf(
  { tenant, server }: Look,
  snapshot: Snapshot | undefined,
  fresh: readonly CatalogueChange[],
): ReadonlyMap<string, string> {
  const entry = snapshot?.tenants[tenant]?.servers[server];
  if (entry === undefined) return new Map();
  const named = (state: CatalogueChange['state']) => fresh.filter((one) => one.state === state);
  const report = {
    server,
    changed: named('quarantined').map(({ tool }) => ({ tool, pinned: '', seen: '' })),
    added: named('waiting').map(({ tool }) => tool),
    missing: named('gone').map(({ tool }) => tool),
  };
  return new Map(driftFindings(report, entry).map(({ tool, severity }) => [tool, severity]));
}
