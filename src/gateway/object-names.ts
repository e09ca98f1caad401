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
import { objectNames } from './object-spelling.ts';

/** What an argument names. `every`: all of its kind, or nobody knows which; `unnamed`: something there is no name. */
export type Named = readonly string[] | 'every' | 'unnamed';

/** INVARIANT: to a server nothing said, and a list of nothing, may mean everything. */
export function argumentNames(given: JsonObject, path: string): Named {
  const texts = textsIn(given, path, 'unclear');
  if (texts === 'unclear' || texts === 'none') return 'every';
  if (texts.every(isName)) return texts;
  return texts.every((one) => one === undefined || one === null || isName(one))
    ? 'every'
    : 'unnamed';
}

/**
 * The texts at a path of the arguments, `a.b[].c`. Undefined: it is not as the document says, or names more than is
 * followed, or everything.
 */
export function textsAt(given: JsonObject, path: string): readonly string[] | undefined {
  const names = argumentNames(given, path);
  return typeof names === 'string' ? undefined : names;
}

/** The texts at a path of a result: a list without items tells of nothing. */
export function textsTold(value: Json | undefined, path: string): readonly string[] | undefined {
  const texts = namesAt(value, path);
  return texts === 'none' || texts === 'unclear' ? undefined : texts;
}

/** `none`: nothing there names anything; `unclear`: what is there is more than is followed, or is no name in part. */
export function namesAt(
  value: Json | undefined,
  path: string,
): readonly string[] | 'none' | 'unclear' {
  const texts = textsIn(value, path, 'nothing');
  if (texts === 'none' || texts === 'unclear') return texts;
  if (texts.every(isName)) return texts;
  return texts.some(isName) ? 'unclear' : 'none';
}

type Texts = readonly (Json | undefined)[] | 'none' | 'unclear';

/** What stands there, numbers as texts; and what a list without items stands for. */
function textsIn(value: Json | undefined, path: string, empty: 'nothing' | 'unclear'): Texts {
  let found: readonly (Json | undefined)[] = [value];
  const isVoid = (one: Json | undefined): boolean =>
    empty === 'unclear' && Array.isArray(one) && one.length === 0;
  for (const member of path.split('.')) {
    const isList = member.endsWith('[]');
    const key = isList ? member.slice(0, -2) : member;
    const next = found.map((one) => (isJsonObject(one) ? one[key] : undefined));
    if (next.some(isVoid)) return 'unclear';
    if (isList && !next.every((one) => Array.isArray(one)))
      return next.some((one) => Array.isArray(one)) ? 'unclear' : 'none';
    found = isList ? next.flatMap((one) => one as readonly Json[]) : next;
    if (found.length > mostNamedObjects) return 'unclear';
  }
  if (found.some(isVoid)) return 'unclear';
  const texts = found.flatMap((one): readonly (Json | undefined)[] =>
    Array.isArray(one) ? (one as readonly Json[]) : [one],
  );
  if (texts.length > mostNamedObjects) return 'unclear';
  return texts.map((one) => (typeof one === 'number' ? String(one) : one));
}

function isName(one: Json | undefined): one is string {
  return typeof one === 'string' && !one.includes('\0') && objectNames(one).length > 0;
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
  return { kind, names: texts === undefined ? 'all' : [...new Set(texts.flatMap(objectNames))] };
}

/** What is about to be marked. Which one is not known: all of its kind. */
export function markedAs(
  kind: string,
  texts: readonly string[] | undefined,
  keyed: (text: string) => string,
): readonly MarkedObject[] {
  if (texts === undefined) {
    return [{ kind, name: everyObject, named: everyObject, id: `${kind}/${everyObject}` }];
  }
  const byName = new Map<string, MarkedObject>();
  for (const text of texts) {
    for (const name of objectNames(text)) {
      const named =
        Buffer.byteLength(text) > longestObjectName / 4 ? `${name}#${sha256Hex(text)}` : text;
      const before = byName.get(name);
      const one = { kind, name, named, id: keyed(`${kind}\n${name}`).slice(0, 24) };
      byName.set(
        name,
        before === undefined || before.named === named ? one : { ...one, named: '' },
      );
    }
  }
  return [...byName.values()];
}

/** Records and lists say which thing it was by this, and its name in no record. */
export function objectIds(keyed: KeyedDigest, tenant: string): (text: string) => string {
  return (text) => keyed(tenant, sha256Hex(`object\n${text}`));
}
