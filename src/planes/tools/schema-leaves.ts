import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

/** One value that a schema names: `rows[].iban`. */
export interface SchemaLeaf {
  readonly path: string;
  /** The last name of it. */
  readonly name: string;
  readonly schema: JsonObject;
}

export interface SchemaPaths {
  readonly leaves: readonly SchemaLeaf[];
  /** Where anything may stand: names behind it are not known. The empty one is the whole of it. */
  readonly open: readonly string[];
}

const mostLeaves = 1_000;
const deepest = 16;

/** Every value that a schema names, and where it names none. Bounded: what goes beyond is open. */
export function schemaLeaves(schema: JsonObject): SchemaPaths {
  const walk = new Walk(schema);
  walk.visit(schema, { path: '', name: '', depth: 0 });
  return { leaves: [...walk.leaves.values()], open: [...walk.open] };
}

interface Where {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
}

class Walk {
  readonly leaves = new Map<string, SchemaLeaf>();
  readonly open = new Set<string>();
  readonly #root: JsonObject;
  #steps = 10_000;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  visit(given: Json | undefined, where: Where): void {
    this.#steps -= 1;
    const schema = isJsonObject(given ?? null) ? (given as JsonObject) : undefined;
    const isTooMuch = where.depth > deepest || this.#steps < 0 || this.leaves.size >= mostLeaves;
    if (schema === undefined || isTooMuch) {
      this.open.add(where.path);
      return;
    }
    const deeper = { ...where, depth: where.depth + 1 };
    const { $ref: ref } = schema;
    if (typeof ref === 'string') return this.visit(this.#referred(ref), deeper);
    const branches = [schema['anyOf'], schema['oneOf'], schema['allOf']].flatMap((list) =>
      Array.isArray(list) ? (list as readonly Json[]) : [],
    );
    for (const branch of branches) this.visit(branch, deeper);
    const isObject = this.#object(schema, deeper);
    const isList = this.#list(schema, deeper);
    if (isObject || isList || branches.length > 0) return;
    if (schema['type'] === 'null') return;
    this.#leaf(schema, where);
  }

  #object(schema: JsonObject, where: Where): boolean {
    const { properties, additionalProperties: more, patternProperties: patterns } = schema;
    const isObject = isOfType(schema, 'object') || isJsonObject(properties ?? null);
    if (!isObject) return false;
    const named = isJsonObject(properties ?? null) ? (properties as JsonObject) : {};
    for (const [name, member] of Object.entries(named)) {
      const path = where.path === '' ? name : `${where.path}.${name}`;
      this.visit(member, { path, name, depth: where.depth });
    }
    const isOpen = more === true || isJsonObject(more ?? null) || patterns !== undefined;
    if (isOpen || Object.keys(named).length === 0) this.open.add(where.path);
    return true;
  }

  #list(schema: JsonObject, where: Where): boolean {
    const { items, prefixItems } = schema;
    if (!isOfType(schema, 'array') && items === undefined) return false;
    const path = `${where.path}[]`;
    const heads = Array.isArray(prefixItems) ? (prefixItems as readonly Json[]) : [];
    for (const item of heads) this.visit(item, { ...where, path });
    if (items !== undefined || heads.length === 0) this.visit(items, { ...where, path });
    return true;
  }

  #leaf(schema: JsonObject, { path, name }: Where): void {
    if (path !== '') this.leaves.set(path, { path, name, schema });
    // Whoever says nothing of a value lets it be anything.
    const saysNothing = schema['type'] === undefined && schema['enum'] === undefined;
    if (saysNothing && schema['const'] === undefined) this.open.add(path);
  }

  #referred(ref: string): Json | undefined {
    if (!ref.startsWith('#')) return undefined;
    let at: Json | undefined = this.#root;
    for (const step of ref.slice(1).split('/').slice(1)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      if (!isJsonObject(at ?? null) || !Object.hasOwn(at as JsonObject, name)) return undefined;
      at = (at as JsonObject)[name];
    }
    return at;
  }
}

function isOfType({ type }: JsonObject, wanted: string): boolean {
  return type === wanted || (Array.isArray(type) && (type as readonly Json[]).includes(wanted));
}
