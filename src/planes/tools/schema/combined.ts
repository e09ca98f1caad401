import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Compiler } from './compiler.ts';
import { type Check, fail, mergeSeen, newSeen, type Run, type Seen } from './types.ts';

/** Keywords that combine whole schemas. */
export function combinedChecks(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  return [
    ...allOf(schema, at, compiler),
    ...anyOf(schema, at, compiler),
    ...oneOf(schema, at, compiler),
    ...not(schema, at, compiler),
    ...conditional(schema, at, compiler),
  ];
}

function branches(schema: JsonObject, keyword: string, at: string, compiler: Compiler): Check[] {
  const list = schema[keyword];
  if (!Array.isArray(list)) return [];
  return (list as readonly Json[]).map((one, index) =>
    compiler.compile(one, `${at}/${keyword}/${index}`),
  );
}

function allOf(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  return branches(schema, 'allOf', at, compiler);
}

/** Tries a branch: what it saw counts only when it holds, and its failures are nobody's problem. */
function attempt(
  check: Check,
  value: Json,
  path: string,
  run: Run,
  seen: Seen | undefined,
): boolean {
  const own = seen === undefined ? undefined : newSeen();
  run.silent += 1;
  const holds = check(value, path, run, own);
  run.silent -= 1;
  if (holds && own !== undefined) mergeSeen(seen, own);
  return holds;
}

function anyOf(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  const list = branches(schema, 'anyOf', at, compiler);
  if (list.length === 0) return [];
  return [
    (value, path, run, seen) => {
      let holds = false;
      for (const check of list) {
        if (attempt(check, value, path, run, seen)) holds = true;
        // Without somebody who asks what was seen, the first one is enough.
        if (holds && seen === undefined) break;
      }
      return holds || fail(run, path, 'fits none of the allowed forms');
    },
  ];
}

function oneOf(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  const list = branches(schema, 'oneOf', at, compiler);
  if (list.length === 0) return [];
  return [
    (value, path, run, seen) => {
      const held = list.filter((check) => attempt(check, value, path, run, seen)).length;
      return held === 1 || fail(run, path, `fits ${held} of the allowed forms, must fit one`);
    },
  ];
}

function not(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  if (schema['not'] === undefined) return [];
  const check = compiler.compile(schema['not'], `${at}/not`);
  return [
    (value, path, run) => {
      run.silent += 1;
      const holds = check(value, path, run, newSeen());
      run.silent -= 1;
      return !holds || fail(run, path, 'has a form that is not allowed');
    },
  ];
}

function conditional(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  if (schema['if'] === undefined) return [];
  const test = compiler.compile(schema['if'], `${at}/if`);
  const branch = (keyword: 'then' | 'else') =>
    schema[keyword] === undefined
      ? undefined
      : compiler.compile(schema[keyword], `${at}/${keyword}`);
  const then = branch('then');
  const otherwise = branch('else');
  return [
    (value, path, run, seen) => {
      const next = attempt(test, value, path, run, seen) ? then : otherwise;
      return next === undefined || next(value, path, run, seen);
    },
  ];
}
