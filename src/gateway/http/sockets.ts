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
  /** It is ready for requests: no byte that it brought so far is of any. */
  readonly opened: (socket: Socket) => void;
  /** Whether it brought a byte of a request that did not arrive whole. */
  readonly brokeOff: (socket: Socket) => boolean;
}

interface Known {
  readonly state: ConnectionState;
  /** Requests that have no answer yet. */
  open: number;
  last: ServerResponse | undefined;
  /** How many bytes had come when nothing of a further request had. */
  whole: number;
}

export function createSockets(now: () => number): Sockets {
  const known = new WeakMap<Socket, Known>();
  const of = (socket: Socket): Known => {
    const found = known.get(socket);
    if (found !== undefined) return found;
    const state = { id: newId(now()), windowStart: 0, callsInWindow: 0 };
    const fresh = { state, open: 0, last: undefined, whole: 0 };
    known.set(socket, fresh);
    return fresh;
  };
  return {
    begin(response) {
      const connection = of(response.req.socket);
      connection.open += 1;
      connection.last = response;
      const { req } = response;
      const arrived = () => void (connection.whole = req.socket.bytesRead);
      arrived();
      req.once('end', arrived);
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
    opened: (socket) => void (of(socket).whole = socket.bytesRead),
    brokeOff(socket) {
      const { last, whole } = of(socket);
      return socket.bytesRead > whole || last?.req.complete === false;
    },
  };
}
