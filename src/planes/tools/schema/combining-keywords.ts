import type { Json } from '#kernel/json/index.ts';
import type { SchemaNode } from './compile.ts';
import { type Check, deepestReference, fail, outOfBudget, quietly, type Run, Seen } from './run.ts';
import { malformed } from './unsupported.ts';

/** Keywords that apply other schemas to the same value. */
export function combiningChecks(node: SchemaNode): Check[] {
  const all = list(node, 'allOf');
  const any = list(node, 'anyOf');
  const one = list(node, 'oneOf');
  const not = node.schema['not'];
  return [
    ...referenceChecks(node),
    ...(all ?? []),
    ...(any === undefined ? [] : [anyCheck(any)]),
    ...(one === undefined ? [] : [oneCheck(one)]),
    ...(not === undefined ? [] : [notCheck(node.compile(not))]),
    ...conditionChecks(node),
  ];
}

function list(node: SchemaNode, keyword: string): readonly Check[] | undefined {
  const schemas = node.schema[keyword];
  if (schemas === undefined) return undefined;
  if (!Array.isArray(schemas) || schemas.length === 0) throw malformed(keyword);
  return (schemas as readonly Json[]).map((schema) => node.compile(schema));
}

/** Runs a branch; what it has seen counts only when it fits. */
function branchFits(check: Check, value: Json, run: Run, seen: Seen | undefined): boolean {
  if (seen === undefined) return quietly(check, value, run, undefined);
  const own = new Seen();
  const fits = quietly(check, value, run, own);
  if (fits) seen.merge(own);
  return fits;
}

function anyCheck(branches: readonly Check[]): Check {
  return (value, run, seen) => {
    let fits = false;
    for (const branch of branches) {
      if (!branchFits(branch, value, run, seen)) continue;
      fits = true;
      // Every branch that fits tells what it has seen, where somebody asks.
      if (seen === undefined) break;
    }
    return fits || fail(run, 'fits none of the alternatives');
  };
}

function oneCheck(branches: readonly Check[]): Check {
  return (value, run, seen) => {
    let fitting = 0;
    for (const branch of branches) {
      if (branchFits(branch, value, run, seen)) fitting += 1;
      if (fitting > 1) return fail(run, 'fits more than one of the alternatives');
    }
    return fitting === 1 || fail(run, 'fits none of the alternatives');
  };
}

function notCheck(check: Check): Check {
  return (value, run) =>
    !quietly(check, value, run, undefined) || fail(run, 'fits what is forbidden');
}

function conditionChecks(node: SchemaNode): Check[] {
  const { if: condition, then: yes, else: no } = node.schema as Record<string, Json | undefined>;
  if (condition === undefined) return [];
  const check = node.compile(condition);
  const positive = yes === undefined ? undefined : node.compile(yes);
  const negative = no === undefined ? undefined : node.compile(no);
  return [
    (value, run, seen) => {
      const next = branchFits(check, value, run, seen) ? positive : negative;
      return next === undefined || next(value, run, seen);
    },
  ];
}

export function referenceChecks(node: SchemaNode): Check[] {
  const checks: Check[] = [];
  const reference = node.schema['$ref'];
  if (reference !== undefined) {
    if (typeof reference !== 'string') throw malformed('$ref');
    checks.push(bounded(node.reference(reference)));
  }
  const dynamic = node.schema['$dynamicRef'];
  if (dynamic !== undefined && node.draft === '2020-12') {
    if (typeof dynamic !== 'string') throw malformed('$dynamicRef');
    checks.push(bounded(node.dynamicReference(dynamic)));
  }
  return checks;
}

/** INVARIANT: a schema that leads back to itself on the same value ends, with no answer. */
function bounded(check: Check): Check {
  return (value, run, seen) => {
    if (run.depth >= deepestReference) throw outOfBudget();
    run.depth += 1;
    const fits = check(value, run, seen);
    run.depth -= 1;
    return fits;
  };
}
