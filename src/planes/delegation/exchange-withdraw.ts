import type { DelegationBook } from '#contracts/delegation-book.ts';
import type { Delegations } from '#contracts/delegations.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { consentsOf, isByDocument } from './exchange-consent.ts';

const allOfThem = 100_000;

export interface WithdrawParts {
  readonly book: Pick<DelegationBook, 'list'>;
  readonly delegations: Pick<Delegations, 'end'>;
}

export interface DocumentConsents {
  /** Ends what stands on a document that is gone or has changed. To be called once `next` is in force. */
  follow(next: Snapshot): Promise<void>;
}

/**
 * INVARIANT: what a document has consented to ends with that document: at a change of it, and at the first look
 * after a start, when it changed while nobody looked.
 */
export function createDocumentConsents(parts: WithdrawParts): DocumentConsents {
  const before = new Map<string, string>();
  return {
    async follow(next) {
      for (const [tenant, of] of Object.entries(next.tenants)) {
        const consents = consentsOf(of);
        const text = [...consents].sort().join('\n');
        if (before.get(tenant) === text) continue;
        await endOthers(parts, tenant, consents);
        before.set(tenant, text);
      }
    },
  };
}

async function endOthers(
  { book, delegations }: WithdrawParts,
  tenant: string,
  consents: ReadonlySet<string>,
): Promise<void> {
  const open = await book.list({ tenant, open: true, limit: allOfThem });
  const gone = new Set(
    open.map(({ consent }) => consent).filter((one) => isByDocument(one) && !consents.has(one)),
  );
  for (const id of gone) {
    await delegations.end({
      tenant,
      ground: { kind: 'consent', id },
      by: 'system/documents',
      reason: 'the document that allowed it has changed or is gone',
    });
  }
}
