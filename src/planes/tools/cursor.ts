import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';

/** In which configuration, and whose list of what: a cursor means nothing in any other. */
export type CursorScope = readonly string[];

const form = /^([1-9][0-9]{0,8})\.([0-9a-f]{1,16})$/;

/** Opaque to the agent: where to go on, in which list. It gives no right to anything. */
export function makeCursor(offset: number, scope: CursorScope): string {
  return Buffer.from(`${offset}.${mark(scope)}`).toString('base64url');
}

/** Undefined when it is none of this list, or of a Snapshot that is gone: tools may have moved. */
export function readCursor(cursor: string, scope: CursorScope): number | undefined {
  if (cursor.length > 64) return undefined;
  const match = form.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  return match?.[2] === mark(scope) ? Number(match[1]) : undefined;
}

function mark(scope: CursorScope): string {
  return sha256Hex(canonicalText(['tool-cursor', ...scope])).slice(0, 16);
}
