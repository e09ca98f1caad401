import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

const deepest = 8;
const mostSteps = 1_000;

/**
 * What a call carries at least: each member that the schema requires, with the smallest value that it names. A guess
 * for whoever asks what would be: it is judged as any other, and what a pattern or a condition wants is not in it.
 */
export function leastArguments(schema: JsonObject): JsonObject {
  const least = new Least(schema).of(schema, 0);
  return isJsonObject(least) ? least : {};
}

class Least {
  readonly #root: JsonObject;
  #steps = mostSteps;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  of(given: Json | undefined, depth: number): Json {
    this.#steps -= 1;
    if (given === undefined || !isJsonObject(given)) return '';
    if (depth > deepest || this.#steps < 0) return null;
    const schema = given;
    const { const: only, default: usual, enum: some, $ref: ref } = schema;
    if (only !== undefined) return only;
    if (usual !== undefined) return usual;
    if (Array.isArray(some) && some.length > 0) return (some as readonly Json[])[0] ?? null;
    if (typeof ref === 'string') return this.of(referred(this.#root, ref), depth + 1);
    const branch = ['anyOf', 'oneOf', 'allOf'].map((name) => schema[name]).find(Array.isArray);
    if (typeOf(schema) === undefined && branch !== undefined) {
      return this.of((branch as readonly Json[])[0], depth + 1);
    }
    return this.#valueOf(schema, depth);
  }

  #valueOf(schema: JsonObject, depth: number): Json {
    const type = typeOf(schema);
    switch (typeof type === 'string' ? type : 'string') {
      case 'object':
        return this.#object(schema, depth);
      case 'array': {
        const length = Math.min(numberAt(schema, 'minItems') ?? 0, 100);
        return Array.from({ length }, () => this.of(schema['items'], depth + 1));
      }
      case 'integer':
      case 'number':
        return leastNumber(schema);
      case 'boolean':
        return false;
      case 'null':
        return null;
      default:
        return 'x'.repeat(Math.min(numberAt(schema, 'minLength') ?? 1, 1_000));
    }
  }

  #object({ properties, required }: JsonObject, depth: number): JsonObject {
    const named = isJsonObject(properties ?? null) ? (properties as JsonObject) : {};
    const names = Array.isArray(required) ? (required as readonly Json[]) : [];
    return Object.fromEntries(
      names.flatMap((name): [string, Json][] => {
        if (typeof name !== 'string') return [];
        return [[name, this.of(Object.hasOwn(named, name) ? named[name] : undefined, depth + 1)]];
      }),
    );
  }
}

function typeOf({ type, properties }: JsonObject): Json | undefined {
  const first = Array.isArray(type) ? (type as readonly Json[])[0] : type;
  return first ?? (properties === undefined ? undefined : 'object');
}

function leastNumber(schema: JsonObject): number {
  const above = numberAt(schema, 'exclusiveMinimum');
  const least = numberAt(schema, 'minimum') ?? (above === undefined ? 0 : Math.floor(above) + 1);
  const most = numberAt(schema, 'maximum') ?? Infinity;
  return Math.min(least > 0 ? least : Math.max(least, Math.min(0, most)), most);
}

function numberAt(schema: JsonObject, name: string): number | undefined {
  const found = schema[name];
  return typeof found === 'number' ? found : undefined;
}

function referred(root: JsonObject, ref: string): Json | undefined {
  let at: Json | undefined = root;
  for (const step of ref.slice(1).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at === undefined || !isJsonObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}
