import {
  type CompiledConfiguration,
  type CompiledPart,
  type Configuration,
  type PartProblem,
  type PlanePart,
  partProblemText,
} from '#contracts/plane-part.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';

/** INVARIANT: all or nothing. What one part refuses is in force for none, and all of it is told. */
export async function compileConfiguration(
  parts: readonly PlanePart<unknown>[],
  snapshot: Snapshot,
  before: Configuration | undefined,
): Promise<CompiledConfiguration> {
  const views = new Map<PlanePart<unknown>, unknown>();
  const problems: PartProblem[] = [];
  const warnings: PartProblem[] = [];
  for (const part of parts) {
    const compiled = await compilePart(part, snapshot, before?.of(part));
    if (compiled.kind === 'refused') problems.push(...compiled.problems);
    else {
      views.set(part, compiled.view);
      warnings.push(...(compiled.warnings ?? []));
    }
  }
  // A part that refuses without a word refuses too.
  if (views.size < parts.length) return { kind: 'refused', problems };
  return { kind: 'compiled', configuration: configurationOf(snapshot, views, warnings) };
}

function configurationOf(
  snapshot: Snapshot,
  views: ReadonlyMap<PlanePart<unknown>, unknown>,
  warnings: readonly PartProblem[],
): Configuration {
  const { number, digest } = snapshot;
  return {
    number,
    digest,
    snapshot,
    warnings,
    of<View>(part: PlanePart<View>): View {
      const view = views.get(part);
      if (view === undefined) throw new TypeError(`the configuration has no part \`${part.name}\``);
      // The one cast: what stands under a part is what this part compiled.
      return view as View;
    },
  };
}

async function compilePart(
  part: PlanePart<unknown>,
  snapshot: Snapshot,
  before: unknown,
): Promise<CompiledPart<unknown>> {
  try {
    return await part.compile(snapshot, before);
  } catch {
    return { kind: 'refused', problems: [{ message: `${part.name}: it failed while compiling` }] };
  }
}

/** The Snapshot as it goes to gateways: with what the parts have made of it already. */
export function carriedSnapshot(
  parts: readonly PlanePart<unknown>[],
  configuration: Configuration,
): Snapshot {
  const { snapshot } = configuration;
  const tenants = Object.entries(snapshot.tenants).map(
    ([name, tenant]): [string, TenantSnapshot] => [
      name,
      Object.assign(
        { ...tenant },
        ...parts.map((part) => part.carried?.(configuration.of(part), name)),
      ) as TenantSnapshot,
    ],
  );
  return { ...snapshot, tenants: Object.fromEntries(tenants) };
}

/** A Snapshot that is not in force here, and why. */
export interface RefusedSnapshot {
  readonly number: number;
  readonly digest: string;
  readonly problems: readonly string[];
}

export interface ConfigurationListener {
  /** A newer one is on its way; told before it is compiled. */
  expected(number: number): void;
  inForce(configuration: Configuration): void;
  /** Once for each Snapshot, however often it is tried. */
  refused(refused: RefusedSnapshot): void;
}

/** Makes configurations of the Snapshots that come, one at a time, and never an older one again. */
export interface Configurations {
  readonly current: Configuration | undefined;
  /** Set while the newest Snapshot is refused; what was in force before it stays so. */
  readonly refused: RefusedSnapshot | undefined;
  take(snapshot: Snapshot): void;
  /** There is one listener. */
  follow(listener: ConfigurationListener): void;
  /** Tries what is refused once more: what a part lacked may be there now. */
  again(): void;
}

/** INVARIANT: a Snapshot of which `whyNotOurs` says why is in force nowhere, and is never compiled. */
export function createConfigurations(
  parts: readonly PlanePart<unknown>[],
  whyNotOurs: (snapshot: Snapshot) => string | undefined,
): Configurations {
  let listener: ConfigurationListener | undefined;
  let current: Configuration | undefined;
  let refused: RefusedSnapshot | undefined;
  let newest: Snapshot | undefined;
  let waiting: Snapshot | undefined;
  let isCompiling = false;
  const refuse = ({ number, digest }: Snapshot, problems: readonly string[]): void => {
    const isTold = refused?.number === number;
    refused = { number, digest, problems };
    if (!isTold) listener?.refused(refused);
  };
  const settle = (snapshot: Snapshot, compiled: CompiledConfiguration): void => {
    if (compiled.kind === 'refused') {
      return refuse(snapshot, compiled.problems.map(partProblemText));
    }
    refused = undefined;
    current = compiled.configuration;
    listener?.inForce(current);
  };
  const compileWaiting = async (): Promise<void> => {
    isCompiling = true;
    try {
      for (let next = waiting; next !== undefined; next = waiting) {
        waiting = undefined;
        settle(next, await compileConfiguration(parts, next, current));
      }
    } finally {
      isCompiling = false;
    }
  };
  const start = (snapshot: Snapshot): void => {
    // Of several that come while one is compiled only the newest is.
    waiting = snapshot;
    if (!isCompiling) void compileWaiting();
  };
  return {
    get current() {
      return current;
    },
    get refused() {
      return refused;
    },
    take(snapshot) {
      // INVARIANT: the one place that judges the order; numbers only grow, whatever comes late.
      if (newest !== undefined && snapshot.number <= newest.number) return;
      const no = whyNotOurs(snapshot);
      if (no !== undefined) return refuse(snapshot, [no]);
      newest = snapshot;
      listener?.expected(snapshot.number);
      start(snapshot);
    },
    follow: (one) => void (listener = one),
    again() {
      // One that is not control's is not the newest, and is tried no more.
      if (newest === undefined || refused?.number !== newest.number || isCompiling) return;
      start(newest);
    },
  };
}
