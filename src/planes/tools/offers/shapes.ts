import { type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';

/** The words of the protocol for one list: where its items stand, and what names one. */
export interface ListShape {
  readonly items: string;
  readonly name: string;
}

export interface ReadItem {
  readonly name: string;
  readonly item: JsonObject;
}

export interface ReadPage {
  readonly items: readonly ReadItem[];
  readonly nextCursor: string | undefined;
}

/** One page as its server gave it. INVARIANT: what does not have the shape is refused whole. */
export function readPage(result: JsonObject, shape: ListShape): ReadPage | Refusal {
  const given = objectsOf(result[shape.items]);
  const nextCursor = result['nextCursor'] ?? undefined;
  if (given === undefined) return broken('the list has no items');
  const items = given.flatMap((item): ReadItem[] => {
    const name = item[shape.name];
    return isName(name) ? [{ name, item }] : [];
  });
  if (items.length < given.length) return broken('an item has no name');
  if (nextCursor !== undefined && typeof nextCursor !== 'string') {
    return broken('a cursor is unusable');
  }
  return { items, nextCursor };
}

/**
 * What was read of a resource: each part has a URI and either text or a blob. INVARIANT: parts of
 * what this agent may not read are not told, whoever put them there.
 */
export function checkContents(
  result: JsonObject,
  mayRead: (uri: string) => boolean,
): Refusal | undefined {
  const contents = objectsOf(result['contents']);
  if (contents === undefined) return broken('the resource has no contents');
  for (const { uri, text, blob, mimeType } of contents as readonly Partial<
    Record<string, Json>
  >[]) {
    if (!isName(uri)) return broken('a part of the resource has no URI');
    if (!isText(mimeType ?? '')) return broken('a part of the resource has no usable type');
    const held = [text, blob].filter((one) => one !== undefined);
    if (held.length !== 1 || !isText(held[0])) {
      return broken('a part of the resource is neither a text nor a blob');
    }
    if (!mayRead(uri)) return broken('it answered with another resource');
  }
  return undefined;
}

function objectsOf(value: Json | undefined): readonly JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly Json[];
  return items.every(isJsonObject) ? items : undefined;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function broken(why: string): Refusal {
  return refusal('tools/upstream-protocol', {
    message: `the tool server broke the protocol: ${why}`,
  });
}
