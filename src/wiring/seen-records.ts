import type { CatalogueChange } from '#contracts/tool-catalogue.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { driftFindings, type Severity, severityOf } from '#planes/tools/index.ts';
import type { Look } from './tools-look.ts';
import type { OwedRecord } from './record-owed.ts';

/**
 * Every tool that was added, changed or is gone; one that can do harm is of high severity. The first
 * few are named, worst first; the rest is one record with counts, however many they are.
 */
export function seenRecords(look: Look, snapshot: Snapshot | undefined): OwedRecord[] {
  const fresh = look.changes.filter(({ state }) => state !== 'pinned');
  const severities = severitiesOf(look, snapshot, fresh);
  const severity = (tool: string) =>
    severityOf(severities.get(tool) ?? 'high', look.brings.get(tool) ?? []);
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
      introduces: [...(look.brings.get(tool) ?? [])],
      seen: observedDigest ?? '',
      pinned: pinnedDigest ?? '',
    },
  };
}

function summaryOf(
  look: Look,
  rest: readonly CatalogueChange[],
  severity: (tool: string) => Severity,
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
      severity: worstOf(rest, severity),
    },
  };
}

function worstOf(rest: readonly CatalogueChange[], severity: (tool: string) => Severity): Severity {
  const all = rest.map(({ tool }) => severity(tool));
  return (['critical', 'high'] as const).find((one) => all.includes(one)) ?? 'medium';
}

function rank(change: CatalogueChange, severity: (tool: string) => Severity): number {
  const harm = harms[severity(change.tool)];
  return change.state === 'quarantined' ? harm : harms.low + harm;
}

const harms: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

function severitiesOf(
  { tenant, server }: Look,
  snapshot: Snapshot | undefined,
  fresh: readonly CatalogueChange[],
): ReadonlyMap<string, Severity> {
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
