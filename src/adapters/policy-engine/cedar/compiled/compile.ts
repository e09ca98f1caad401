import { calls } from './calls.ts';
import { arithmetic, equal, equalTo, negative, order } from './compare.ts';
import type { Node } from './env.ts';
import type { BinaryOperator, PlainExpression, UnaryOperator, Variable } from './form.ts';
import { all, any, choice, not } from './logic.ts';
import { get, getTag, has, hasTag, isOfType, within } from './members.ts';
import { matches } from './pattern.ts';
import { valueOfPlain } from './plain-value.ts';
import { contains, containsAll, containsAny, isEmpty, recordOf, setOf } from './sets.ts';
import { Failure, type Result, typeOf, type Value } from './values.ts';

type Of<Op extends PlainExpression['op']> = Extract<PlainExpression, { readonly op: Op }>;

export interface Compiler {
  compile(expression: PlainExpression): Node;
}

/**
 * Closures of expressions. What several rules read of the request, they read once: chains of names
 * from a variable are remembered for the request at hand.
 */
export function createCompiler(): Compiler {
  const chains = new Map<string, Node>();

  /** One for each form, so that none can be forgotten. */
  const forms: { readonly [Op in PlainExpression['op']]: (expression: Of<Op>) => Node } = {
    value: ({ value }) => constantly(valueOfPlain(value)),
    failure: ({ message }) => constantly(new Failure(message)),
    variable: ({ name }) => variable[name],
    all: ({ parts }) => all(parts.map(compile)),
    any: ({ parts }) => any(parts.map(compile)),
    unary: ({ by, argument }) => unary[by](compile(argument)),
    binary,
    get: read,
    has: ({ left, names }) => has(compile(left), names),
    like: ({ left, pattern }) => like(compile(left), pattern),
    is: ofType,
    if: ({ test, yes, no }) => choice(compile(test), compile(yes), compile(no)),
    set: ({ items }) => setOf(items.map(compile)),
    record: ({ members }) => recordOf(members.map(([name, one]) => [name, compile(one)] as const)),
    call,
  };

  function compile(expression: PlainExpression): Node {
    const form = forms[expression.op] as (expression: PlainExpression) => Node;
    return form(expression);
  }

  function read(expression: Of<'get'>): Node {
    const chain = chainOf(expression);
    const known = chain === undefined ? undefined : chains.get(chain);
    if (known !== undefined) return known;
    const node = get(compile(expression.left), expression.name);
    if (chain === undefined) return node;
    const once = remembered(node);
    chains.set(chain, once);
    return once;
  }

  function ofType({ left, type, in: above }: Of<'is'>): Node {
    const entity = compile(left);
    const test = isOfType(entity, type);
    return above === undefined ? test : all([test, within(entity, compile(above))]);
  }

  function binary({ by, left, right }: Of<'binary'>): Node {
    if ((by === '==' || by === '!=') && right.op === 'value') {
      return equalTo(compile(left), valueOfPlain(right.value), by === '==');
    }
    return binaries[by](compile(left), compile(right));
  }

  function call(expression: Of<'call'>): Node {
    const one = calls.get(expression.name);
    // INVARIANT: a form made by another version decides nothing that this one does not know.
    if (one === undefined || expression.arguments.length !== one.takes) {
      throw new RangeError(`\`${expression.name}\` is no function of this evaluator`);
    }
    const [first = nothing, second = nothing] = expression.arguments.map(compile);
    return (env) => {
      const a = first(env);
      if (a instanceof Failure) return a;
      const b = second(env);
      return b instanceof Failure ? b : one.run(a, b);
    };
  }

  return { compile };
}

const nothing: Node = () => false;

function constantly(found: Value | Failure): Node {
  return () => found;
}

const variable: Readonly<Record<Variable, Node>> = {
  principal: (env) => env.request.principal,
  action: (env) => env.request.action,
  resource: (env) => env.request.resource,
  context: (env) => env.request.context,
};

const unary: Readonly<Record<UnaryOperator, (argument: Node) => Node>> = {
  '!': not,
  neg: negative,
  isEmpty,
};

const binaries: Readonly<Record<BinaryOperator, (left: Node, right: Node) => Node>> = {
  '==': (left, right) => equal(left, right, true),
  '!=': (left, right) => equal(left, right, false),
  '<': (left, right) => order('<', left, right),
  '<=': (left, right) => order('<=', left, right),
  '>': (left, right) => order('>', left, right),
  '>=': (left, right) => order('>=', left, right),
  '+': (left, right) => arithmetic('+', left, right),
  '-': (left, right) => arithmetic('-', left, right),
  '*': (left, right) => arithmetic('*', left, right),
  in: within,
  contains,
  containsAll,
  containsAny,
  hasTag,
  getTag,
};

function like(left: Node, pattern: readonly string[]): Node {
  return (env) => {
    const text = left(env);
    if (typeof text === 'string') return matches(text, pattern);
    return text instanceof Failure ? text : new Failure(`\`like\` takes no ${typeOf(text)}`);
  };
}

/** One name for all that reads the same; undefined where it does not begin with a variable. */
function chainOf(expression: PlainExpression): string | undefined {
  const names: string[] = [];
  let at = expression;
  for (; at.op === 'get'; at = at.left) names.push(at.name);
  return at.op === 'variable' ? JSON.stringify([at.name, ...names.toReversed()]) : undefined;
}

/** INVARIANT: only what depends on nothing but the request, which stays the same for one turn. */
function remembered(read: Node): Node {
  let turn = 0;
  let found: Result = false;
  return (env) => {
    if (env.turn !== turn) {
      found = read(env);
      turn = env.turn;
    }
    return found;
  };
}
