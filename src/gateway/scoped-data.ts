import { contentOf } from '#kernel/call.ts';
import type { ScopeFacts } from '#kernel/decision.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { DataScope } from '#kernel/tool.ts';
import type { CallCounts } from '#planes/monitoring/index.ts';
import { acts, outsideOf } from '#planes/flow/index.ts';
import type { Resolved } from './progress.ts';

/** Whether a call moves data out of the scope of its agent, or of anybody who handed it on. */
export type ScopedData = (walk: Resolved) => ScopeFacts | undefined;

const strictness = ['signal', 'ask', 'refuse'] as const;

/** INVARIANT: all scopes hold, each by itself; what is said is what the strictest one says. */
export function createScopedData(counts: Pick<CallCounts, 'signalled'>): ScopedData {
  return (walk) => {
    const { flow } = walk.subject.subjectClass;
    const scopes = scopesOf(walk);
    if (flow === undefined || scopes.length === 0) return undefined;
    const given = contentOf(walk.call.action)?.arguments ?? emptyObject();
    const left = scopes
      .map((scope) => ({ scope, outside: outsideOf(given, flow, scope) }))
      .filter(({ outside }) => outside.length > 0);
    const [first] = left.sort((a, b) => rankOf(b.scope) - rankOf(a.scope));
    if (first === undefined) return undefined;
    counts.signalled('outside-scope');
    return { outside: first.outside, what: first.scope.outside, severity: severityOf(walk, first) };
  };
}

function rankOf({ outside }: DataScope): number {
  return strictness.indexOf(outside);
}

function scopesOf({ configuration, principal }: Resolved): readonly DataScope[] {
  const tenant = configuration.snapshot.tenants[principal.tenant];
  if (tenant === undefined) return [];
  const names = [principal.agent, ...principal.hops.map(({ agent }) => agent)];
  return [...new Set(names)].flatMap((name) => {
    const agent = Object.hasOwn(tenant.agents, name) ? tenant.agents[name] : undefined;
    const data = agent && tenant.manifests[agent.manifest]?.data;
    return data === undefined ? [] : [data];
  });
}

/** What leaves for somebody is worse than what is written elsewhere, and that than what is read from there. */
function severityOf(
  { subject }: Resolved,
  { outside }: { readonly outside: ScopeFacts['outside'] },
): ScopeFacts['severity'] {
  if (!acts(subject.subjectClass)) return 'low';
  const leaves = outside.some(
    ({ kind }) => kind === 'recipient' || kind === 'url' || kind === 'account',
  );
  return leaves ? 'high' : 'medium';
}
