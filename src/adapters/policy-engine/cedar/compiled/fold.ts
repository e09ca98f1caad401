import { createCompiler } from './compile.ts';
import type { Env } from './env.ts';
import { entitiesOf } from './entities.ts';
import type { BinaryOperator, PlainExpression } from './form.ts';
import { plainOf } from './plain-value.ts';
import { EntityUid, Failure } from './values.ts';

type Of<Op extends PlainExpression['op']> = Extract<PlainExpression, { readonly op: Op }>;

/**
 * The same expression with what is already known of it. Its parts are folded before. An error that
 * is certain stays where it is: it counts only when the rule gets there.
 */
export function folded(expression: PlainExpression): PlainExpression {
  if (expression.op === 'all' || expression.op === 'any') return shortened(expression);
  if (expression.op === 'if') return chosen(expression);
  return isSettled(expression) ? settled(expression) : expression;
}

/** What neither request nor entities can change. */
function isSettled(expression: PlainExpression): boolean {
  const parts = settling(expression);
  return parts !== undefined && parts.every(isValue);
}

/** The parts that settle it once they are values; undefined for what is asked each time. */
function settling(expression: PlainExpression): readonly PlainExpression[] | undefined {
  if (expression.op === 'unary') return [expression.argument];
  if (expression.op === 'binary') return operands(expression);
  if (expression.op === 'is') return expression.in === undefined ? [expression.left] : undefined;
  if (expression.op === 'like') return [expression.left];
  if (expression.op === 'set') return expression.items;
  if (expression.op === 'record') return expression.members.map(([, one]) => one);
  if (expression.op === 'call') return expression.arguments;
  if (expression.op !== 'get' && expression.op !== 'has') return undefined;
  return isRecordValue(expression.left) ? [] : undefined;
}

function operands({ by, left, right }: Of<'binary'>): readonly PlainExpression[] | undefined {
  return asksEntities.has(by) ? undefined : [left, right];
}

const asksEntities: ReadonlySet<BinaryOperator> = new Set(['in', 'hasTag', 'getTag']);

function isValue(expression: PlainExpression): expression is Of<'value'> {
  return expression.op === 'value';
}

/** Of a record that holds no entity, so that nothing below it can be asked of entities. */
function isRecordValue(expression: PlainExpression): boolean {
  if (!isValue(expression) || typeof expression.value !== 'object') return false;
  const { value } = expression;
  return value.kind === 'record' && !JSON.stringify(value).includes('"entity"');
}

const nobody = new EntityUid('Nobody', '');

/** Never asked: what is settled reads nothing of it. */
const noRequest: Env = {
  request: {
    principal: nobody,
    action: nobody,
    resource: nobody,
    context: new Map(),
    entities: entitiesOf(new Map()),
  },
  turn: 1,
};

function settled(expression: PlainExpression): PlainExpression {
  const found = createCompiler().compile(expression)(noRequest);
  if (found instanceof Failure) return { op: 'failure', message: found.message };
  return { op: 'value', value: plainOf(found) };
}

/** Nothing after the first part that ends it is ever asked, and what goes on anyhow is left out. */
function shortened({ op, parts }: Of<'all' | 'any'>): PlainExpression {
  const ends = op === 'any';
  const left: PlainExpression[] = [];
  for (const part of parts) {
    const value = isValue(part) ? part.value : undefined;
    if (value === !ends) continue;
    left.push(part);
    if (value === ends || part.op === 'failure') break;
  }
  const [only] = left;
  if (only === undefined) return { op: 'value', value: !ends };
  return left.length === 1 && isValue(only) && only.value === ends ? only : { op, parts: left };
}

function chosen(expression: Of<'if'>): PlainExpression {
  const { test, yes, no } = expression;
  if (!isValue(test) || typeof test.value !== 'boolean') return expression;
  return test.value ? yes : no;
}
