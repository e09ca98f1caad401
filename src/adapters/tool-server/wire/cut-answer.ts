import type { CutOff, ToolAnswer } from '#contracts/tool-server.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type AnswerBounds, envelopeBytes } from './answer.ts';
import { closeCut } from './close-cut.ts';

/** The beginning of a message that is longer than anybody reads. */
export interface CutMessage {
  readonly head: Buffer;
  /** The last of it, where it came to its end. */
  readonly tail?: Buffer;
  /** As much as was counted. */
  readonly bytes: number;
}

/**
 * What came of an answer that is too large to be read whole; undefined where that is nothing to go by.
 * INVARIANT: of tools alone: what is cut off anything else does not mean what it meant.
 */
export function cutAnswer(
  { head, bytes }: CutMessage,
  { resultBytes, method }: AnswerBounds,
): ToolAnswer | undefined {
  if (method !== 'tools/call') return undefined;
  const begun = readBegun(
    head.subarray(0, Math.min(resultBytes + envelopeBytes, limits.resultScanBytes)),
  );
  if (begun === undefined) return undefined;
  const { result, path } = begun;
  const type = result['resultType'];
  if (type !== undefined && type !== 'complete') return undefined;
  return { kind: 'answer', result, bytes, cut: { path, bytes } };
}

/** Whether these are the first bytes of a message that answers a request with a result. */
export function beginsResult(head: Buffer): boolean {
  return readBegun(head.subarray(0, 65_536)) !== undefined;
}

interface Begun {
  readonly result: JsonObject;
  readonly path: CutOff['path'];
}

function readBegun(head: Buffer): Begun | undefined {
  const closed = closeCut(head);
  if (closed === undefined) return undefined;
  const [member, ...path] = closed.path;
  const message = parsed(closed.bytes);
  if (!isJsonObject(message) || member !== 'result') return undefined;
  const { result, method, error } = message;
  if (!isJsonObject(result) || method !== undefined || error !== undefined) return undefined;
  return { result, path };
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}

/** Where most programs write it: behind everything else, in either order with the version. */
const lastId = /,\s*"id"\s*:\s*(\d{1,15})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;

/** Whose answer it is, where that can be read: from its beginning or its end. */
export function idOfCut({ head, tail = Buffer.alloc(0) }: CutMessage): number | undefined {
  const id = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/.exec(
    head.toString('latin1', 0, 256),
  );
  const found = id ?? lastId.exec(tail.toString('latin1'));
  return found === null ? undefined : Number(found[1]);
}
