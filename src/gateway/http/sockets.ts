import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionState } from '#kernel/call.ts';
import { newId } from '#kernel/ids.ts';

/** What is known of each connection while it lives. */
export interface Sockets {
  readonly begin: (response: ServerResponse) => ConnectionState;
  readonly end: (response: ServerResponse) => void;
  /**
   * False when what is written now would be read as the answer to a request that waits for one, or
   * stand inside an answer that is on its way.
   */
  readonly canBeTold: (socket: Socket) => boolean;
}

interface Known {
  readonly state: ConnectionState;
  /** Requests that have no answer yet. */
  open: number;
  last: ServerResponse | undefined;
}

export function createSockets(now: () => number): Sockets {
  const known = new WeakMap<Socket, Known>();
  const of = (socket: Socket): Known => {
    const found = known.get(socket);
    if (found !== undefined) return found;
    const state = { id: newId(now()), windowStart: 0, callsInWindow: 0 };
    const fresh = { state, open: 0, last: undefined };
    known.set(socket, fresh);
    return fresh;
  };
  return {
    begin(response) {
      const connection = of(response.req.socket);
      connection.open += 1;
      connection.last = response;
      return connection.state;
    },
    end(response) {
      of(response.req.socket).open -= 1;
    },
    canBeTold(socket) {
      const { open, last } = of(socket);
      if (open > 1) return false;
      if (last === undefined || last.writableFinished) return true;
      return !last.headersSent && !last.req.complete;
    },
  };
}
