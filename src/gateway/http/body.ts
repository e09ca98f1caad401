import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from '#kernel/errors.ts';

/** Reads a body to its cap. A single chunk, the usual case, is handed on without a copy. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | Refusal> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.resolve(refusal('admit/too-large'));
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.removeAllListeners('data');
        request.pause();
        resolve(refusal('admit/too-large'));
      } else if (first === undefined) {
        first = chunk;
      } else {
        more ??= [first];
        more.push(chunk);
      }
    });
    request.on('end', () => {
      resolve(more === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(more));
    });
    // Slow senders are cut by the server's own request timeout, which closes the connection.
    request.on('error', () => resolve(refusal('gateway/cancelled')));
    request.on('close', () => resolve(refusal('gateway/cancelled')));
  });
}
