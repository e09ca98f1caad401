import type { Socket } from 'node:net';
import { BailiwickError } from '#kernel/errors.ts';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

/** Both ends name it in the first message; another one is not talked to. */
export const protocolVersion = 3;

/** Newline-delimited JSON, one message a line; canonical text never holds a line break. */
export function frame(message: JsonObject): string {
  const text = `${canonicalText(message)}\n`;
  // The other end would end the connection, and everybody's calls with it.
  if (text.length > limits.statePortMessageBytes / 3 && isTooLong(text)) {
    throw new BailiwickError('json/too-large');
  }
  return text;
}

function isTooLong(text: string): boolean {
  return Buffer.byteLength(text) > limits.statePortMessageBytes;
}

/** Reads lines; a line over the bound, or one that is no object, ends the connection. */
export function onMessages(socket: Socket, take: (message: JsonObject) => void): void {
  let parts: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
      parts = [];
      size = 0;
      from = end + 1;
      const message = parseLine(line);
      if (message === undefined) {
        socket.destroy();
        return;
      }
      take(message);
      // Whoever took it may have ended the connection: what came behind it is not read.
      if (socket.destroyed) return;
    }
    if (from === chunk.length) return;
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > limits.statePortMessageBytes) socket.destroy();
  });
}

function parseLine(line: Buffer): JsonObject | undefined {
  try {
    const value = parseJson(line, {
      maxBytes: limits.statePortMessageBytes,
      maxDepth: limits.jsonDepth + 32,
    });
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What crosses is plain JSON: undefined members are left out on the way. */
export function toWire(value: unknown): Json {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, toWire(item)]),
  );
}

/** A fault that is not one of ours says nothing of its inside to a gateway. */
export function problemToWire(fault: unknown): JsonObject {
  const known = fault instanceof BailiwickError ? fault : new BailiwickError('store/unavailable');
  const { code, message, suggestedAction, details } = known;
  return { code, message, suggestedAction, ...(details === undefined ? {} : { details }) };
}

export function problemFromWire(problem: Json): BailiwickError {
  if (!isJsonObject(problem)) return new BailiwickError('store/unavailable');
  const { code, message, suggestedAction, details } = problem;
  if (typeof code !== 'string' || !isErrorCode(code))
    return new BailiwickError('store/unavailable');
  return new BailiwickError(code, {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof suggestedAction === 'string' ? { suggestedAction } : {}),
    ...(isJsonObject(details) ? { details } : {}),
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** The operating system cuts longer names off in silence. */
const longestPath = 103;

export function checkPath(path: string): void {
  if (Buffer.byteLength(path) <= longestPath) return;
  throw new BailiwickError('store/unavailable', {
    message: `the path of the state socket is longer than ${longestPath} bytes: \`${path}\``,
    suggestedAction: 'use a data folder with a shorter path',
  });
}
