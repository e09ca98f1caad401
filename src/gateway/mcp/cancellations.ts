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

type Cancel = () => void;
/** A number and a text are two ids, here as in the protocol. */
type OfInstance = Map<RpcId, readonly Cancel[]>;

export function createCancellations(): Cancellations {
  const tenants = new Map<string, Map<string, OfInstance>>();
  return {
    open(by, id, cancel) {
      const instances = madeIn(tenants, by.tenant);
      const open = madeIn(instances, by.instance);
      const own = () => cancel();
      open.set(id, [...(open.get(id) ?? []), own]);
      return () => {
        const others = open.get(id)?.filter((one) => one !== own) ?? [];
        if (others.length > 0) open.set(id, others);
        else open.delete(id);
        if (open.size === 0 && instances.get(by.instance) === open) instances.delete(by.instance);
      };
    },
    cancel(by, id) {
      const [one, ...others] = tenants.get(by.tenant)?.get(by.instance)?.get(id) ?? [];
      if (others.length === 0) one?.();
    },
  };
}

function madeIn<Key, Id, Value>(all: Map<Key, Map<Id, Value>>, key: Key): Map<Id, Value> {
  let one = all.get(key);
  if (one === undefined) {
    one = new Map();
    all.set(key, one);
  }
  return one;
}
