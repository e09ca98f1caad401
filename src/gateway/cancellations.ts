import { alone, type Fellow, type Fellows, type OpenCallName } from '#contracts/fellows.ts';
import { ShortLived } from '#contracts/short-lived.ts';
import type { Principal } from '#kernel/principal.ts';

/** As its client named it: in its session, where it has one. */
export type Called = Pick<OpenCallName, 'session' | 'id'>;

/**
 * Open calls by instance, session and request id: only whoever asked can cancel. INVARIANT: where two
 * clients of one instance that have no sessions have the same id open, at whichever gateways, nobody can
 * say whose is meant, so it ends neither; each still ends its own by leaving.
 */
export interface Cancellations {
  /** Answers what closes it again. */
  open(by: Principal, called: Called, cancel: () => void): () => void;
  cancel(by: Principal, called: Called): void;
  /** For the other gateways of the listener: how many are open here. */
  countOpen(name: OpenCallName): number;
  /** Ends it if it is the only one here. */
  cancelOpen(name: OpenCallName): void;
}

type Cancel = () => void;

/** Of what is asked of the other gateways. */
const longestId = 256;
type OfInstance = ShortLived<string, readonly Cancel[]>;

/** A number and a text are two ids, here as in the protocol. */
function keyOf({ session = '', id }: Called): string {
  return typeof id === 'number' ? `${session} ${id}` : `${session} "${id}`;
}

export function createCancellations(fellows: Pick<Fellows, 'others'> = alone): Cancellations {
  const tenants = new Map<string, Map<string, OfInstance>>();
  const openOf = (name: OpenCallName): readonly Cancel[] =>
    tenants.get(name.tenant)?.get(name.instance)?.get(keyOf(name)) ?? [];
  const countOpen = (name: OpenCallName): number => openOf(name).length;
  const cancelOpen = (name: OpenCallName): void => {
    const [one, ...others] = openOf(name);
    if (others.length === 0) one?.();
  };
  return {
    open(by, called, cancel) {
      const key = keyOf(called);
      const instances = madeIn(tenants, by.tenant, () => new Map<string, OfInstance>());
      const open = madeIn(instances, by.instance, () => new ShortLived());
      const own = () => cancel();
      open.set(key, [...(open.get(key) ?? []), own]);
      return () => {
        const others = open.get(key)?.filter((one) => one !== own) ?? [];
        if (others.length > 0) open.set(key, others);
        else open.delete(key);
        if (open.size === 0 && instances.get(by.instance) === open) instances.delete(by.instance);
      };
    },
    cancel({ tenant, instance }, { session, id }) {
      const name = { tenant, instance, session, id };
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

function madeIn<Key, Made>(all: Map<Key, Made>, key: Key, make: () => Made): Made {
  let one = all.get(key);
  if (one === undefined) {
    one = make();
    all.set(key, one);
  }
  return one;
}
