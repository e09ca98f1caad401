import { type Compiler, createCompiler } from './compile.ts';
import type { Env, Node, Request } from './env.ts';
import type { PlainExpression, PlainRule, PlainScope } from './form.ts';
import { firstTestOf } from './first-test.ts';
import { isWithin } from './members.ts';
import { createIndex, type RuleIndex } from './rule-index.ts';
import { EntityUid } from './values.ts';
import { noBoolean } from './logic.ts';

export interface RuleError {
  readonly id: string;
  readonly message: string;
}

/** Which rules apply, and which cannot be told; in no order. */
export interface Answer {
  readonly satisfied: readonly string[];
  readonly errors: readonly RuleError[];
}

export interface CompiledRules {
  readonly effects: ReadonlyMap<string, PlainRule['effect']>;
  /** Every rule that applies, whatever the others say. */
  evaluate(request: Request): Answer;
}

interface Rule {
  readonly id: string;
  /** What of its head the index did not settle; undefined when that is all of it. */
  readonly head: ((request: Request) => boolean) | undefined;
  readonly condition: Node;
  /** It can be found in more than one place, as it is about several groups of actions. */
  readonly isScattered: boolean;
  /** The last request in which such a rule was looked at. */
  turn: number;
}

/**
 * Makes the rules one at a time: the caller can stop after any of them and go on later.
 * `return` of the last step has them all.
 */
export function* buildRules(plain: readonly PlainRule[]): Generator<undefined, CompiledRules> {
  const compiler = createCompiler();
  const index = createIndex<Rule>();
  const effects = new Map<string, PlainRule['effect']>();
  for (const rule of plain) {
    if (effects.has(rule.id)) throw new RangeError('two rules have one id');
    effects.set(rule.id, rule.effect);
    addRule(index, compiler, rule);
    yield undefined;
  }
  return { effects, evaluate: evaluator(index) };
}

/** All at once, for whoever has no loop to keep free. */
export function buildAtOnce(plain: readonly PlainRule[]): CompiledRules {
  const steps = buildRules(plain);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function addRule(index: RuleIndex<Rule>, compiler: Compiler, plain: PlainRule): void {
  const { id, principal, action, resource, condition } = plain;
  // It never applies and is never an error.
  if (condition.op === 'value' && condition.value === false) return;
  const test = firstTestOf(condition);
  const known = test === undefined ? undefined : { ...test, read: compiler.compile(test.read) };
  index.add({ action, principal, resource }, known, {
    id,
    head: headOf(principal, resource),
    condition: compiler.compile(onlyPartOf(condition) ?? condition),
    isScattered: action.op === 'in' && action.entities.length > 1,
    turn: 0,
  });
}

/** Of one part only, whose answer is looked at anyhow. */
function onlyPartOf(condition: PlainExpression): PlainExpression | undefined {
  return condition.op === 'all' && condition.parts.length === 1 ? condition.parts[0] : undefined;
}

/** The action is settled by where the rule is found, and so is one principal or else one resource. */
function headOf(principal: PlainScope, resource: PlainScope): Rule['head'] {
  const isFound = { principal: principal.op === '==', resource: resource.op === '==' };
  const first = isFound.principal ? undefined : scopeTest(principal, (one) => one.principal);
  const second =
    isFound.resource && !isFound.principal ? undefined : scopeTest(resource, (one) => one.resource);
  if (first === undefined || second === undefined) return first ?? second;
  return (request) => first(request) && second(request);
}

function scopeTest(scope: PlainScope, of: (request: Request) => EntityUid): Rule['head'] {
  switch (scope.op) {
    case 'all':
      return undefined;
    case '==': {
      const wanted = new EntityUid(scope.entity.type, scope.entity.id);
      return (request) => of(request).is(wanted);
    }
    case 'in': {
      const above = scope.entities.map(({ type, id }) => new EntityUid(type, id));
      return (request) => above.some((one) => isWithin(of(request), one, request));
    }
    case 'is': {
      const { type, in: group } = scope;
      const above = group === undefined ? undefined : new EntityUid(group.type, group.id);
      return (request) =>
        of(request).type === type && (above === undefined || isWithin(of(request), above, request));
    }
  }
}

function wasSeen(rule: Rule, turn: number): boolean {
  const was = rule.turn === turn;
  rule.turn = turn;
  return was;
}

function evaluator(index: RuleIndex<Rule>): CompiledRules['evaluate'] {
  let turn = 0;
  return (request) => {
    turn += 1;
    const env: Env = { request, turn };
    const satisfied: string[] = [];
    const errors: RuleError[] = [];
    for (const rules of index.candidates(env)) {
      for (const rule of rules) {
        if (rule.isScattered && wasSeen(rule, turn)) continue;
        if (rule.head !== undefined && !rule.head(request)) continue;
        const found = rule.condition(env);
        if (found === true) satisfied.push(rule.id);
        else if (found !== false) errors.push({ id: rule.id, message: noBoolean(found).message });
      }
    }
    return { satisfied, errors };
  };
}
