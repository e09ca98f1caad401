import type { SubscriptionNote } from '#contracts/fellows.ts';
import type { Principal } from '#kernel/principal.ts';

export interface KeptSubscription extends Omit<SubscriptionNote, 'isOver'> {
  /** Who asked here, or listened here last; undefined of what only other gateways were asked. */
  readonly by: Principal | undefined;
  readonly heardAt: number;
}

type Named = Pick<SubscriptionNote, 'session' | 'uri'>;

/** Subscriptions, found by session and resource, by resource alone, and counted by holder. */
export class KeptSubscriptions {
  readonly #all = new Map<string, KeptSubscription>();
  readonly #byUri = new Map<string, Set<string>>();
  readonly #holders = new Map<string, number>();

  get size(): number {
    return this.#all.size;
  }

  values(): IterableIterator<KeptSubscription> {
    return this.#all.values();
  }

  get(named: Named): KeptSubscription | undefined {
    return this.#all.get(keyOf(named));
  }

  countOf(holder: string): number {
    return this.#holders.get(holder) ?? 0;
  }

  isAny(tenant: string, uri: string, fits: (one: KeptSubscription) => boolean): boolean {
    const keys = this.#byUri.get(uriKey({ tenant, uri })) ?? [];
    return [...keys].some((key) => {
      const one = this.#all.get(key);
      return one !== undefined && fits(one);
    });
  }

  set(one: KeptSubscription): void {
    this.delete(one);
    const [key, about] = [keyOf(one), uriKey(one)];
    this.#all.set(key, one);
    const keys = this.#byUri.get(about) ?? new Set();
    this.#byUri.set(about, keys.add(key));
    this.#holders.set(one.holder, this.countOf(one.holder) + 1);
  }

  delete(named: Named): boolean {
    const key = keyOf(named);
    const one = this.#all.get(key);
    if (one === undefined) return false;
    this.#all.delete(key);
    const keys = this.#byUri.get(uriKey(one));
    keys?.delete(key);
    if (keys?.size === 0) this.#byUri.delete(uriKey(one));
    const count = this.countOf(one.holder) - 1;
    if (count > 0) this.#holders.set(one.holder, count);
    else this.#holders.delete(one.holder);
    return true;
  }
}

function keyOf({ session, uri }: Named): string {
  return `${session}\n${uri}`;
}

function uriKey({ tenant, uri }: Pick<SubscriptionNote, 'tenant' | 'uri'>): string {
  return `${tenant}\n${uri}`;
}
