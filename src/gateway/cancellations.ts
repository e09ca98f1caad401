import { alone, type Fellow, type Fellows, type OpenCallName } from '#contracts/fellows.ts';
import type { Principal } from '#kernel/principal.ts';

type CallId = OpenCallName['id'];

/**
 * Open calls by instance and request id: only the instance that asked can cancel. INVARIANT: where
 * two clients of one instance have the same id open, at whichever gateways, nobody can say whose is
 * meant, so it ends neither; each still ends its own by leaving.
 */
export interface Cancellations {
  /** Answers what closes it again. */
  open(by: Principal, id: CallId, cancel: () => void): () => void;
  cancel(by: Principal, id: CallId): void;
  /** For the other gateways of the listener: how many are open here. */
  countOpen(name: OpenCallName): number;
  /** Ends it if it is the only one here. */
  cancelOpen(name: OpenCallName): void;
}

type Cancel = () => void;

/** Of what is asked of the other gateways. */
const longestId = 256;
/** A number and a text are two ids, here as in the protocol. */
type OfInstance = Map<CallId, readonly Cancel[]>;

export function createCancellations(fellows: Pick<Fellows, 'others'> = alone): Cancellations {
  const tenants = new Map<string, Map<string, OfInstance>>();
  const openOf = ({ tenant, instance, id }: OpenCallName): readonly Cancel[] =>
    tenants.get(tenant)?.get(instance)?.get(id) ?? [];
  const countOpen = (name: OpenCallName): number => openOf(name).length;
  const cancelOpen = (name: OpenCallName): void => {
    const [one, ...others] = openOf(name);
    if (others.length === 0) one?.();
  };
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
    cancel({ tenant, instance }, id) {
      const name = { tenant, instance, id };
      if (fellows.others.length === 0) return cancelOpen(name);
      // Nobody else is sent what somebody made up to be long: such a call ends only by leaving.
      if (typeof id === 'string' && id.length > longestId) return;
      // One that does not answer may have it as well: then nobody can say whose is meant.
      cancelTheOne(name, fellows.others, { countOpen, cancelOpen }).catch(() => undefined);
    },
    countOpen,
    cancelOpen,
  };
}

async function cancelTheOne(
  name: OpenCallName,
  others: readonly Fellow[],
  own: Pick<Cancellations, 'countOpen' | 'cancelOpen'>,
): Promise<void> {
  const counts = await Promise.all(others.map(({ ask }) => ask.countOpen(name)));
  const here = own.countOpen(name);
  if (counts.reduce((sum, count) => sum + count, here) !== 1) return;
  if (here === 1) return own.cancelOpen(name);
  await others[counts.indexOf(1)]?.ask.cancelOpen(name);
}

function madeIn<Key, Id, Value>(all: Map<Key, Map<Id, Value>>, key: Key): Map<Id, Value> {
  let one = all.get(key);
  if (one === undefined) {
    one = new Map();
    all.set(key, one);
  }
  return one;
}
