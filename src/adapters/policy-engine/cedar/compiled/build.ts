import { type Compiler, createCompiler } from './compile.ts';
import type { Env, Node, Request } from './env.ts';
import type { PlainRule, PlainScope } from './form.ts';
import { createIndex, type Indexed, type RuleIndex } from './rule-index.ts';
import { isWithin } from './members.ts';
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

interface Rule extends Indexed {
  /** What of its head the index did not settle; undefined when that is all of it. */
  readonly head: ((request: Request) => boolean) | undefined;
  readonly condition: Node;
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
  index.add({ action, principal, resource }, (settled) => ({
    id,
    turn: 0,
    head: headOf(principal, resource, settled),
    condition: compiler.compile(condition),
  }));
}

function headOf(
  principal: PlainScope,
  resource: PlainScope,
  settled: 'principal' | 'resource' | undefined,
): Rule['head'] {
  const first = settled === 'principal' ? undefined : scopeTest(principal, (one) => one.principal);
  const second = settled === 'resource' ? undefined : scopeTest(resource, (one) => one.resource);
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

function evaluator(index: RuleIndex<Rule>): CompiledRules['evaluate'] {
  let turn = 0;
  return (request) => {
    turn += 1;
    const env: Env = { request, turn };
    const satisfied: string[] = [];
    const errors: RuleError[] = [];
    for (const rules of index.candidates(request)) {
      for (const rule of rules) {
        // A rule about several groups of actions can be found in more than one place.
        if (rule.turn === turn) continue;
        rule.turn = turn;
        if (rule.head !== undefined && !rule.head(request)) continue;
        const found = rule.condition(env);
        if (found === true) satisfied.push(rule.id);
        else if (found !== false) errors.push({ id: rule.id, message: noBoolean(found).message });
      }
    }
    return { satisfied, errors };
  };
}
