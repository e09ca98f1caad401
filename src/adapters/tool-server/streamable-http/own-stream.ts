import type { Lent } from '#contracts/tool-server.ts';
import type { Ready } from './headers.ts';
import type { Listening } from './listen.ts';

/** A call that may be asked something while it is on its way. */
export interface Hearer {
  readonly ready: Ready;
  /** As it is at this moment; nothing once the call is parked or given up. */
  readonly lent: () => readonly Lent[];
}

/**
 * The stream on which a server of the handshake era speaks when it does not say to which call. Open for
 * a session that is for one caller alone, from its first call on. INVARIANT: what was opened with the
 * credential of a call ends with that call.
 */
export interface OwnStream {
  /** Answers once it is open, or known not to be served; after a moment in any case. */
  begin(id: number, hearer: Hearer): Promise<void>;
  end(id: number): void;
  close(): void;
}

export interface OwnStreamParts {
  readonly listen: (
    hearer: Hearer,
    /** Whether the server serves such a stream at all. */
    onKnown: (served: boolean) => void,
  ) => Listening;
  /** How long a call waits for it. */
  readonly waitMs: number;
}

interface Open {
  readonly ready: Ready;
  readonly listening: Listening;
  readonly opened: Promise<void>;
  /** The call whose credential opened it. */
  readonly by: number | undefined;
}

export function createOwnStream({ listen, waitMs }: OwnStreamParts): OwnStream {
  const calls = new Map<number, Hearer>();
  let open: Open | undefined;
  let unserved: Ready | undefined;
  const stop = (): void => {
    open?.listening.stop();
    open = undefined;
  };
  const openFor = (id: number, hearer: Hearer): Promise<void> => {
    const { ready, lent } = hearer;
    // Without a session the server cannot tell callers apart, so nothing there is surely for this one.
    if (ready.era !== 'legacy' || ready.session === undefined) return Promise.resolve();
    if (ready === unserved) return Promise.resolve();
    if (open?.ready === ready) return open.opened;
    stop();
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    timer.unref();
    const listening = listen(hearer, (served) => {
      if (!served) unserved = ready;
      clearTimeout(timer);
      resolve();
    });
    const isLent = lent().some(({ kind }) => kind !== 'environment');
    open = { ready, listening, opened, by: isLent ? id : undefined };
    return opened;
  };
  return {
    begin(id, hearer) {
      calls.set(id, hearer);
      return openFor(id, hearer);
    },
    end(id) {
      calls.delete(id);
      if (open?.by !== id) return;
      stop();
      const [next] = calls;
      if (next !== undefined) void openFor(...next);
    },
    close() {
      calls.clear();
      stop();
    },
  };
}
