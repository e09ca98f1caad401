import type { LabelBook } from '#contracts/label-book.ts';
import { joinLabels, type Labels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type { GatewayState } from './state.ts';

const cachedSessions = 100_000;

/**
 * Labels of sessions as the path sees them. A sole gateway has seen every raise and may answer
 * from memory; with several, each call reads the store, because another gateway may have raised one.
 */
export interface SessionLabelCache {
  of(tenant: string, session: string): Labels | Promise<Labels>;
  /** Undefined when they were there already; otherwise durable before it resolves. */
  raise(principal: Principal, labels: Labels, source: string): Promise<undefined> | undefined;
}

export function createSessionLabels(book: LabelBook, state: GatewayState): SessionLabelCache {
  const cache = new Map<string, Labels>();
  const remember = (key: string, labels: Labels): void => {
    // INVARIANT: whichever answer arrives last, a label that was seen stays.
    const known = cache.get(key);
    cache.delete(key);
    cache.set(key, known === undefined ? labels : joinLabels(known, labels));
    if (cache.size > cachedSessions) forgetOldest(cache);
  };
  const read = async (tenant: string, session: string): Promise<Labels> => {
    const { labels } = await book.read(tenant, session);
    remember(keyOf(tenant, session), labels);
    return cache.get(keyOf(tenant, session)) ?? labels;
  };
  return {
    of(tenant, session) {
      const known = state.sole ? cache.get(keyOf(tenant, session)) : undefined;
      return known ?? read(tenant, session);
    },
    raise(principal, labels, source) {
      const { tenant, session } = principal;
      const known = cache.get(keyOf(tenant, session));
      if (labels.every((label) => known?.includes(label) === true)) return undefined;
      return book.raise(tenant, session, labels, source).then((raised) => {
        remember(keyOf(tenant, session), raised.labels);
        return undefined;
      });
    },
  };
}

function keyOf(tenant: string, session: string): string {
  return `${tenant}\n${session}`;
}

function forgetOldest(cache: Map<string, Labels>): void {
  const oldest = cache.keys().next();
  if (oldest.done !== true) cache.delete(oldest.value);
}
