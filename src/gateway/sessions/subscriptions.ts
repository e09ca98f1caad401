import { alone, type Fellows, type SubscriptionNote } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Session } from './sessions.ts';

/**
 * What sessions want to hear of single resources. INVARIANT: it gives no right to anything: what is told is
 * judged when it is told, and the rights with which it was asked for have to be the same still. Bounded, in
 * all and for each instance. Every gateway knows of all: a session's stream may be at another one.
 */
export interface Subscriptions {
  hasRoomFor(session: Owner, uri: string): boolean;
  add(by: Principal, session: Owner, wanted: Wanted): void;
  remove(session: string, uri: string): void;
  endSession(session: string): void;
  /** With which rights it was asked for; undefined when it was not. */
  rightsOf(session: string, server: string, uri: string): string | undefined;
  isWanted(tenant: string, server: string, uri: string): boolean;
  /** What another gateway of the listener was told. */
  readonly note: (note: SubscriptionNote) => number;
}

/** INVARIANT: a request in a session is its holder's, or is refused. */
export type Owner = Pick<Session, 'id' | 'holder'>;

export interface Wanted {
  readonly uri: string;
  /** Of this server alone. */
  readonly server: string | undefined;
  readonly rights: string;
}

type Kept = Omit<SubscriptionNote, 'isOver'>;

export function createSubscriptions(fellows: Pick<Fellows, 'others'> = alone): Subscriptions {
  const kept = new Map<string, Kept>();
  const keyOf = (session: string, uri: string) => `${session}\n${uri}`;
  const note = ({ isOver, ...one }: SubscriptionNote): number => {
    const key = keyOf(one.session, one.uri);
    if (isOver) return kept.delete(key) ? 1 : 0;
    if (!kept.has(key) && kept.size >= limits.subscriptions) return 0;
    kept.set(key, one);
    return 1;
  };
  const tell = (one: SubscriptionNote): void => {
    note(one);
    for (const { ask } of fellows.others) ask.noteSubscription(one).catch(() => undefined);
  };
  return {
    hasRoomFor({ id, holder }, uri) {
      if (kept.has(keyOf(id, uri))) return true;
      const own = [...kept.values()].filter((one) => one.holder === holder);
      return own.length < limits.subscriptionsPerInstance && kept.size < limits.subscriptions;
    },
    add({ tenant }, { id: session, holder }, { uri, server, rights }) {
      const of = server === undefined ? {} : { server };
      tell({ tenant, holder, session, uri, rights, ...of, isOver: false });
    },
    remove(session, uri) {
      const one = kept.get(keyOf(session, uri));
      if (one !== undefined) tell({ ...one, isOver: true });
    },
    // The end of a session is told to every gateway by itself.
    endSession(session) {
      for (const [key, one] of kept) if (one.session === session) kept.delete(key);
    },
    rightsOf(session, server, uri) {
      const one = kept.get(keyOf(session, uri));
      return one === undefined || !isOf(one, server) ? undefined : one.rights;
    },
    isWanted: (tenant, server, uri) =>
      [...kept.values()].some(
        (one) => one.tenant === tenant && one.uri === uri && isOf(one, server),
      ),
    note,
  };
}

function isOf(one: Pick<Kept, 'server'>, server: string): boolean {
  return one.server === undefined || one.server === server;
}
