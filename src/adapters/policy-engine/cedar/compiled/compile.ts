import { calls } from './calls.ts';
import { arithmetic, equal, equalTo, negative, type Order, order, orderTo } from './compare.ts';
import type { Node } from './env.ts';
import type { BinaryOperator, PlainExpression, UnaryOperator, Variable } from './form.ts';
import { chainOf } from './first-test.ts';
import { all, any, choice, not } from './logic.ts';
import { get, getTag, has, hasTag, isOfType, within } from './members.ts';
import { matcherOf } from './pattern.ts';
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
    binary: (expression) => binary(expression, compile),
    get: read,
    has: ({ left, names }) => has(compile(left), names),
    like: ({ left, pattern }) => like(compile(left), pattern),
    is: ofType,
    if: ({ test, yes, no }) => choice(compile(test), compile(yes), compile(no)),
    set: ({ items }) => setOf(items.map(compile)),
    record: ({ members }) => recordOf(members.map(([name, one]) => [name, compile(one)] as const)),
    call: ({ name, arguments: given }) => call(name, given.map(compile)),
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

  return { compile };
}

function binary({ by, left, right }: Of<'binary'>, compile: Compiler['compile']): Node {
  const constant = right.op === 'value' ? valueOfPlain(right.value) : undefined;
  if ((by === '==' || by === '!=') && constant !== undefined) {
    return equalTo(compile(left), constant, by === '==');
  }
  if (isOrder(by) && typeof constant === 'number') return orderTo(by, compile(left), constant);
  return binaries[by](compile(left), compile(right));
}

const nothing: Node = () => false;

function call(name: string, given: readonly Node[]): Node {
  const one = calls.get(name);
  // INVARIANT: a form made by another version decides nothing that this one does not know.
  if (one === undefined || given.length !== one.takes) {
    throw new RangeError(`\`${name}\` is no function of this evaluator`);
  }
  const [first = nothing, second = nothing] = given;
  return (env) => {
    const a = first(env);
    if (a instanceof Failure) return a;
    const b = second(env);
    return b instanceof Failure ? b : one.run(a, b);
  };
}

function isOrder(by: BinaryOperator): by is Order {
  return by === '<' || by === '<=' || by === '>' || by === '>=';
}

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
  const matches = matcherOf(pattern);
  return (env) => {
    const text = left(env);
    if (typeof text === 'string') return matches(text);
    return text instanceof Failure ? text : new Failure(`\`like\` takes no ${typeOf(text)}`);
  };
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
