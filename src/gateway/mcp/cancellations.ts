import type { Principal } from '#kernel/principal.ts';
import type { RpcId } from './message.ts';

/**
 * Open calls by instance and request id: only the instance that asked can cancel. INVARIANT: where
 * two clients of one instance have the same id open, nobody can say whose is meant, so it ends
 * neither; each still ends its own by leaving.
 */
export interface Cancellations {
  /** Answers what closes it again. */
  open(by: Principal, id: RpcId, cancel: () => void): () => void;
  cancel(by: Principal, id: RpcId): void;
}

export function createCancellations(): Cancellations {
  const open = new Map<string, Set<() => void>>();
  return {
    open(by, id, cancel) {
      const key = keyOf(by, id);
      const same = open.get(key) ?? new Set();
      const own = () => cancel();
      open.set(key, same.add(own));
      return () => {
        same.delete(own);
        if (same.size === 0 && open.get(key) === same) open.delete(key);
      };
    },
    cancel(by, id) {
      const [one, ...others] = open.get(keyOf(by, id)) ?? [];
      if (others.length === 0) one?.();
    },
  };
}

function keyOf(by: Principal, id: RpcId): string {
  return `${by.tenant}\n${by.instance}\n${typeof id}\n${id}`;
}
