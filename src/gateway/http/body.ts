import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from '#kernel/errors.ts';

const empty: Buffer = Buffer.alloc(0);

/** Reads a body to its cap. A single chunk, the usual case, is handed on without a copy. */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | Refusal> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return refusal('admit/too-large');
  // A body that came in one piece with its head is there as soon as the parser has been through that
  // piece: it is taken as it lies, without a stream that flows.
  await Promise.resolve();
  if (request.destroyed) return refusal('gateway/cancelled');
  const { complete, readableLength } = request;
  // All of the announced bytes are all of the body, also before the parser says so.
  if (!complete && (announced === 0 || readableLength !== announced)) {
    return readOn(request, maxBytes);
  }
  if (readableLength > maxBytes) return refusal('admit/too-large');
  return (request.read() as Buffer | null) ?? empty;
}

function readOn(request: IncomingMessage, maxBytes: number): Promise<Buffer | Refusal> {
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
    request.on('end', () => resolve(more === undefined ? (first ?? empty) : Buffer.concat(more)));
    // Slow senders are cut by the server's own request timeout, which closes the connection.
    request.on('error', () => resolve(refusal('gateway/cancelled')));
    request.on('close', () => resolve(refusal('gateway/cancelled')));
  });
}
