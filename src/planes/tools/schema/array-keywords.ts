import type { Json } from '#kernel/json/index.ts';
import type { SchemaNode } from './compile.ts';
import { areUnique } from './equal.ts';
import { type Check, checkAt, fail, quietly, type Run, type Seen } from './run.ts';
import { count } from './scalar-keywords.ts';
import { malformed } from './unsupported.ts';

/** All that looks at arrays but `unevaluatedItems`, which comes last. */
export function arrayChecks(node: SchemaNode): Check[] {
  const checks: Check[] = [...sizeChecks(node)];
  const items = itemsCheck(node);
  if (items !== undefined) checks.push(items);
  const contains = containsCheck(node);
  if (contains !== undefined) checks.push(contains);
  if (node.schema['uniqueItems'] === true) {
    checks.push(
      (value, run) =>
        !Array.isArray(value) || areUnique(value, run) || fail(run, 'has the same item twice'),
    );
  }
  return checks;
}

function sizeChecks(node: SchemaNode): Check[] {
  const checks: Check[] = [];
  const most = count(node.schema, 'maxItems');
  const least = count(node.schema, 'minItems');
  if (most !== undefined) {
    const message = `has more than ${most} items`;
    checks.push(
      (value, run) => !Array.isArray(value) || value.length <= most || fail(run, message),
    );
  }
  if (least !== undefined) {
    const message = `has fewer than ${least} items`;
    checks.push(
      (value, run) => !Array.isArray(value) || value.length >= least || fail(run, message),
    );
  }
  return checks;
}

interface ItemSchemas {
  readonly first: readonly Check[];
  readonly rest: Check | undefined;
}

/** The two drafts spell the same thing differently. */
function itemSchemas(node: SchemaNode): ItemSchemas {
  const { schema } = node;
  const items = schema['items'];
  if (node.draft === 'draft-07') {
    if (!Array.isArray(items)) return { first: [], rest: optional(node, items) };
    const first = (items as Json[]).map((item) => node.compile(item));
    return { first, rest: optional(node, schema['additionalItems']) };
  }
  if (Array.isArray(items)) throw malformed('items');
  const prefix = schema['prefixItems'] ?? [];
  if (!Array.isArray(prefix)) throw malformed('prefixItems');
  const first = (prefix as Json[]).map((item) => node.compile(item));
  return { first, rest: optional(node, items) };
}

function optional(node: SchemaNode, schema: Json | undefined): Check | undefined {
  return schema === undefined ? undefined : node.compile(schema);
}

function itemsCheck(node: SchemaNode): Check | undefined {
  const { first, rest } = itemSchemas(node);
  if (first.length === 0 && rest === undefined) return undefined;
  return (value, run, seen) => {
    if (!Array.isArray(value)) return true;
    const items = value as readonly Json[];
    const checked = rest === undefined ? Math.min(first.length, items.length) : items.length;
    let fits = true;
    for (let at = 0; at < checked; at += 1) {
      const check = first[at] ?? rest;
      if (check === undefined || checkAt(check, items[at] as Json, run, at)) continue;
      fits = false;
      if (run.problems === undefined) return false;
    }
    if (seen !== undefined) seen.firstItems = Math.max(seen.firstItems, checked);
    return fits;
  };
}

function containsCheck(node: SchemaNode): Check | undefined {
  const schema = node.schema['contains'];
  if (schema === undefined) return undefined;
  const check = node.compile(schema);
  const modern = node.draft === '2020-12';
  const least = (modern ? count(node.schema, 'minContains') : undefined) ?? 1;
  const most = (modern ? count(node.schema, 'maxContains') : undefined) ?? Infinity;
  return (value, run, seen) => {
    if (!Array.isArray(value)) return true;
    const found = countFitting(check, value as readonly Json[], run, modern ? seen : undefined);
    if (found < least) return fail(run, `has fewer than ${least} items of the required kind`);
    return found <= most || fail(run, `has more than ${most} items of the limited kind`);
  };
}

function countFitting(
  check: Check,
  items: readonly Json[],
  run: Run,
  seen: Seen | undefined,
): number {
  let found = 0;
  for (let at = 0; at < items.length; at += 1) {
    if (!quietly(check, items[at] as Json, run, undefined)) continue;
    found += 1;
    seen?.items.add(at);
  }
  return found;
}

export function unevaluatedItemsCheck(node: SchemaNode): Check | undefined {
  const schema = node.schema['unevaluatedItems'];
  if (schema === undefined || node.draft === 'draft-07') return undefined;
  const check = node.compile(schema);
  return (value, run, seen) => {
    if (!Array.isArray(value) || seen === undefined) return true;
    const items = value as readonly Json[];
    for (let at = seen.firstItems; at < items.length; at += 1) {
      if (seen.items.has(at)) continue;
      if (!checkAt(check, items[at] as Json, run, at)) return false;
    }
    seen.firstItems = items.length;
    return true;
  };
}
