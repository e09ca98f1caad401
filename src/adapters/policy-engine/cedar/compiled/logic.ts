import type { Node } from './env.ts';
import { Failure, type Result, typeOf } from './values.ts';

/** What stands where a truth value must: a failure already, or of another type. */
export function noBoolean(found: Result): Failure {
  return found instanceof Failure
    ? found
    : new Failure(`a ${typeOf(found)} stands where a bool must`);
}

/** The parts in their order, up to the first that is not true. */
export function all(parts: readonly Node[]): Node {
  const [first, second] = parts;
  if (first !== undefined && parts.length === 1) return truth(first);
  if (first !== undefined && second !== undefined && parts.length === 2) return both(first, second);
  return (env) => {
    for (const part of parts) {
      const found = part(env);
      if (found !== true) return found === false ? false : noBoolean(found);
    }
    return true;
  };
}

/** Its answer is a truth value or a failure. */
function truth(only: Node): Node {
  return (env) => {
    const found = only(env);
    return typeof found === 'boolean' ? found : noBoolean(found);
  };
}

/** The most frequent form, without the loop. */
function both(first: Node, second: Node): Node {
  return (env) => {
    let found = first(env);
    if (found === true) {
      found = second(env);
      if (found === true) return true;
    }
    return found === false ? false : noBoolean(found);
  };
}

export function any(parts: readonly Node[]): Node {
  return (env) => {
    for (const part of parts) {
      const found = part(env);
      if (found !== false) return found === true ? true : noBoolean(found);
    }
    return false;
  };
}

export function not(argument: Node): Node {
  return (env) => {
    const found = argument(env);
    return typeof found === 'boolean' ? !found : noBoolean(found);
  };
}

export function choice(test: Node, yes: Node, no: Node): Node {
  return (env) => {
    const found = test(env);
    if (found === true) return yes(env);
    return found === false ? no(env) : noBoolean(found);
  };
}
