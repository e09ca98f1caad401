import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { arrayChecks, unevaluatedItemsCheck } from './array-keywords.ts';
import { combiningChecks, referenceChecks } from './combining-keywords.ts';
import type { Draft, Resource, SchemaDocument } from './document.ts';
import { objectChecks, unevaluatedPropertiesCheck } from './object-keywords.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { type Check, fail, type Run, Seen, spend } from './run.ts';
import { scalarChecks } from './scalar-keywords.ts';
import { malformed, Unsupported } from './unsupported.ts';

/** What a keyword sees of the schema that it stands in. */
export interface SchemaNode {
  readonly draft: Draft;
  readonly schema: JsonObject;
  compile(schema: Json): Check;
  pattern(source: string): Pattern;
  reference(reference: string): Check;
  dynamicReference(reference: string): Check;
}

/** Closures, made once per schema. INVARIANT: nothing here writes or runs code. */
export class SchemaCompiler {
  readonly #document: SchemaDocument;
  readonly #checks = new Map<JsonObject, { check: Check | undefined }>();
  readonly #patterns = new Map<string, Pattern>();
  #nodesLeft: number;

  constructor(document: SchemaDocument, maxNodes: number) {
    this.#document = document;
    this.#nodesLeft = maxNodes;
  }

  compile(schema: Json, resource: Resource): Check {
    if (schema === true) return accept;
    if (schema === false) return refuse;
    if (!isJsonObject(schema)) throw malformed('schema');
    const known = this.#checks.get(schema);
    if (known !== undefined) {
      // Still being compiled: the schema leads back to itself.
      return known.check ?? ((value, run, seen) => (known.check ?? refuse)(value, run, seen));
    }
    this.#nodesLeft -= 1;
    if (this.#nodesLeft < 0) throw new Unsupported('the schema has too many parts');
    const holder: { check: Check | undefined } = { check: undefined };
    this.#checks.set(schema, holder);
    const home = this.#document.homeOf(schema, resource);
    holder.check = this.#inScope(this.#joined(this.#node(schema, home)), home);
    return holder.check;
  }

  pattern(source: string): Pattern {
    const known = this.#patterns.get(source);
    if (known !== undefined) return known;
    const pattern = compilePattern(source);
    this.#patterns.set(source, pattern);
    return pattern;
  }

  #node(schema: JsonObject, home: Resource): SchemaNode {
    return {
      draft: this.#document.draft,
      schema,
      compile: (below) => this.compile(below, home),
      pattern: (source) => this.pattern(source),
      reference: (reference) => {
        const target = this.#document.resolve(reference, home);
        return this.compile(target.schema, target.resource);
      },
      dynamicReference: (reference) => this.#dynamicReference(reference, home),
    };
  }

  #joined(node: SchemaNode): Check {
    if (node.draft === 'draft-07' && node.schema['$ref'] !== undefined) {
      return joined(referenceChecks(node));
    }
    const checks = [
      ...scalarChecks(node),
      ...objectChecks(node),
      ...arrayChecks(node),
      ...combiningChecks(node),
    ];
    const last = [unevaluatedPropertiesCheck(node), unevaluatedItemsCheck(node)].filter(
      (check) => check !== undefined,
    );
    return last.length === 0 ? joined(checks) : remembering(joined([...checks, ...last]));
  }

  #inScope(check: Check, home: Resource): Check {
    if (!this.#document.usesDynamicScope) return check;
    return (value, run, seen) => {
      if (run.scope.at(-1) === home) return check(value, run, seen);
      run.scope.push(home);
      const fits = check(value, run, seen);
      run.scope.pop();
      return fits;
    };
  }

  /** The outermost resource on the way here that has the name decides. */
  #dynamicReference(reference: string, home: Resource): Check {
    const target = this.#document.resolve(reference, home);
    const fallback = this.compile(target.schema, target.resource);
    const { anchor } = target;
    if (anchor === undefined || target.resource.dynamicAnchors.get(anchor) !== target.schema) {
      return fallback;
    }
    const candidates = new Map<Resource, Check>();
    for (const resource of this.#document.resources()) {
      const schema = resource.dynamicAnchors.get(anchor);
      if (schema !== undefined) candidates.set(resource, this.compile(schema, resource));
    }
    return (value, run, seen) => {
      spend(run, run.scope.length >> 3);
      const decisive = run.scope.find((resource) => candidates.has(resource));
      const check = decisive === undefined ? undefined : candidates.get(decisive);
      return (check ?? fallback)(value, run, seen);
    };
  }
}

const accept: Check = (_, run) => {
  spend(run, 1);
  return true;
};

const refuse: Check = (_, run) => fail(run, 'is not allowed here');

/** One step of work per schema and value; one and two checks without a loop. */
function joined(checks: readonly Check[]): Check {
  const [first, second] = checks;
  if (first === undefined) return accept;
  if (second === undefined) {
    return (value, run, seen) => {
      spend(run, 1);
      return first(value, run, seen);
    };
  }
  if (checks.length === 2) {
    return (value, run, seen) => {
      spend(run, 1);
      return first(value, run, seen) && second(value, run, seen);
    };
  }
  const steps = 1 + (checks.length >> 3);
  return (value, run, seen) => {
    spend(run, steps);
    for (let at = 0; at < checks.length; at += 1) {
      if (!(checks[at] as Check)(value, run, seen)) return false;
    }
    return true;
  };
}

function remembering(check: Check): Check {
  return (value, run: Run, seen) => {
    const own = new Seen();
    const fits = check(value, run, own);
    if (fits) seen?.merge(own);
    return fits;
  };
}
