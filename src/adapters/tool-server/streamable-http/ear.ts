import type { Changes } from '../wire/changes.ts';
import type { Ready } from './headers.ts';
import type { Line, Parts } from './line.ts';
import { type Listening, startListening } from './listen.ts';

/** The stream on which a server says what changed, between calls. */
export interface Ear {
  /** Opened when the server has something to say there; `anew` when more is asked for. */
  readonly listen: (anew: boolean) => void;
  readonly stop: () => void;
}

interface EarParts extends Pick<Line, 'nextId' | 'onAside'> {
  readonly changes: Changes;
  readonly current: () => Ready | undefined;
}

/** So long more is waited for, before a stream is opened anew that asks for all of it. */
const gatherMs = 50;

export function createEar(
  { pool, path, isAlone }: Parts,
  { nextId, onAside, changes, current }: EarParts,
): Ear {
  let listening: Listening | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let heard = false;
  const open = (): void => {
    const ready = current();
    if (ready === undefined) return;
    listening?.stop();
    // What was said between two streams is lost, whichever of them ended first.
    const again = heard;
    heard = true;
    listening = startListening({
      pool,
      path,
      ready,
      nextId,
      onMessage: onAside,
      again,
      onResumed: () => changes.toolsChanged(),
      watched: () => changes.watched,
    });
  };
  return {
    listen(anew) {
      const ready = current();
      if (ready === undefined || isAlone) return;
      if (listening === undefined) {
        if (ready.telling.lists.length > 0 || changes.watched.length > 0) open();
        return;
      }
      // A stream of the handshake era carries whatever was subscribed to.
      if (!anew || ready.era === 'legacy') return;
      clearTimeout(gathering);
      gathering = setTimeout(open, gatherMs);
      gathering.unref();
    },
    stop() {
      clearTimeout(gathering);
      listening?.stop();
      listening = undefined;
    },
  };
}
