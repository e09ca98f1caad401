import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { flowBounds } from './bounds.ts';

/** The thing that a value is a field of: what its server calls it by. */
export interface Thing {
  readonly parent: Thing | undefined;
  /** Texts at the paths by which people call it. */
  readonly names: string[];
}

export interface Leaf {
  /** `mails[].from`; no index. */
  readonly path: string;
  /** The same with its index: `mails[2].from`. */
  readonly at: string;
  readonly value: string | number | boolean;
  readonly thing: Thing;
  /** INVARIANT: a name on the way to it could be taken for several; no document speaks of it. */
  readonly odd: boolean;
  /** It is the name of a member, and reads like a value. */
  readonly isKey?: true;
}

export interface Leaves {
  readonly leaves: readonly Leaf[];
  /** There was more than is looked into. */
  readonly cut: boolean;
}

/** Every string, number and truth of a value, keys as strings beside them. Never recurses deep. */
export function leavesOf(
  value: Json,
  names: ReadonlySet<string> = new Set(),
  mostChars: number = flowBounds.textChars,
): Leaves {
  const walk = new Walk(names, mostChars);
  walk.visit(value, { path: '', at: '', odd: false }, { parent: undefined, names: [] }, 0);
  return { leaves: walk.leaves, cut: walk.cut };
}

const isPlainKey = /^[\p{L}\p{N}_$-]{1,24}$/u;
const isNumbered = /\p{N}/u;

/**
 * Whoever may add fields may write in their names as well: an account, a key, a sentence of joined words. INVARIANT: a name
 * that is not short and plain is a value too.
 */
export function isTelling(key: string): boolean {
  return !isPlainKey.test(key) || (key.length >= 8 && isNumbered.test(key));
}

/** `a.b` by itself is not the `b` of `a`. */
export function isOdd(key: string): boolean {
  return key.length > 64 || /[.[\]\0]/.test(key);
}

type Where = Pick<Leaf, 'path' | 'at' | 'odd'>;

class Walk {
  readonly leaves: Leaf[] = [];
  cut = false;
  readonly #names: ReadonlySet<string>;
  #chars: number;
  #nodes: number = flowBounds.nodes;

  constructor(names: ReadonlySet<string>, mostChars: number) {
    this.#names = names;
    this.#chars = mostChars;
  }

  visit(value: Json, where: Where, thing: Thing, depth: number): void {
    if (this.cut) return;
    this.#nodes -= 1;
    if (depth > flowBounds.depth || this.#isTooMuch(where)) {
      this.cut = true;
    } else if (Array.isArray(value)) {
      const items = value as readonly Json[];
      for (let n = 0; n < items.length && !this.cut; n += 1) {
        this.visit(items[n] ?? null, itemOf(where, n), thing, depth + 1);
      }
    } else if (isJsonObject(value)) {
      this.#object(value, where, thing, depth);
    } else if (value !== null) {
      this.#leaf(value as string | number | boolean, where, thing);
    }
  }

  #isTooMuch({ at }: Where): boolean {
    if (this.#nodes < 0 || at.length > flowBounds.pathChars) return true;
    return this.leaves.length >= flowBounds.leaves;
  }

  #object(value: JsonObject, where: Where, parent: Thing, depth: number): void {
    const thing: Thing = { parent, names: [] };
    for (const key in value) {
      const member = value[key];
      if (member === undefined) continue;
      if (isTelling(key)) this.#leaf(key, memberOf(where, '{}'), thing, true);
      this.visit(member, memberOf(where, key), thing, depth + 1);
      if (this.cut) return;
    }
  }

  #leaf(value: string | number | boolean, where: Where, thing: Thing, isKey = false): void {
    if (typeof value === 'string') this.#chars -= value.length;
    if (this.#chars < 0) {
      this.cut = true;
      return;
    }
    const isName = !where.odd && this.#names.size > 0 && this.#names.has(where.path);
    if (isName && typeof value !== 'boolean') thing.names.push(String(value));
    this.leaves.push({ ...where, value, thing, ...(isKey ? { isKey } : {}) });
  }
}

function itemOf({ path, at, odd }: Where, n: number): Where {
  return { path: `${path}[]`, at: `${at}[${n}]`, odd };
}

/** Long names are of no use to whoever reads where something stood. */
function memberOf({ path, at, odd }: Where, key: string): Where {
  const name = key.slice(0, 64).replaceAll('\0', '\ufffd');
  const own = { odd: odd || isOdd(key) };
  if (path === '') return { path: name, at: name, ...own };
  return { path: `${path}.${name}`, at: `${at}.${name}`, ...own };
}

/**
 * What a result of MCP says: its structured content, or the one text that is JSON by itself; every other text
 * stands beside it, at `text`, and nobody answers for it.
 */
export function contentOf(result: JsonObject): { readonly data: Json; readonly texts: Json[] } {
  const { structuredContent, content } = result;
  const texts = Array.isArray(content) ? (content as readonly Json[]).flatMap(textOf) : [];
  if (structuredContent !== undefined) return { data: structuredContent, texts };
  const parsed = texts.length === 1 ? parsedText(texts[0]) : undefined;
  if (parsed !== undefined) return { data: parsed, texts: [] };
  const others = Object.entries(result).filter(([name]) => name !== 'content' && name !== '_meta');
  return { data: Object.fromEntries(others), texts };
}

/** A picture says nothing here; a file that is embedded does. */
function textOf(part: Json): Json[] {
  if (!isJsonObject(part)) return [part];
  const { type, ...said } = part;
  if (type === 'image' || type === 'audio') return [];
  return type === 'text' && typeof said['text'] === 'string' ? [said['text']] : [said];
}

function parsedText(text: Json | undefined): Json | undefined {
  if (typeof text !== 'string' || !/^\s*[{[]/.test(text)) return undefined;
  if (text.length > flowBounds.textChars) return undefined;
  try {
    return parseJson(Buffer.from(text, 'utf8'));
  } catch {
    return undefined;
  }
}
