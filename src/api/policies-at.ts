import type { DocumentVersion } from '#contracts/document-store.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { policyIn } from '#planes/policy/index.ts';
import type { Desks } from './parts.ts';

/**
 * The policies as their documents stood at a time. INVARIANT: a guess, to be proved by the digest that a decision of
 * then has on record: what is gone under a name that nobody remembers is not among them.
 */
export async function policiesAt(
  { documents, changes }: Pick<Desks, 'documents' | 'changes'>,
  { tenant, decision, environment }: RecordEnvelope,
  time: number,
): Promise<readonly PolicyEntry[]> {
  const stored = await documents.list(tenant, 'Policy');
  // A rule is called after its policy more often than not, also where that is gone.
  const named = (decision?.rules ?? []).map((rule) => rule.split('/')[0] ?? rule);
  const names = new Set([...stored.map(({ name }) => name), ...named]);
  const found: PolicyEntry[] = [];
  for (const name of names) {
    const spec = specAt(await changes.history(tenant, 'Policy', name), time);
    const policy = spec && policyIn(name, spec, environment);
    // What was in shadow then decided nothing.
    if (policy !== undefined && policy.shadow !== true) found.push(policy);
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Newest first, as histories are. */
function specAt(
  versions: readonly DocumentVersion[],
  time: number,
): DocumentVersion['spec'] | undefined {
  const version = versions.find(({ appliedAt }) => appliedAt <= time);
  if (version === undefined) return undefined;
  if (version.removed !== undefined && version.removed.at <= time) return undefined;
  return version.spec;
}
