import type { Socket } from 'node:net';
import { BailiwickError, type Problem } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

/** Newline-delimited JSON, one message a line; canonical text never holds a line break. */
export function sendMessage(socket: Socket, message: JsonObject): void {
  if (socket.writable) socket.write(`${canonicalText(message)}\n`);
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
      if (message === undefined) return void socket.destroy();
      take(message);
    }
    if (from < chunk.length) {
      parts.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > limits.statePortMessageBytes) socket.destroy();
    }
  });
}

function parseLine(line: Buffer): JsonObject | undefined {
  try {
    const value = parseJson(line, { maxBytes: limits.statePortMessageBytes, maxDepth: 96 });
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

export function problemToWire(fault: unknown): JsonObject {
  const known = fault instanceof BailiwickError ? fault : new BailiwickError('store/unavailable');
  const { code, message, suggestedAction, details } = known;
  return { code, message, suggestedAction, ...(details === undefined ? {} : { details }) };
}

export function problemFromWire(problem: JsonObject): BailiwickError {
  const { code, message, suggestedAction } = problem as unknown as Problem;
  return new BailiwickError(code, { message, suggestedAction });
}
