import type { ServerResponse } from 'node:http';
import { commonHeaders } from './answer-head.ts';
import type { PacedLine } from './protocol.ts';
import { cutUnlessTaken, taken } from './taken.ts';

/** A stream of events that stays open after its call is on record. */
export function liveLine(response: ServerResponse, nonce: string, takenMs: number): PacedLine {
  const own = ['content-type', 'text/event-stream', 'x-accel-buffering', 'no'];
  response.writeHead(200, [...commonHeaders(nonce, false), ...own]);
  response.flushHeaders();
  return {
    write(bytes) {
      if (response.destroyed || response.writableEnded) return false;
      // INVARIANT: one word at most waits here for a reader who does not read.
      return response.write(bytes) || response.writableLength <= bytes.length;
    },
    async taken() {
      if (response.destroyed || response.writableEnded) return false;
      if (!response.writableNeedDrain) return true;
      return taken(response, takenMs).then(
        () => true,
        () => false,
      );
    },
    finish(last) {
      if (response.destroyed || response.writableEnded) return;
      response.end(last);
      cutUnlessTaken(response, takenMs);
    },
    end(last) {
      if (response.destroyed || response.writableEnded) return;
      // What the reader did not take so far it will not take now.
      if (response.writableLength > 0) response.destroy();
      else response.end(last);
    },
    onClose: (closed) => void response.on('close', closed),
  };
}
