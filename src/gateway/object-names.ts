import {
  everyObject,
  longestObjectName,
  type MarkedObject,
  mostNamedObjects,
  type NamedObjects,
} from '#contracts/object-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { KeyedDigest } from './keyed-digest.ts';

/** INVARIANT: spellings that a server could take for one thing fold into one name; too much folds, never too little. */
export function objectName(text: string): string {
  const parts: string[] = [];
  for (const part of text.normalize('NFKC').toLowerCase().replaceAll('\\', '/').split('/')) {
    const plain = part.trim();
    if (plain === '..') parts.pop();
    else if (plain !== '' && plain !== '.') parts.push(plain);
  }
  const folded = parts.join('/');
  const short = Buffer.byteLength(folded) > longestObjectName / 4 ? sha256Hex(folded) : folded;
  // What is meant by all of a kind is nobody's name.
  return short.startsWith(everyObject) || short === '' ? `./${short}` : short;
}

/**
 * The texts at a path, `a.b[].c`. Undefined: it is not as the document says, or names more than is followed;
 * an empty list names nothing.
 */
export function textsAt(value: Json | undefined, path: string): readonly string[] | undefined {
  const texts = namesAt(value, path);
  return texts === 'none' || texts === 'unclear' ? undefined : texts;
}

/** `none`: nothing there names anything; `unclear`: what is there is more than is followed, or is no name in part. */
export function namesAt(
  value: Json | undefined,
  path: string,
): readonly string[] | 'none' | 'unclear' {
  let found: readonly (Json | undefined)[] = [value];
  for (const member of path.split('.')) {
    const isList = member.endsWith('[]');
    const key = isList ? member.slice(0, -2) : member;
    const next = found.map((one) => (isJsonObject(one) ? one[key] : undefined));
    if (isList && !next.every((one) => Array.isArray(one)))
      return next.some((one) => Array.isArray(one)) ? 'unclear' : 'none';
    found = isList ? next.flatMap((one) => one as readonly Json[]) : next;
    if (found.length > mostNamedObjects) return 'unclear';
  }
  const texts = found.flatMap((one): readonly (Json | undefined)[] =>
    Array.isArray(one) ? (one as readonly Json[]) : [one],
  );
  if (texts.length > mostNamedObjects) return 'unclear';
  const named = texts.map((one) => (typeof one === 'number' ? String(one) : one));
  if (named.every(isName)) return named;
  return named.some(isName) ? 'unclear' : 'none';
}

function isName(one: Json | undefined): one is string {
  return typeof one === 'string' && one !== '' && !one.includes('\0');
}

/** What a result says, as a document speaks of it; undefined: in no form in which it could be looked up. */
export function bodyOf(result: JsonObject): Json | undefined {
  const { structuredContent, content } = result;
  if (structuredContent !== undefined) return structuredContent;
  const blocks = Array.isArray(content) ? (content as readonly Json[]) : [];
  const [only] = blocks;
  if (blocks.length !== 1 || !isJsonObject(only) || typeof only['text'] !== 'string')
    return undefined;
  try {
    return parseJson(Buffer.from(only['text']), {
      maxBytes: limits.argumentBytes,
      maxDepth: limits.jsonDepth,
    });
  } catch {
    return undefined;
  }
}

export function namedAs(kind: string, texts: readonly string[] | undefined): NamedObjects {
  return { kind, names: texts === undefined ? 'all' : texts.map(objectName) };
}

/** What is about to be marked. Which one is not known: all of its kind. */
export function markedAs(
  kind: string,
  texts: readonly string[] | undefined,
  keyed: (text: string) => string,
): readonly MarkedObject[] {
  if (texts === undefined) {
    return [{ kind, name: everyObject, named: everyObject, id: `${kind}/*` }];
  }
  const byName = new Map<string, MarkedObject>();
  for (const text of texts) {
    const name = objectName(text);
    const named = Buffer.byteLength(text) > longestObjectName / 4 ? name : text;
    const before = byName.get(name);
    const one = { kind, name, named, id: keyed(`${kind}\n${name}`).slice(0, 24) };
    byName.set(name, before === undefined || before.named === named ? one : { ...one, named: '' });
  }
  return [...byName.values()];
}

/** Records and lists say which thing it was by this, and its name in no record. */
export function objectIds(keyed: KeyedDigest, tenant: string): (text: string) => string {
  return (text) => keyed(tenant, sha256Hex(`object\n${text}`));
}
