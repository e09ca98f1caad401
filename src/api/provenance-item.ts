import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { SeenServer } from './parts.ts';
import { noTools, viewServer } from './server-view.ts';

interface ProvenanceItem {
  readonly item: 'provenance';
  readonly state: 'amber' | 'green';
  readonly why: string;
}

/** What is started here without anybody knowing what it is, or who made it. Undefined where nothing is started. */
export function provenanceItem(
  tenant: TenantSnapshot | undefined,
  seen: readonly SeenServer[],
): ProvenanceItem | undefined {
  const started = Object.values(tenant?.servers ?? {})
    .filter(({ connect }) => connect.kind === 'stdio')
    .map((entry) => viewServer(entry, seen, noTools, tenant));
  if (started.length === 0) return undefined;
  const unpinned = started.filter(({ pinned }) => pinned !== 'verified');
  const unverified = started.filter(({ signed }) => signed.wanted && signed.by === null);
  const signed = started.filter(({ signed: { wanted, by } }) => wanted && by !== null);
  const words = [
    said('content is not pinned, see `connect.package`', unpinned),
    said('no gateway has verified who signed it', unverified),
  ].filter((one) => one !== undefined);
  return words.length > 0
    ? { item: 'provenance', state: 'amber', why: words.join('; ') }
    : {
        item: 'provenance',
        state: 'green',
        why: `what is started is pinned; of ${signed.length} of ${started.length} who signed it is verified`,
      };
}

function said(what: string, of: readonly { readonly server: string }[]): string | undefined {
  return of.length === 0 ? undefined : `${what}: ${of.map(({ server }) => server).join(', ')}`;
}
