import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { BailiwickError } from '#kernel/errors.ts';
import {
  derived,
  headerLength,
  makeHeader,
  type OpenWith,
  openHeader,
  type SealFor,
} from './age-header.ts';

const chunkBytes = 64 * 1024;
const tagBytes = 16;
const nonceBytes = 16;
const mostHeaderBytes = 4 * 1024;

/** A stream of bytes, sealed in chunks of 64 KiB as age does, in so much memory. */
export async function* sealed(
  bytes: AsyncIterable<Uint8Array>,
  to: SealFor,
): AsyncGenerator<Buffer> {
  const { header, fileKey } = makeHeader(to);
  const nonce = randomBytes(nonceBytes);
  yield Buffer.concat([header, nonce]);
  const key = derived(fileKey, nonce, 'payload');
  let at = 0;
  for await (const { chunk, isLast } of chunks(bytes, chunkBytes)) {
    const cipher = createCipheriv('chacha20-poly1305', key, chunkNonce(at, isLast), {
      authTagLength: tagBytes,
    });
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    at += 1;
  }
}

/** INVARIANT: nothing is handed on that was not proved, and an end that was cut off is a fault. */
export async function* opened(
  bytes: AsyncIterable<Uint8Array>,
  given: OpenWith | undefined,
): AsyncGenerator<Buffer> {
  const source = bytes[Symbol.asyncIterator]();
  let first: Buffer = Buffer.alloc(0);
  let length = headerLength(first);
  while (length === undefined || first.length < length + nonceBytes) {
    const next = await source.next();
    if (next.done === true || first.length > mostHeaderBytes) throw damaged();
    first = Buffer.concat([first, next.value]);
    length = headerLength(first);
  }
  const fileKey = openHeader(first.subarray(0, length), given);
  const key = derived(fileKey, first.subarray(length, length + nonceBytes), 'payload');
  const rest = first.subarray(length + nonceBytes);
  let at = 0;
  for await (const { chunk, isLast } of chunks(following(rest, source), chunkBytes + tagBytes)) {
    if (chunk.length < tagBytes) throw damaged();
    const decipher = createDecipheriv('chacha20-poly1305', key, chunkNonce(at, isLast), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(chunk.subarray(-tagBytes));
    yield finish(decipher, chunk.subarray(0, -tagBytes));
    at += 1;
  }
}

function finish(decipher: ReturnType<typeof createDecipheriv>, chunk: Buffer): Buffer {
  try {
    return Buffer.concat([decipher.update(chunk), decipher.final()]);
  } catch {
    throw damaged();
  }
}

async function* following(
  first: Buffer,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** All of the same length, and a last one that says so; it is empty only when it is the only one. */
async function* chunks(
  bytes: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<{ readonly chunk: Buffer; readonly isLast: boolean }> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const some of bytes) {
    waiting.push(Buffer.from(some));
    size += some.length;
    if (size <= length) continue;
    let all = Buffer.concat(waiting);
    for (; all.length > length; all = all.subarray(length)) {
      yield { chunk: all.subarray(0, length), isLast: false };
    }
    [waiting, size] = [[all], all.length];
  }
  yield { chunk: Buffer.concat(waiting), isLast: true };
}

function chunkNonce(at: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(Math.floor(at / 2 ** 32), 3);
  nonce.writeUInt32BE(at % 2 ** 32, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

const damaged = (): BailiwickError =>
  new BailiwickError('backup/damaged', { message: 'the sealed file is cut off, or was changed' });
