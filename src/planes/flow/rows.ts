import { isJsonObject, type Json, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';

/** More is this: a number that would do harm in a sum is as large as is counted. */
const mostRows = 2 ** 40;
/** An object of more objects than this is a list whose items have names. */
const mostMembers = 16;

/**
 * How many rows a value has: at the path that its document names, which holds a list or says a number, else the most that
 * stand anywhere. INVARIANT: what the path does not lead to is counted anywhere.
 */
export function rowsIn(value: Json, path?: string): number {
  const declared = path === undefined ? undefined : rowsAt(value, path);
  return declared ?? anywhere(value);
}

/** Undefined: nothing that can be counted stands there. */
export function rowsAt(value: Json, path: string): number | undefined {
  let found: readonly Json[] = [value];
  for (const member of path.split('.')) {
    const key = member.endsWith('[]') ? member.slice(0, -2) : member;
    found = found.flatMap((one) => {
      const next = isJsonObject(one) && Object.hasOwn(one, key) ? one[key] : undefined;
      if (next === undefined) return [];
      return key !== member && Array.isArray(next) ? (next as readonly Json[]) : [next];
    });
  }
  const counts = found.map(countOf);
  if (counts.length === 0 || counts.includes(undefined)) return undefined;
  return Math.min(
    mostRows,
    counts.reduce<number>((all, one) => all + (one ?? 0), 0),
  );
}

function countOf(value: Json): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'string') return anywhere(value);
  if (typeof value !== 'number') return undefined;
  return value >= 0 ? Math.min(mostRows, Math.ceil(value)) : undefined;
}

/** The most of: all outermost lists together, and all lists at one path. Lines of a text are a list; so is JSON in one. */
function anywhere(value: Json): number {
  const count = new Count();
  count.visit(value, '', false);
  return Math.max(count.outermost, ...maximum(count.byPath));
}

function maximum(counts: ReadonlyMap<string, number>): readonly number[] {
  let most = 0;
  for (const one of counts.values()) most = Math.max(most, one);
  return [most];
}

class Count {
  outermost = 0;
  readonly byPath = new Map<string, number>();

  visit(value: Json, path: string, isWithin: boolean): void {
    if (typeof value === 'string') this.#text(value, path, isWithin);
    else if (Array.isArray(value)) this.#list(value as readonly Json[], path, isWithin);
    else if (isJsonObject(value)) this.#object(value, path, isWithin);
  }

  #list(items: readonly Json[], path: string, isWithin: boolean): void {
    this.#add(items.length, path, isWithin);
    for (const item of items) this.visit(item, `${path}[]`, true);
  }

  #object(value: JsonObject, path: string, isWithin: boolean): void {
    const members = Object.entries(value);
    const inner = members.filter(([, one]) => isJsonObject(one) || Array.isArray(one));
    const isNamed = inner.length > mostMembers;
    if (isNamed) this.#add(inner.length, `${path}{}`, isWithin);
    for (const [key, one] of members) {
      this.visit(one, isNamed ? `${path}{}` : `${path}.${key}`, isWithin || isNamed);
    }
  }

  #text(text: string, path: string, isWithin: boolean): void {
    const inner = isWithin || !/^\s*[[{]/.test(text) ? undefined : jsonIn(text);
    if (inner !== undefined && typeof inner !== 'string') {
      this.visit(inner, `${path}#`, isWithin);
      return;
    }
    const lines = linesIn(text);
    if (lines > 1) this.#add(lines, `${path}#`, isWithin);
  }

  #add(rows: number, path: string, isWithin: boolean): void {
    if (!isWithin) this.outermost += rows;
    this.byPath.set(path, (this.byPath.get(path) ?? 0) + rows);
  }
}

/** Lines that say something. */
function linesIn(text: string): number {
  let lines = 0;
  let isBlank = true;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) isBlank = true;
    else if (isBlank && code > 32) {
      isBlank = false;
      lines += 1;
    }
  }
  return lines;
}

function jsonIn(text: string): Json | undefined {
  try {
    const bounds = { maxBytes: limits.argumentBytes, maxDepth: limits.jsonDepth };
    return parseJson(Buffer.from(text), bounds);
  } catch {
    return undefined;
  }
}
