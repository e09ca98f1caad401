import { calls } from './calls.ts';
import {
  type BinaryOperator,
  binaryOperators,
  type PlainExpression,
  type UnaryOperator,
  unaryOperators,
  variables,
} from './form.ts';
import { valueOf } from './from-json.ts';
import { folded } from './fold.ts';
import { plainOf } from './plain-value.ts';

/** A rule that this evaluator leaves to the reference engine, and why. */
export class FallsBack extends Error {
  override readonly name = 'FallsBack';
}

/** Levels of an expression; each takes some of the stack wherever it is walked. */
const deepestExpression = 300;

type Members = Readonly<Record<string, unknown>>;

/** Cedar's JSON form of an expression as plain data. Throws `FallsBack`, or `NoCedarValue` for a value. */
export function plainExpression(json: unknown, depth = 0): PlainExpression {
  if (depth > deepestExpression) throw new FallsBack('an expression is nested too deep');
  const members = membersOf(json);
  const [op] = Object.keys(members);
  if (op === undefined || Object.keys(members).length !== 1) {
    throw new FallsBack('an expression has another form than is known');
  }
  const below = (inner: unknown) => plainExpression(inner, depth + 1);
  return folded(read({ op, inside: members[op] }, below));
}

type Below = (json: unknown) => PlainExpression;

interface Expression {
  readonly op: string;
  readonly inside: unknown;
}

function read({ op, inside }: Expression, below: Below): PlainExpression {
  if (isBinary(op)) {
    const { left, right } = membersOf(inside);
    return { op: 'binary', by: op, left: below(left), right: below(right) };
  }
  if (isUnary(op)) return { op: 'unary', by: op, argument: below(membersOf(inside)['arg']) };
  const known = readers.get(op);
  return known === undefined ? call(op, inside, below) : known(inside, below);
}

const readers: ReadonlyMap<string, (inside: unknown, below: Below) => PlainExpression> = new Map([
  ['Value', (inside) => ({ op: 'value', value: plainOf(valueOf(inside)) })],
  ['Var', variable],
  ['&&', (inside, below) => ({ op: 'all', parts: chain('&&', inside).map(below) })],
  ['||', (inside, below) => ({ op: 'any', parts: chain('||', inside).map(below) })],
  ['.', (inside, below) => attribute(membersOf(inside), below)],
  ['has', (inside, below) => attributes(membersOf(inside), below)],
  ['like', (inside, below) => like(membersOf(inside), below)],
  ['is', (inside, below) => ofType(membersOf(inside), below)],
  ['if-then-else', (inside, below) => choice(membersOf(inside), below)],
  ['Set', (inside, below) => ({ op: 'set', items: listOf(inside).map(below) })],
  ['Record', (inside, below) => record(membersOf(inside), below)],
] satisfies [string, (inside: unknown, below: Below) => PlainExpression][]);

function isBinary(op: string): op is BinaryOperator {
  return (binaryOperators as readonly string[]).includes(op);
}

function isUnary(op: string): op is UnaryOperator {
  return (unaryOperators as readonly string[]).includes(op);
}

function variable(inside: unknown): PlainExpression {
  const name = variables.find((one) => one === inside);
  if (name === undefined) throw new FallsBack('a variable is not known');
  return { op: 'variable', name };
}

/** A chain of one operator nests to its left, as deep as it is long: here it is a list. */
function chain(op: '&&' | '||', inside: unknown): readonly unknown[] {
  const parts: unknown[] = [];
  let at = membersOf(inside);
  for (;;) {
    parts.push(at['right']);
    const left = at['left'];
    if (typeof left !== 'object' || left === null || !Object.hasOwn(left, op)) {
      parts.push(left);
      return parts.toReversed();
    }
    at = membersOf((left as Members)[op]);
  }
}

function attribute({ left, attr }: Members, below: Below): PlainExpression {
  return { op: 'get', left: below(left), name: textOf(attr) };
}

function attributes({ left, attr }: Members, below: Below): PlainExpression {
  const names = Array.isArray(attr) ? attr.map(textOf) : [textOf(attr)];
  if (names.length === 0) throw new FallsBack('`has` names nothing');
  return { op: 'has', left: below(left), names };
}

/** Consecutive wildcards are one, and letters that stand together are one text. */
function like({ left, pattern }: Members, below: Below): PlainExpression {
  const parts = [''];
  for (const element of listOf(pattern)) {
    const last = parts.length - 1;
    if (element !== 'Wildcard') parts[last] += textOf(membersOf(element)['Literal']);
    else if (last === 0 || parts[last] !== '') parts.push('');
  }
  return { op: 'like', left: below(left), pattern: parts };
}

function ofType({ left, entity_type: type, in: above }: Members, below: Below): PlainExpression {
  const test = { op: 'is', left: below(left), type: textOf(type) } as const;
  return above === undefined ? test : { ...test, in: below(above) };
}

function choice({ if: test, then: yes, else: no }: Members, below: Below): PlainExpression {
  return { op: 'if', test: below(test), yes: below(yes), no: below(no) };
}

function record(inside: Members, below: Below): PlainExpression {
  const members = Object.entries(inside).map(([name, one]) => [textOf(name), below(one)] as const);
  return { op: 'record', members };
}

function call(name: string, inside: unknown, below: Below): PlainExpression {
  const known = calls.get(name);
  if (known === undefined) throw new FallsBack(`\`${name}\` is not known`);
  const given = listOf(inside);
  const found = given.map(below);
  // Cedar reads such a rule, and it is an error whenever it gets there.
  if (found.length !== known.takes) {
    return { op: 'failure', message: `\`${name}\` takes ${known.takes}` };
  }
  return { op: 'call', name, arguments: found };
}

export function membersOf(json: unknown): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new FallsBack('a rule has another form than is known');
  }
  return json as Members;
}

export function listOf(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new FallsBack('a rule has another form than is known');
  return json as readonly unknown[];
}

export function textOf(json: unknown): string {
  if (typeof json !== 'string') throw new FallsBack('a rule has another form than is known');
  return json;
}
