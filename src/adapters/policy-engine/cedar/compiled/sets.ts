import type { Node } from './env.ts';
import { CedarSet, Failure, type Result, typeOf, type Value } from './values.ts';

export function contains(left: Node, right: Node): Node {
  return (env) => {
    const set = left(env);
    const item = right(env);
    if (!(set instanceof CedarSet)) return noSet(set);
    return item instanceof Failure ? item : set.has(item);
  };
}

export function containsAll(left: Node, right: Node): Node {
  return ofSets(left, right, (set, other) => set.hasAll(other));
}

export function containsAny(left: Node, right: Node): Node {
  return ofSets(left, right, (set, other) => set.hasAny(other));
}

function ofSets(left: Node, right: Node, holds: (set: CedarSet, other: CedarSet) => boolean): Node {
  return (env) => {
    const set = left(env);
    const other = right(env);
    if (!(set instanceof CedarSet)) return noSet(set);
    return other instanceof CedarSet ? holds(set, other) : noSet(other);
  };
}

export function isEmpty(argument: Node): Node {
  return (env) => {
    const set = argument(env);
    return set instanceof CedarSet ? set.isEmpty : noSet(set);
  };
}

function noSet(found: Result): Failure {
  return found instanceof Failure
    ? found
    : new Failure(`a ${typeOf(found)} stands where a set must`);
}

export function setOf(items: readonly Node[]): Node {
  return (env) => {
    const found: Value[] = [];
    for (const item of items) {
      const value = item(env);
      if (value instanceof Failure) return value;
      found.push(value);
    }
    return new CedarSet(found);
  };
}

export function recordOf(members: readonly (readonly [string, Node])[]): Node {
  return (env) => {
    const found = new Map<string, Value>();
    for (const [name, member] of members) {
      const value = member(env);
      if (value instanceof Failure) return value;
      found.set(name, value);
    }
    return found;
  };
}
