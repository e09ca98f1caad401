import type { DirectoryBook } from '#contracts/directory-book.ts';
import { directoryRules } from '#contracts/directory-rules.ts';
import type { Snapshot } from '#kernel/snapshot.ts';

/**
 * Whether whoever signs in is somebody who is not there (any more). INVARIANT: where a document says whose
 * sign-ins a connected directory's people have, nobody else signs in by that provider: who was taken out
 * is unknown to it, and so is a stranger.
 */
export function createUserPresence(parts: {
  readonly directory: Pick<DirectoryBook, 'isConnected' | 'users'>;
  readonly snapshot: () => Snapshot | undefined;
}) {
  return async (
    tenant: string,
    user: { readonly issuer: string; readonly subject: string },
  ): Promise<boolean> => {
    const { signIns } = directoryRules(parts.snapshot()?.tenants[tenant]);
    const rules = signIns.filter(({ issuer }) => issuer === user.issuer);
    if (rules.length === 0 || !(await parts.directory.isConnected(tenant))) return false;
    for (const { subject: attribute } of rules) {
      const terms = [
        { attribute, value: user.subject },
        { attribute: 'active', value: 'true' },
      ] as const;
      const { total } = await parts.directory.users({ tenant, terms, from: 0, limit: 1 });
      if (total > 0) return false;
    }
    return true;
  };
}
