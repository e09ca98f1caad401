import type { PlainExpression } from './form.ts';
import { valueOfPlain } from './plain-value.ts';
import type { Primitive } from './values.ts';

/** One name for all that reads the same; undefined where it does not begin with a variable. */
export function chainOf(expression: PlainExpression): string | undefined {
  const names: string[] = [];
  let at = expression;
  for (; at.op === 'get'; at = at.left) names.push(at.name);
  return at.op === 'variable' ? JSON.stringify([at.name, ...names.toReversed()]) : undefined;
}

/** What a condition asks before all else, where that is whether something read is one known value. */
export interface FirstTest {
  readonly chain: string;
  readonly read: PlainExpression;
  readonly value: Primitive;
}

export function firstTestOf(condition: PlainExpression): FirstTest | undefined {
  const [first] = condition.op === 'all' ? condition.parts : [];
  if (first?.op !== 'binary' || first.by !== '==') return undefined;
  return testOf(first.left, first.right) ?? testOf(first.right, first.left);
}

function testOf(read: PlainExpression, constant: PlainExpression): FirstTest | undefined {
  const chain = chainOf(read);
  if (chain === undefined || constant.op !== 'value') return undefined;
  const value = valueOfPlain(constant.value);
  return typeof value === 'object' ? undefined : { chain, read, value };
}
