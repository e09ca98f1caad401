import type { CheckedPolicies } from '#api/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import type { OpenControl } from './parts.ts';

/** Judged like a Snapshot that is to come: nothing that is in force is touched. */
export async function checkPolicies(
  { compiler, planes }: Pick<OpenControl, 'compiler' | 'planes'>,
  tenant: string,
  policies: readonly PolicyEntry[],
): Promise<CheckedPolicies> {
  const snapshot = compiler.current();
  const current = snapshot?.tenants[tenant];
  if (snapshot === undefined || current === undefined) {
    throw new BailiwickError('api/not-found', {
      message: 'this tenant has no configuration yet',
      suggestedAction: 'put its documents first',
    });
  }
  const asked = { ...snapshot, tenants: { [tenant]: { ...current, policies } } };
  const compiled = await planes.policy.compile(asked, undefined);
  return compiled.kind === 'refused'
    ? { problems: compiled.problems, warnings: [] }
    : { problems: [], warnings: compiled.warnings ?? [] };
}
