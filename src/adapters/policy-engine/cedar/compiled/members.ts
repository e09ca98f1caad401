import type { Env, Node, Request } from './env.ts';
import {
  type CedarRecord,
  CedarSet,
  EntityUid,
  Failure,
  isRecord,
  type Result,
  typeOf,
  type Value,
} from './values.ts';

/** INVARIANT: messages name what a rule says, never a value of the request. */
interface Failures {
  readonly absent: Failure;
  readonly unknown: Failure;
}

export function get(left: Node, name: string): Node {
  const failures: Failures = {
    absent: new Failure(`there is no attribute \`${name}\``),
    unknown: new Failure(`\`${name}\` is read of an entity that does not exist`),
  };
  return (env) => {
    const from = left(env);
    if (isRecord(from)) return from.get(name) ?? failures.absent;
    return attribute(from, name, env, failures);
  };
}

function attribute(from: Result, name: string, env: Env, failures: Failures): Result {
  if (from instanceof EntityUid) {
    const entity = env.request.entities.find(from);
    return entity === undefined
      ? failures.unknown
      : (entity.attributes.get(name) ?? failures.absent);
  }
  return from instanceof Failure ? from : new Failure(`a ${typeOf(from)} has no attributes`);
}

/** All names one below the other, up to the first that is not there. */
export function has(left: Node, names: readonly string[]): Node {
  return (env) => {
    let at = left(env);
    for (const name of names) {
      const members = membersOf(at, env);
      if (members instanceof Failure) return members;
      const found = members?.get(name);
      if (found === undefined) return false;
      at = found;
    }
    return true;
  };
}

function membersOf(of: Result, env: Env): CedarRecord | Failure | undefined {
  if (isRecord(of)) return of;
  if (of instanceof EntityUid) return env.request.entities.find(of)?.attributes;
  return of instanceof Failure ? of : new Failure(`a ${typeOf(of)} has no attributes`);
}

export function hasTag(left: Node, right: Node): Node {
  return (env) => {
    const asked = tagOf(left(env), right(env));
    if (asked instanceof Failure) return asked;
    return env.request.entities.find(asked.uid)?.tags.has(asked.tag) ?? false;
  };
}

export function getTag(left: Node, right: Node): Node {
  const absent = new Failure('there is no such tag');
  const unknown = new Failure('a tag is read of an entity that does not exist');
  return (env) => {
    const asked = tagOf(left(env), right(env));
    if (asked instanceof Failure) return asked;
    const entity = env.request.entities.find(asked.uid);
    return entity === undefined ? unknown : (entity.tags.get(asked.tag) ?? absent);
  };
}

function tagOf(uid: Result, tag: Result): { uid: EntityUid; tag: string } | Failure {
  if (uid instanceof EntityUid && typeof tag === 'string') return { uid, tag };
  if (uid instanceof Failure) return uid;
  if (!(uid instanceof EntityUid)) return noEntity(uid);
  return tag instanceof Failure ? tag : new Failure('a tag is named by a string');
}

function noEntity(value: Value): Failure {
  return new Failure(`a ${typeOf(value)} stands where an entity must`);
}

/** It is the other, or below it. */
export function isWithin(uid: EntityUid, other: EntityUid, request: Request): boolean {
  if (uid.is(other)) return true;
  return request.entities.find(uid)?.ancestors.has(other.key) ?? false;
}

export function within(left: Node, right: Node): Node {
  return (env) => {
    const uid = left(env);
    const above = right(env);
    if (uid instanceof Failure) return uid;
    if (!(uid instanceof EntityUid)) return noEntity(uid);
    if (above instanceof EntityUid) return isWithin(uid, above, env.request);
    if (above instanceof CedarSet) return withinAny(uid, above, env.request);
    return above instanceof Failure ? above : noEntity(above);
  };
}

/** INVARIANT: one item that is no entity is an error, even beside one that fits. */
function withinAny(uid: EntityUid, above: CedarSet, request: Request): Result {
  let found = false;
  for (const one of above.all) {
    if (!(one instanceof EntityUid)) return noEntity(one);
    found ||= isWithin(uid, one, request);
  }
  return found;
}

export function isOfType(left: Node, type: string): Node {
  return (env) => {
    const found = left(env);
    if (found instanceof EntityUid) return found.type === type;
    return found instanceof Failure ? found : noEntity(found);
  };
}
