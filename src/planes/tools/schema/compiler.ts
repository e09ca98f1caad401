import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { arrayChecks, unevaluatedItems } from './arrays.ts';
import { combinedChecks } from './combined.ts';
import { objectChecks, unevaluatedProperties } from './objects.ts';
import { indexResources, type Resources } from './resources.ts';
import { scalarChecks } from './scalars.ts';
import { type Check, type Draft, fail, mergeSeen, newSeen, spend, Unsupported } from './types.ts';

/** Compiles one document of schemas to closures. No code is generated, nothing is fetched. */
export class Compiler {
  readonly draft: Draft;
  readonly #resources: Resources;
  readonly #compiled = new Map<Json, Check>();
  readonly #maxNodes: number;
  #nodes = 0;

  constructor(root: Json, draft: Draft, maxNodes: number = limits.schemaNodes) {
    this.draft = draft;
    this.#maxNodes = maxNodes;
    this.#resources = indexResources(root, draft);
  }

  compile(schema: Json, at: string): Check {
    if (schema === true) return always;
    if (schema === false) return never;
    if (!isJsonObject(schema)) throw new Unsupported(`the schema at \`${at}\` is no schema`);
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    this.#nodes += 1;
    if (this.#nodes > this.#maxNodes) throw new Unsupported('the schema is too large');
    // Set before its parts are made: a schema may refer to itself.
    let check: Check = always;
    const forward: Check = (value, path, run, seen) => check(value, path, run, seen);
    this.#compiled.set(schema, forward);
    check = this.#checkOf(schema, at);
    this.#compiled.set(schema, check);
    return check;
  }

  #checkOf(schema: JsonObject, at: string): Check {
    const reference = this.#references(schema);
    // Draft 7: whatever stands beside `$ref` is not there.
    if (this.draft === '07' && schema['$ref'] !== undefined) return this.#enter(schema, reference);
    const checks = [
      ...reference,
      ...scalarChecks(schema),
      ...objectChecks(schema, at, this),
      ...arrayChecks(schema, at, this),
      ...combinedChecks(schema, at, this),
    ];
    const late = [...unevaluatedItems(schema, at, this), ...this.#unevaluated(schema, at)];
    return this.#enter(schema, checks, late);
  }

  #unevaluated(schema: JsonObject, at: string): Check[] {
    return this.draft === '07' ? [] : unevaluatedProperties(schema, at, this);
  }

  #enter(schema: JsonObject, checks: readonly Check[], late: readonly Check[] = []): Check {
    const base = this.#resources.baseOf(schema);
    const all = (
      value: Json,
      path: string,
      run: Parameters<Check>[2],
      seen: Parameters<Check>[3],
    ) => {
      spend(run);
      let ok = true;
      for (const check of checks) if (!check(value, path, run, seen)) ok = false;
      for (const check of late) if (!check(value, path, run, seen)) ok = false;
      return ok;
    };
    const counted: Check =
      late.length === 0
        ? all
        : (value, path, run, seen) => {
            const own = newSeen();
            const ok = all(value, path, run, own);
            mergeSeen(seen, own);
            return ok;
          };
    return (value, path, run, seen) => {
      const top = run.scopes.at(-1);
      if (top === base) return counted(value, path, run, seen);
      run.scopes.push(base);
      const ok = counted(value, path, run, seen);
      run.scopes.pop();
      return ok;
    };
  }

  #references(schema: JsonObject): Check[] {
    const checks: Check[] = [];
    if (typeof schema['$ref'] === 'string') {
      const target = this.#resources.resolve(schema, schema['$ref']);
      checks.push(this.#follow(() => target));
    }
    if (this.draft === '2020-12' && typeof schema['$dynamicRef'] === 'string') {
      const found = this.#resources.resolveDynamic(schema, schema['$dynamicRef']);
      // Every possible target is compiled now: an unsupported one must show before a call needs it.
      for (const one of found.all) this.compile(one, '#');
      checks.push((value, path, run, seen) => {
        const target = found.at(run.scopes);
        return this.compile(target, '#')(value, path, run, seen);
      });
    }
    return checks;
  }

  #follow(target: () => Json): Check {
    let check: Check | undefined = undefined;
    const found = target();
    // Compiled on first use at the latest; eagerly where no cycle forbids it.
    check = this.compile(found, '#');
    return (value, path, run, seen) => {
      spend(run);
      return (check ?? never)(value, path, run, seen);
    };
  }
}

const always: Check = () => true;
const never: Check = (_, path, run) => fail(run, path, 'is not allowed');
