import { alone, type Fellows, type SubscriptionNote } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { type KeptSubscription, KeptSubscriptions } from './kept-subscriptions.ts';
import type { Session } from './sessions.ts';

/**
 * What sessions want to hear of single resources. INVARIANT: it gives no right to anything: what is told is
 * judged when it is told, and the rights with which it was asked for have to be the same still. Bounded, in
 * all and for each instance. Every gateway knows of all: a session's stream may be at another one.
 */
export interface Subscriptions {
  hasRoomFor(session: Owner, uri: string): boolean;
  add(by: Principal, session: Owner, wanted: Wanted): void;
  /** Somebody listens in this session: what it wants to hear of is kept. */
  heardFrom(by: Principal, session: string): void;
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

/** For how long it is kept what nobody takes back. */
export interface SubscriptionLife {
  readonly mayListen: (by: Principal) => boolean;
  readonly monotonic: () => number;
}

const still: SubscriptionLife = { mayListen: () => true, monotonic: () => 0 };
/** How often it is looked for what nobody listens to, and how often others hear that somebody does. */
const sweepMs = 60_000;
const tellAgainMs = 300_000;

export function createSubscriptions(
  fellows: Pick<Fellows, 'others'> = alone,
  life: SubscriptionLife = still,
): Subscriptions {
  const kept = new KeptSubscriptions();
  const sweep = sweeperOf(kept, life);
  const keep = ({ isOver, ...one }: SubscriptionNote, by?: Principal): number => {
    sweep();
    if (isOver) return kept.delete(one) ? 1 : 0;
    const before = kept.get(one);
    if (before === undefined && kept.size >= limits.subscriptions) return 0;
    kept.set({ ...one, by: by ?? before?.by, heardAt: life.monotonic() });
    return 1;
  };
  const tell = (one: SubscriptionNote, by?: Principal): void => {
    keep(one, by);
    for (const { ask } of fellows.others) ask.noteSubscription(one).catch(() => undefined);
  };
  return {
    hasRoomFor({ id, holder }, uri) {
      sweep();
      if (kept.get({ session: id, uri }) !== undefined) return true;
      const own = kept.countOf(holder);
      return own < limits.subscriptionsPerInstance && kept.size < limits.subscriptions;
    },
    add(by, { id: session, holder }, { uri, server, rights }) {
      const of = server === undefined ? {} : { server };
      tell({ tenant: by.tenant, holder, session, uri, rights, ...of, isOver: false }, by);
    },
    heardFrom(by, session) {
      const now = life.monotonic();
      for (const one of [...kept.values()].filter((each) => each.session === session)) {
        if (now - one.heardAt >= tellAgainMs) tell({ ...noteOf(one), isOver: false }, by);
      }
    },
    remove(session, uri) {
      const one = kept.get({ session, uri });
      if (one !== undefined) tell({ ...noteOf(one), isOver: true });
    },
    // The end of a session is told to every gateway by itself.
    endSession(session) {
      for (const one of kept.values()) if (one.session === session) kept.delete(one);
    },
    rightsOf(session, server, uri) {
      const one = kept.get({ session, uri });
      return one === undefined || !isOf(one, server) ? undefined : one.rights;
    },
    isWanted(tenant, server, uri) {
      sweep();
      return kept.isAny(tenant, uri, (one) => isOf(one, server));
    },
    note: (one) => keep(one),
  };
}

/**
 * Lets go of what nobody listens to. INVARIANT: whoever may not listen for a moment, as when a stop cannot
 * be confirmed, loses nothing by it: that has to last as long as a stream does.
 */
function sweeperOf(kept: KeptSubscriptions, { mayListen, monotonic }: SubscriptionLife) {
  let sweptAt = monotonic();
  return (): void => {
    const now = monotonic();
    if (now - sweptAt < sweepMs) return;
    sweptAt = now;
    for (const one of kept.values()) {
      const idleMs = now - one.heardAt;
      const isLeft = idleMs >= limits.listenMs && one.by !== undefined && !mayListen(one.by);
      if (isLeft || idleMs >= limits.subscriptionIdleMs) kept.delete(one);
    }
  };
}

function noteOf(one: KeptSubscription): Omit<SubscriptionNote, 'isOver'> {
  const { tenant, holder, session, uri, rights, server } = one;
  return { tenant, holder, session, uri, rights, ...(server === undefined ? {} : { server }) };
}

function isOf(one: Pick<KeptSubscription, 'server'>, server: string): boolean {
  return one.server === undefined || one.server === server;
}
