import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type Draft, Unsupported } from './types.ts';

/** Where the schemas of one document are: by base and anchor. INVARIANT: nothing outside it exists. */
export interface Resources {
  baseOf(schema: JsonObject): string;
  resolve(from: JsonObject, reference: string): Json;
  resolveDynamic(
    from: JsonObject,
    reference: string,
  ): { readonly all: readonly Json[]; at(scopes: readonly string[]): Json };
}

const root = 'schema://document';

interface Index {
  readonly draft: Draft;
  readonly bases: Map<Json, string>;
  readonly byUri: Map<string, Json>;
  /** `base#name` of dynamic anchors. */
  readonly dynamic: Map<string, Json>;
}

/** Keywords whose value is data, not a schema: an `$id` inside them names nothing. */
const data = new Set(['enum', 'const', 'default', 'examples']);

export function indexResources(document: Json, draft: Draft): Resources {
  const index: Index = { draft, bases: new Map(), byUri: new Map(), dynamic: new Map() };
  walk(index, document, root);
  index.byUri.set(root, document);
  return {
    baseOf: (schema) => index.bases.get(schema) ?? root,
    resolve: (from, reference) => resolve(index, from, reference).target,
    resolveDynamic: (from, reference) => resolveDynamic(index, from, reference),
  };
}

function walk(index: Index, value: Json, base: string): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) walk(index, item, base);
    return;
  }
  if (!isJsonObject(value)) return;
  const here = enter(index, value, base);
  index.bases.set(value, here);
  for (const key of Object.keys(value)) if (!data.has(key)) walk(index, value[key] as Json, here);
}

function enter(index: Index, schema: JsonObject, base: string): string {
  const { $id: id, $anchor: anchor, $dynamicAnchor: dynamic } = schema;
  // Draft 7 ignores the siblings of `$ref`, `$id` among them.
  const ignored = index.draft === '07' && schema['$ref'] !== undefined;
  let here = base;
  if (typeof id === 'string' && !ignored) {
    if (id.startsWith('#')) {
      index.byUri.set(`${base}${id}`, schema);
    } else {
      const uri = absolute(base, id);
      here = uri.replace(/#.*$/, '');
      index.byUri.set(here, schema);
      if (index.draft === '07' && uri.includes('#') && !uri.endsWith('#'))
        index.byUri.set(uri, schema);
    }
  }
  if (typeof anchor === 'string') index.byUri.set(`${here}#${anchor}`, schema);
  if (typeof dynamic === 'string') {
    index.byUri.set(`${here}#${dynamic}`, schema);
    index.dynamic.set(`${here}#${dynamic}`, schema);
  }
  return here;
}

function absolute(base: string, reference: string): string {
  try {
    return new URL(reference, base).href;
  } catch {
    throw new Unsupported(`the reference \`${reference.slice(0, 80)}\` is not valid`);
  }
}

function resolve(
  index: Index,
  from: JsonObject,
  reference: string,
): { readonly target: Json; readonly uri: string } {
  const base = index.bases.get(from) ?? root;
  const uri = reference.startsWith('#') ? `${base}${reference}` : absolute(base, reference);
  const hash = uri.indexOf('#');
  const resource = hash < 0 ? uri : uri.slice(0, hash);
  const fragment = hash < 0 ? '' : uri.slice(hash + 1);
  if (fragment !== '' && !fragment.startsWith('/')) {
    const anchored = index.byUri.get(`${resource}#${fragment}`);
    if (anchored !== undefined) return { target: anchored, uri: `${resource}#${fragment}` };
  } else {
    const document = index.byUri.get(resource);
    if (document !== undefined) return { target: follow(document, fragment, reference), uri };
  }
  throw new Unsupported(`the reference \`${reference.slice(0, 80)}\` leads outside the schema`);
}

function follow(document: Json, fragment: string, reference: string): Json {
  let value: Json | undefined = document;
  for (const part of fragment === '' ? [] : decoded(fragment).slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = (value as readonly Json[])[Number(key)];
    else value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (value === undefined)
    throw new Unsupported(`the reference \`${reference.slice(0, 80)}\` leads nowhere`);
  return value;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    throw new Unsupported('a reference is not well formed');
  }
}

/** The outermost resource that was entered and has this dynamic anchor; else the plain target. */
function resolveDynamic(index: Index, from: JsonObject, reference: string) {
  const { target, uri } = resolve(index, from, reference);
  const anchor = uri.slice(uri.indexOf('#') + 1);
  const isDynamic = index.dynamic.get(uri) === target && !anchor.startsWith('/');
  const all = isDynamic
    ? [...index.dynamic].filter(([key]) => key.endsWith(`#${anchor}`)).map(([, schema]) => schema)
    : [target];
  return {
    all,
    at(scopes: readonly string[]): Json {
      if (!isDynamic) return target;
      for (const base of scopes) {
        const found = index.dynamic.get(`${base}#${anchor}`);
        if (found !== undefined) return found;
      }
      return target;
    },
  };
}
