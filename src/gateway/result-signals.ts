import type { Configuration } from '#contracts/plane-part.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { CallCounts } from '#planes/monitoring/index.ts';
import { signalsIn } from '#planes/semantic/index.ts';
import type { Lent } from './progress.ts';

/** Looks at what strangers wrote, and says on record and to whoever watches what looks odd. Decides nothing. */
export interface ResultSignals {
  /** INVARIANT: it changes nothing but what the record of the call says beside it, and never throws. */
  note(walk: Lent, result: JsonObject): void;
}

export interface SignalParts {
  readonly signals: ResultSignals;
}

/** By configuration, which never changes: the names of the tools of a tenant, with and without their server. */
function createToolNames() {
  const known = new WeakMap<Configuration, Map<string, ReadonlySet<string>>>();
  return (configuration: Configuration, tenant: string): ReadonlySet<string> => {
    const of = known.get(configuration) ?? new Map<string, ReadonlySet<string>>();
    known.set(configuration, of);
    const before = of.get(tenant);
    if (before !== undefined) return before;
    const names = new Set<string>();
    const pins = configuration.snapshot.tenants[tenant]?.pins ?? {};
    for (const [server, tools] of Object.entries(pins)) {
      for (const tool of Object.keys(tools)) names.add(tool).add(`${server}.${tool}`);
    }
    of.set(tenant, names);
    return names;
  };
}

export function createResultSignals(counts: Pick<CallCounts, 'signalled'>): ResultSignals {
  const toolNames = createToolNames();
  return {
    note({ subject, principal, configuration, attempt }, result) {
      if (!subject.subjectClass.resultLabels.includes('integrity:untrusted')) return;
      try {
        const names = toolNames(configuration, principal.tenant);
        const { owner, name: own = '' } = subject.target;
        const isOther = (word: string): boolean =>
          names.has(word) && word !== own && word !== `${owner}.${own}`;
        const signals = signalsIn(result, isOther, subject.subjectClass.scored);
        if (signals === undefined) return;
        const { found, severity, cut } = signals;
        for (const kind of Object.keys(found)) counts.signalled(kind);
        const told = { ...found, severity, ...(cut ? { cut } : {}) };
        attempt.details = { ...attempt.details, signals: told };
      } catch {
        // What cannot be looked at has no signal; its labels hold in any case.
      }
    },
  };
}
