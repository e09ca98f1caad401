import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';

/** Which server's list, and where in it. */
export interface OfferPlace {
  readonly at: number;
  /** Of the server, as it gave it; undefined is its first page. */
  readonly upstreamCursor: string | undefined;
}

/** For whom a cursor was made, and in which configuration. */
export type CursorScope = readonly string[];

/**
 * Opaque to the agent; undefined when the server's own cursor is too long to be carried. INVARIANT:
 * sealed with a digest that no agent is told, for one agent, kind and configuration, so that nobody
 * makes up what is sent to a server as its cursor.
 */
export function sealPlace(place: OfferPlace, scope: CursorScope): string | undefined {
  const { at, upstreamCursor } = place;
  const sealed = canonicalText([at, upstreamCursor ?? null, sealOf(place, scope)]);
  const cursor = Buffer.from(sealed).toString('base64url');
  return cursor.length > limits.offerCursorBytes ? undefined : cursor;
}

/** Undefined when it is none of ours, or of a configuration that is gone: servers may have moved. */
export function openPlace(cursor: string, scope: CursorScope): OfferPlace | undefined {
  if (cursor.length > limits.offerCursorBytes) return undefined;
  const parts = partsOf(cursor);
  if (!Array.isArray(parts)) return undefined;
  const [at, upstreamCursor, seal] = parts as readonly unknown[];
  if (typeof at !== 'number') return undefined;
  if (upstreamCursor !== null && typeof upstreamCursor !== 'string') return undefined;
  const place = { at, upstreamCursor: upstreamCursor ?? undefined };
  return seal === sealOf(place, scope) ? place : undefined;
}

function partsOf(cursor: string): unknown {
  try {
    return parseJson(Buffer.from(cursor, 'base64url'));
  } catch {
    return undefined;
  }
}

function sealOf({ at, upstreamCursor }: OfferPlace, scope: CursorScope): string {
  const sealed = canonicalText(['offer-cursor', ...scope, at, upstreamCursor ?? null]);
  return sha256Hex(sealed).slice(0, 32);
}
