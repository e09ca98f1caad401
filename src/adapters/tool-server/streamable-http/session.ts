import type { Lent } from '#contracts/tool-server.ts';
import type { Failed } from '../wire/failed.ts';
import { type Poster, shakeHands } from './handshake.ts';
import type { Ready } from './headers.ts';

export interface Session {
  current(): Ready | undefined;
  open(lent: readonly Lent[]): Promise<Ready | Failed>;
  /** The server does not know it any more. A newer one is left alone. */
  forget(ready: Ready): void;
}

/** One handshake at a time for all who wait; a failed one is not kept. */
export function createSession(poster: Poster, onOpened: (ready: Ready) => void): Session {
  let ready: Ready | undefined;
  let opening: Promise<Ready | Failed> | undefined;
  const open = async (lent: readonly Lent[]): Promise<Ready | Failed> => {
    try {
      const opened = await shakeHands(poster, lent);
      if ('kind' in opened) return opened;
      ready = opened;
      onOpened(opened);
      return opened;
    } finally {
      opening = undefined;
    }
  };
  return {
    current: () => ready,
    open(lent) {
      if (ready !== undefined) return Promise.resolve(ready);
      opening ??= open(lent);
      return opening;
    },
    forget(gone) {
      if (ready === gone) ready = undefined;
    },
  };
}
