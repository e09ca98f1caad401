import type { CompiledConfiguration, Configuration, PlanePart } from '#contracts/plane-part.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { PolicyEntry, Snapshot } from '#kernel/snapshot.ts';
import type { PolicyView } from '#planes/policy/index.ts';

export interface Proposal {
  readonly tenant: string;
  /** In place of those of the same name, or beside the others. */
  readonly policies: readonly PolicyEntry[];
  /** Names of those that go. */
  readonly without: readonly string[];
}

/** What is in force, but for its policies. Judged like a Snapshot that is to come; touches nothing that is in force. */
export async function propose(
  part: PlanePart<PolicyView>,
  current: Configuration,
  { tenant, policies, without }: Proposal,
): Promise<CompiledConfiguration> {
  const { snapshot } = current;
  const entry = snapshot.tenants[tenant];
  if (entry === undefined) {
    throw new BailiwickError('api/not-found', {
      message: 'this tenant has no configuration yet',
      suggestedAction: 'put its documents first',
    });
  }
  const known = new Set(entry.policies.map(({ name }) => name));
  const stray = without.filter((name) => !known.has(name));
  if (stray.length > 0) {
    throw new BailiwickError('api/not-found', {
      message: `no policy is called ${stray.map((name) => `\`${name}\``).join(', ')}`,
      suggestedAction: `leave out one of: ${[...known].join(', ')}`,
    });
  }
  const gone = new Set([...without, ...policies.map(({ name }) => name)]);
  const kept = entry.policies.filter(({ name }) => !gone.has(name));
  // What gateways were given was made of the policies in force.
  const { judgedPolicies: _, ...rest } = entry;
  const wanted = { ...rest, policies: [...kept, ...policies] };
  const next: Snapshot = { ...snapshot, tenants: { ...snapshot.tenants, [tenant]: wanted } };
  const compiled = await part.compile(next, undefined);
  if (compiled.kind === 'refused') return compiled;
  const { view, warnings = [] } = compiled;
  return { kind: 'compiled', configuration: beside(current, part, { next, view, warnings }) };
}

function beside(
  current: Configuration,
  part: PlanePart<PolicyView>,
  made: {
    readonly next: Snapshot;
    readonly view: PolicyView;
    readonly warnings: Configuration['warnings'];
  },
): Configuration {
  const { next, view, warnings } = made;
  return {
    number: current.number,
    digest: sha256Hex(`proposed beside ${current.digest}`),
    snapshot: next,
    warnings,
    // One part of it is another one; the caller of `of` names which type it wants.
    of: <View>(asked: PlanePart<View>): View =>
      (asked as unknown) === part ? (view as unknown as View) : current.of(asked),
  };
}
