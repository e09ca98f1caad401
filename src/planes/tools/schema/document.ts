import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { Unsupported } from './unsupported.ts';

export type Draft = 'draft-07' | '2020-12';

/** A schema with an identifier of its own, and the names inside it. */
export interface Resource {
  readonly uri: string;
  readonly root: Json;
  readonly anchors: Map<string, Json>;
  readonly dynamicAnchors: Map<string, Json>;
}

export interface Target {
  readonly schema: Json;
  readonly resource: Resource;
  /** The anchor by which it was found; undefined for the root and for pointers. */
  readonly anchor: string | undefined;
}

// An identifier that nobody can mean, so that a relative reference stays inside the document.
const rootUri = 'schema:///root';

function words(list: string): readonly string[] {
  return list.split(' ');
}

const oneSchema = words(
  'additionalItems additionalProperties contains contentSchema else if items not propertyNames then unevaluatedItems unevaluatedProperties',
);
const listOfSchemas = words('allOf anyOf items oneOf prefixItems');
const mapOfSchemas = words(
  '$defs definitions dependencies dependentSchemas patternProperties properties',
);

/** Identifiers, anchors and references inside one document. Nothing outside it is ever fetched. */
export class SchemaDocument {
  readonly draft: Draft;
  readonly root: Resource;
  /** Some schema refers to whatever the caller's scope names. */
  usesDynamicScope = false;
  readonly #resources = new Map<string, Resource>();
  readonly #homes = new Map<JsonObject, Resource>();

  constructor(schema: Json, draft: Draft) {
    this.draft = draft;
    const id = isJsonObject(schema) ? ownIdentifier(schema, draft) : undefined;
    const uri = id === undefined ? rootUri : withoutFragment(absolute(id, rootUri));
    this.root = this.#addResource(uri, schema);
    this.#visit(schema, this.root);
  }

  /** Each once: the same resource may answer to several identifiers. */
  resources(): ReadonlySet<Resource> {
    return new Set(this.#resources.values());
  }

  homeOf(schema: JsonObject, fallback: Resource): Resource {
    return this.#homes.get(schema) ?? fallback;
  }

  resolve(reference: string, from: Resource): Target {
    const uri = absolute(reference, from.uri);
    const base = withoutFragment(uri);
    const resource = this.#resources.get(base);
    if (resource === undefined) throw unresolved(reference);
    const fragment = decoded(uri.slice(base.length + 1), reference);
    if (fragment === '') return { schema: resource.root, resource, anchor: undefined };
    if (fragment.startsWith('/')) return this.#byPointer(fragment, resource, reference);
    const schema = resource.anchors.get(fragment);
    if (schema === undefined) throw unresolved(reference);
    return { schema, resource: this.#home(schema, resource), anchor: fragment };
  }

  #home(schema: Json, fallback: Resource): Resource {
    return isJsonObject(schema) ? this.homeOf(schema, fallback) : fallback;
  }

  #byPointer(fragment: string, start: Resource, reference: string): Target {
    let schema: Json = start.root;
    let resource = start;
    for (const part of fragment.slice(1).split('/')) {
      const step = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const below: Json | undefined = memberOf(schema, step);
      if (below === undefined) throw unresolved(reference);
      schema = below;
      resource = this.#home(schema, resource);
    }
    // A place that no keyword names as a schema becomes one because something refers to it.
    if (isJsonObject(schema) && !this.#homes.has(schema)) this.#visit(schema, resource);
    return { schema, resource: this.#home(schema, resource), anchor: undefined };
  }

  #addResource(uri: string, root: Json): Resource {
    const resource = { uri, root, anchors: new Map(), dynamicAnchors: new Map() };
    if (this.#resources.has(uri)) throw new Unsupported('two schemas have the same `$id`');
    this.#resources.set(uri, resource);
    return resource;
  }

  #visit(schema: Json, parent: Resource): void {
    if (!isJsonObject(schema) || this.#homes.has(schema)) return;
    const resource = this.#identify(schema, parent);
    this.#homes.set(schema, resource);
    if (typeof schema['$dynamicRef'] === 'string') this.usesDynamicScope = true;
    for (const keyword of oneSchema) {
      const below = schema[keyword];
      if (below !== undefined) this.#visit(below, resource);
    }
    for (const keyword of listOfSchemas) {
      const list = schema[keyword];
      if (Array.isArray(list)) for (const below of list) this.#visit(below as Json, resource);
    }
    for (const keyword of mapOfSchemas) {
      const map = schema[keyword];
      if (isJsonObject(map)) for (const below of Object.values(map)) this.#visit(below, resource);
    }
  }

  /** The resource that a schema belongs to: its own if it has an identifier. */
  #identify(schema: JsonObject, parent: Resource): Resource {
    const id = ownIdentifier(schema, this.draft);
    const isRoot = schema === this.root.root;
    const resource =
      id === undefined || isRoot
        ? parent
        : this.#addResource(withoutFragment(absolute(id, parent.uri)), schema);
    if (this.draft === 'draft-07') {
      const anchor = schema['$id'];
      if (typeof anchor !== 'string' || !anchor.startsWith('#')) return resource;
      if (schema['$ref'] === undefined) name(resource.anchors, anchor.slice(1), schema);
      return resource;
    }
    name(resource.anchors, schema['$anchor'], schema);
    name(resource.anchors, schema['$dynamicAnchor'], schema);
    name(resource.dynamicAnchors, schema['$dynamicAnchor'], schema);
    return resource;
  }
}

/** In draft-07 a `$ref` hides everything beside it, and `#name` is an anchor. */
function ownIdentifier(schema: JsonObject, draft: Draft): string | undefined {
  const id = schema['$id'];
  if (typeof id !== 'string') return undefined;
  if (draft === 'draft-07' && (schema['$ref'] !== undefined || id.startsWith('#')))
    return undefined;
  return id;
}

function withoutFragment(uri: string): string {
  const hash = uri.indexOf('#');
  return hash === -1 ? uri : uri.slice(0, hash);
}

function name(names: Map<string, Json>, anchor: Json | undefined, schema: Json): void {
  if (typeof anchor !== 'string') return;
  if (names.has(anchor) && names.get(anchor) !== schema) {
    throw new Unsupported('two schemas have the same anchor');
  }
  names.set(anchor, schema);
}

function absolute(reference: string, base: string): string {
  const url = URL.parse(reference, base);
  if (url === null) throw unresolved(reference);
  return url.href;
}

function decoded(fragment: string, reference: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    throw unresolved(reference);
  }
}

function memberOf(schema: Json, step: string): Json | undefined {
  if (Array.isArray(schema)) {
    return /^(?:0|[1-9][0-9]{0,9})$/.test(step) ? (schema[Number(step)] as Json) : undefined;
  }
  return isJsonObject(schema) && Object.hasOwn(schema, step) ? schema[step] : undefined;
}

function unresolved(reference: string): Unsupported {
  return new Unsupported(
    `\`$ref\` to \`${reference.slice(0, 200)}\` does not lead anywhere inside the schema; remote references are not followed`,
  );
}
