import type { Json, JsonObject } from './value.ts';

type MutableObject = { [key: string]: Json };

/**
 * Objects of parsed values. The prototype is frozen, so that nobody can pollute it, and empty, so
 * that nothing is inherited; a constructor keeps V8's fast shapes, which a bare
 * `Object.create(null)` loses.
 */
const Bare = function Bare() {} as unknown as new () => MutableObject;
Bare.prototype = Object.freeze(Object.create(null));

export function newObject(): MutableObject {
  return new Bare();
}

export function emptyObject(): JsonObject {
  return new Bare();
}

export function isBare(prototype: unknown): boolean {
  return prototype === Bare.prototype;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
