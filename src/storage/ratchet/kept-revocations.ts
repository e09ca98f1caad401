import type { InstanceBook } from '#contracts/instance-book.ts';
import type { KeptStop } from './stops-file.ts';

/** What the book of instances says of those that were revoked. */
export interface Revocations {
  /** Of those, which the book says are not. Answers nothing but now and then: the overlay refuses them already. */
  undone(entries: Iterable<KeptStop>): Promise<readonly KeptStop[]>;
  again(entry: KeptStop): Promise<void>;
}

/** A look at the books for so many at the overlay. */
const looksBetween = 10;

/** `before`: of which the book must say so by now; of others it does once it was seen to. */
export function keepRevocations(
  instances: Pick<InstanceBook, 'list' | 'unbound' | 'revoke' | 'revokeUnbound'>,
  before: Iterable<KeptStop>,
): Revocations {
  const noted = new Set([...before].map(({ id }) => id));
  let looks = 0;
  return {
    async undone(entries) {
      looks += 1;
      const revoked = [...entries].filter(isOfInstance);
      if (revoked.length === 0 || looks % looksBetween !== 1) return [];
      const found: KeptStop[] = [];
      for (const [tenant, all] of Map.groupBy(revoked, ({ target }) => target.tenant)) {
        const open = await openIn(instances, tenant);
        for (const one of all) {
          // Between the two writes of a revocation the book is behind.
          if (!open.has(one.target.instance)) noted.add(one.id);
          else if (noted.has(one.id)) found.push(one);
        }
      }
      return found;
    },
    async again(entry) {
      if (!isOfInstance(entry)) return;
      const { tenant, instance } = entry.target;
      await instances.revoke(tenant, instance, entry.at);
      await instances.revokeUnbound(tenant, instance, entry.at);
    },
  };
}

type OfInstance = KeptStop & { readonly target: { readonly kind: 'instance' } };

function isOfInstance(entry: KeptStop): entry is OfInstance {
  return entry.why === 'revoke' && entry.target.kind === 'instance';
}

async function openIn(
  instances: Pick<InstanceBook, 'list' | 'unbound'>,
  tenant: string,
): Promise<ReadonlySet<string>> {
  const all = [...(await instances.list(tenant)), ...(await instances.unbound(tenant))];
  return new Set(
    all.filter(({ revokedAt }) => revokedAt === undefined).map(({ instance }) => instance),
  );
}
