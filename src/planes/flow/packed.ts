import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { flowBounds } from './bounds.ts';

/** What came back of one call, and what it was asked with, kept as one text until somebody wants to know what stood in it. */
export interface Packed {
  readonly text: string;
  /** Where in it begins what came back. */
  readonly resultAt: number;
  /** INVARIANT: something was left out. */
  readonly cut: boolean;
}

/** More than is ever looked into: what lies between is cut by whoever looks. */
const most = { chars: 3 * flowBounds.textChars, nodes: 2 * flowBounds.nodes } as const;
const deepest = flowBounds.depth + 4;

export function packed(asked: JsonObject, result: JsonObject): Packed {
  const room = { ...most };
  const isWhole = fits(asked, room, 0) && fits(result, room, 0);
  const left = { ...most };
  const [one, other] = [asked, result].map((value) =>
    JSON.stringify(isWhole ? value : clipped(value, left, 0)),
  );
  return { text: `[${one},${other}]`, resultAt: 2 + (one ?? '').length, cut: !isWhole };
}

/** Throws where it is no JSON that the product reads: such a result is as if it said anything at all. */
export function unpacked(text: string): {
  readonly asked: JsonObject;
  readonly result: JsonObject;
} {
  const [asked, result] = parseJson(Buffer.from(text, 'utf8'), { maxDepth: deepest + 2 }) as [
    JsonObject,
    JsonObject,
  ];
  return { asked, result };
}

interface Room {
  chars: number;
  nodes: number;
}

function fits(value: Json, room: Room, depth: number): boolean {
  room.nodes -= 1;
  if (typeof value === 'string') room.chars -= value.length;
  if (room.nodes < 0 || room.chars < 0 || depth > deepest) return false;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) if (!fits(item, room, depth + 1)) return false;
    return true;
  }
  const members = value as JsonObject;
  for (const key in members) {
    room.chars -= key.length;
    const member = members[key];
    if (member !== undefined && !fits(member, room, depth + 1)) return false;
  }
  return true;
}

/** As much of it as there is room for; a text that does not fit is left out whole. */
function clipped(value: Json, room: Room, depth: number): Json {
  room.nodes -= 1;
  if (room.nodes < 0 || depth > deepest) return null;
  if (typeof value === 'string') {
    if (value.length > room.chars) return null;
    room.chars -= value.length;
    return value;
  }
  if (Array.isArray(value)) return clippedItems(value as readonly Json[], room, depth);
  return isJsonObject(value) ? clippedMembers(value, room, depth) : value;
}

function clippedItems(items: readonly Json[], room: Room, depth: number): Json {
  const kept: Json[] = [];
  for (const item of items) {
    if (room.nodes < 0 || room.chars <= 0) break;
    kept.push(clipped(item, room, depth + 1));
  }
  return kept;
}

function clippedMembers(members: JsonObject, room: Room, depth: number): Json {
  const kept: [string, Json][] = [];
  for (const key in members) {
    const member = members[key];
    if (room.nodes < 0 || room.chars <= 0) break;
    if (member === undefined || key.length > room.chars) continue;
    room.chars -= key.length;
    kept.push([key, clipped(member, room, depth + 1)]);
  }
  return Object.fromEntries(kept);
}
