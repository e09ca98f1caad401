import type { LabelBook } from '#contracts/label-book.ts';
import { joinLabels, type Labels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type { GatewayState } from './state.ts';

const cachedSessions = 100_000;

/**
 * Labels of sessions as the path sees them. A sole gateway has seen every raise since it is alone
 * and may answer from memory; with several, each call reads the store, because another gateway may
 * have raised one. What was remembered before the last change of who serves is forgotten.
 */
export interface SessionLabelCache {
  of(tenant: string, session: string): Labels | Promise<Labels>;
  /** Undefined when they were there already; otherwise durable before it resolves. */
  raise(principal: Principal, labels: Labels, source: string): Promise<undefined> | undefined;
}

export function createSessionLabels(book: LabelBook, state: GatewayState): SessionLabelCache {
  const cache = createEraCache(state);
  const read = async (tenant: string, session: string): Promise<Labels> => {
    const { era } = state;
    const { labels } = await book.read(tenant, session);
    return cache.remember(keyOf(tenant, session), labels, era);
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
      const { era } = state;
      return book.raise(tenant, session, labels, source).then((raised) => {
        cache.remember(keyOf(tenant, session), raised.labels, era);
        return undefined;
      });
    },
  };
}

interface EraCache {
  get(key: string): Labels | undefined;
  /** `era`: when it was asked for. Answers all that is known now. */
  remember(key: string, labels: Labels, era: number): Labels;
}

/** INVARIANT: nothing that was asked for in one era is remembered in another. */
function createEraCache(state: GatewayState): EraCache {
  const cache = new Map<string, Labels>();
  let cachedEra = state.era;
  const current = (): Map<string, Labels> => {
    if (cachedEra !== state.era) {
      cache.clear();
      cachedEra = state.era;
    }
    return cache;
  };
  return {
    get: (key) => current().get(key),
    remember(key, labels, era) {
      if (era !== state.era) return labels;
      // INVARIANT: whichever answer arrives last, a label that was seen stays.
      const known = current().get(key);
      const all = known === undefined ? labels : joinLabels(known, labels);
      cache.delete(key);
      cache.set(key, all);
      if (cache.size > cachedSessions) forgetOldest(cache);
      return all;
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
