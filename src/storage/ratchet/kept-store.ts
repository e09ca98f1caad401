import type { Store } from '#contracts/store.ts';
import type { RatchetKeeper } from './keeper.ts';

/**
 * The store, with its ratchet taken along before a caller hears of what may not come back: a grant
 * that was spent, a stop that was released. What takes away waits for nothing; the next look takes it.
 */
export function keptStore(store: Store, keeper: Pick<RatchetKeeper, 'look'>): Store {
  const { grants, overlay } = store;
  return {
    ...store,
    grants: {
      ...grants,
      async consume(spend) {
        const result = await grants.consume(spend);
        if (result.kind === 'consumed') await keeper.look();
        return result;
      },
    },
    overlay: {
      ...overlay,
      async add(entry, also) {
        const added = await overlay.add(entry, also);
        // It is in force; a ratchet that cannot be written must not take that back.
        await keeper.look().catch(() => undefined);
        return added;
      },
      async release(ids, also) {
        const released = await overlay.release(ids, also);
        await keeper.look();
        return released;
      },
    },
  };
}
