import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { SchemaNode } from './compile.ts';
import { type Check, checkAt, fail, type Run, type Seen, spend } from './run.ts';
import type { Pattern } from './pattern.ts';
import { count } from './scalar-keywords.ts';
import { malformed } from './unsupported.ts';

/** All that looks at objects but `unevaluatedProperties`, which comes last. */
export function objectChecks(node: SchemaNode): Check[] {
  const checks = [...sizeChecks(node), ...requiredChecks(node)];
  const names = node.schema['propertyNames'];
  if (names !== undefined) checks.push(namesCheck(node.compile(names)));
  const properties = propertiesCheck(node);
  if (properties !== undefined) checks.push(properties);
  return [...checks, ...dependencyChecks(node)];
}

function sizeChecks(node: SchemaNode): Check[] {
  const checks: Check[] = [];
  const most = count(node.schema, 'maxProperties');
  const least = count(node.schema, 'minProperties');
  if (most !== undefined) {
    const message = `has more than ${most} members`;
    checks.push(
      (value, run) =>
        !isJsonObject(value) || paidKeys(value, run).length <= most || fail(run, message),
    );
  }
  if (least !== undefined) {
    const message = `has fewer than ${least} members`;
    checks.push(
      (value, run) =>
        !isJsonObject(value) || paidKeys(value, run).length >= least || fail(run, message),
    );
  }
  return checks;
}

function paidKeys(value: JsonObject, run: Run): readonly string[] {
  const keys = Object.keys(value);
  spend(run, keys.length >> 4);
  return keys;
}

/**
 * A member by name. Parsed values inherit nothing; for values that were built by hand, names that
 * every object has are looked up with care.
 */
type Lookup = (value: JsonObject) => Json | undefined;

function lookup(name: string): Lookup {
  if (name in Object.prototype) {
    return (value) => (Object.hasOwn(value, name) ? value[name] : undefined);
  }
  return (value) => value[name];
}

function namesOf(list: Json | undefined, keyword: string): readonly string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.some((name) => typeof name !== 'string')) {
    throw malformed(keyword);
  }
  return list as readonly string[];
}

function requiredChecks(node: SchemaNode): Check[] {
  const required = namesOf(node.schema['required'], 'required');
  return required.length === 0 ? [] : [allPresent(required)];
}

function allPresent(names: readonly string[]): Check {
  const members = names.map((name) => ({ of: lookup(name), message: `lacks \`${name}\`` }));
  return (value, run) => {
    if (!isJsonObject(value)) return true;
    spend(run, members.length >> 3);
    for (const member of members) {
      if (member.of(value) === undefined) return fail(run, member.message);
    }
    return true;
  };
}

function namesCheck(check: Check): Check {
  return (value, run) => {
    if (!isJsonObject(value)) return true;
    for (const name of Object.keys(value)) {
      if (!checkAt(check, name, run, name)) return false;
    }
    return true;
  };
}

interface Named {
  readonly name: string;
  readonly check: Check;
  readonly of: Lookup;
}

export interface PatternNamed {
  readonly pattern: Pattern;
  readonly check: Check;
}

function schemaMap(node: SchemaNode, keyword: string): readonly (readonly [string, Json])[] {
  const map = node.schema[keyword];
  if (map === undefined) return [];
  if (!isJsonObject(map)) throw malformed(keyword);
  return Object.entries(map);
}

function propertiesCheck(node: SchemaNode): Check | undefined {
  const named = schemaMap(node, 'properties').map(([name, schema]) => ({
    name,
    check: node.compile(schema),
    of: lookup(name),
  }));
  const patterns = schemaMap(node, 'patternProperties').map(([source, schema]) => ({
    pattern: node.pattern(source),
    check: node.compile(schema),
  }));
  const additional = node.schema['additionalProperties'];
  const others = additional === undefined ? undefined : node.compile(additional);
  if (patterns.length === 0 && others === undefined) {
    return named.length === 0 ? undefined : namedCheck(named);
  }
  return everyMemberCheck(named, patterns, others);
}

/** The usual object: only what the schema names is looked at. */
function namedCheck(named: readonly Named[]): Check {
  return (value, run, seen) => {
    if (!isJsonObject(value)) return true;
    spend(run, named.length >> 3);
    let fits = true;
    for (let at = 0; at < named.length; at += 1) {
      const { name, check, of } = named[at] as Named;
      const member = of(value);
      if (member === undefined) continue;
      seen?.names.add(name);
      if (checkAt(check, member, run, name)) continue;
      fits = false;
      if (run.problems === undefined) return false;
    }
    return fits;
  };
}

function everyMemberCheck(
  named: readonly Named[],
  patterns: readonly PatternNamed[],
  others: Check | undefined,
): Check {
  const byName = new Map(named.map(({ name, check }) => [name, check]));
  const memberFits = (name: string, member: Json, run: Run, seen: Seen | undefined): boolean => {
    const own = byName.get(name);
    let fits = own === undefined || checkAt(own, member, run, name);
    let known = own !== undefined;
    for (const { pattern, check } of patterns) {
      if (!pattern(name, run)) continue;
      known = true;
      fits = checkAt(check, member, run, name) && fits;
    }
    if (!known && others === undefined) return true;
    seen?.names.add(name);
    return known || others === undefined ? fits : checkAt(others, member, run, name);
  };
  return (value, run, seen) => {
    if (!isJsonObject(value)) return true;
    let fits = true;
    for (const name of Object.keys(value)) {
      spend(run, 1);
      if (memberFits(name, value[name] as Json, run, seen)) continue;
      fits = false;
      if (run.problems === undefined) return false;
    }
    return fits;
  };
}

function dependencyChecks(node: SchemaNode): Check[] {
  // The older word counts in 2020-12 too: schemas that do not say their draft use it.
  const modern = node.draft === '2020-12' ? ['dependentRequired', 'dependentSchemas'] : [];
  return ['dependencies', ...modern].flatMap((keyword) =>
    schemaMap(node, keyword).map(([name, needs]) => {
      const listed = keyword === 'dependentRequired' || Array.isArray(needs);
      const check = listed ? allPresent(namesOf(needs, keyword)) : node.compile(needs);
      const of = lookup(name);
      const conditional: Check = (value, run, seen) =>
        !isJsonObject(value) || of(value) === undefined || check(value, run, seen);
      return conditional;
    }),
  );
}

export function unevaluatedPropertiesCheck(node: SchemaNode): Check | undefined {
  const schema = node.schema['unevaluatedProperties'];
  if (schema === undefined || node.draft === 'draft-07') return undefined;
  const check = node.compile(schema);
  return (value, run, seen) => {
    if (!isJsonObject(value) || seen === undefined) return true;
    for (const name of Object.keys(value)) {
      if (seen.names.has(name)) continue;
      if (!checkAt(check, value[name] as Json, run, name)) return false;
      seen.names.add(name);
    }
    return true;
  };
}
