import type { Evaluation, PolicyDoubt } from '#contracts/policy-engine.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import { targetText } from '#kernel/target.ts';
import type { Answer, CompiledRules } from './compiled/index.ts';
import type { JudgedSet } from './judged.ts';
import { evaluationOf, failedEvaluation, type Meanings, meaningsOf } from './meanings.ts';
import type { Oracle, OracleAnswer, OracleSet } from './oracle.ts';
import { questionOf } from './question.ts';
import { requestOf } from './request.ts';
import type { Samples } from './samples.ts';
import type { Watch } from './watch.ts';

export interface LiveParts {
  readonly set: JudgedSet;
  readonly rules: CompiledRules;
  /** The same for the reference implementation. */
  readonly asked: OracleSet;
  readonly oracle: Oracle;
  readonly samples: Samples;
  readonly watch: Watch;
}

/**
 * Decides by the compiled rules. What falls back is asked of the reference implementation, and so is
 * all of a tenant whose answers were once not the same. INVARIANT: where both are asked only what
 * both say holds; anything else is an error, and a deny.
 */
export class LivePolicies {
  readonly #parts: LiveParts;
  readonly #meanings: Meanings;
  readonly #fallback: Fallback;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#meanings = meaningsOf(parts.set.rules);
    this.#fallback = fallbackOf(parts.set);
  }

  evaluate(input: DecisionInput): Evaluation | Promise<Evaluation> {
    const { rules, set, watch, asked, samples } = this.#parts;
    try {
      const request = requestOf(input, set.vocabulary);
      const ours = rules.evaluate(request);
      const action = request.action.id;
      if (watch.doubts(asked.tenant) || this.#fallback.concerns(action))
        return this.#both(input, ours);
      const evaluation = evaluationOf(ours, this.#meanings);
      if (samples.isDue(action, kindOf(ours))) this.#sample(input, ours);
      return evaluation;
    } catch (fault) {
      return failedEvaluation(fault);
    }
  }

  #both(input: DecisionInput, ours: Answer): Evaluation | Promise<Evaluation> {
    const answer = this.#ask(input);
    return answer instanceof Promise
      ? answer.then((theirs) => this.#agreed(input, ours, theirs), failedEvaluation)
      : this.#agreed(input, ours, answer);
  }

  #agreed(input: DecisionInput, ours: Answer, theirs: OracleAnswer): Evaluation {
    try {
      const differing = this.#compare(input, ours, theirs);
      return differing === 0
        ? evaluationOf(theirs, this.#meanings)
        : { applied: [], errors: ['two evaluators of the policies do not say the same'] };
    } catch (fault) {
      return failedEvaluation(fault);
    }
  }

  /** Off the path: the call that is sampled goes on meanwhile. */
  #sample(input: DecisionInput, ours: Answer): void {
    const { samples } = this.#parts;
    const take = (theirs: OracleAnswer): void => {
      samples.spent(theirs.ms);
      this.#compare(input, ours, theirs);
    };
    try {
      const answer = this.#ask(input);
      // No answer is no disagreement; whoever watches is told of it.
      if (answer instanceof Promise) answer.then(take).catch(() => undefined);
      else take(answer);
    } catch {
      // As above.
    }
  }

  #ask(input: DecisionInput): OracleAnswer | Promise<OracleAnswer> {
    const { set, asked, oracle, watch } = this.#parts;
    return watch.asking(() => oracle.ask(asked, questionOf(input, set.vocabulary)));
  }

  /** How many rules the two do not agree on, of those that both can judge. */
  #compare(input: DecisionInput, ours: Answer, theirs: Answer): number {
    const differing = differences(ours, theirs).filter((id) => !this.#fallback.rules.has(id));
    if (differing.length > 0) this.#parts.watch.doubt(this.#doubt(input, differing));
    return differing.length;
  }

  #doubt({ target, tenant }: DecisionInput, rules: readonly string[]): PolicyDoubt {
    return { tenant, target: targetText(target), rules, policyDigest: this.#parts.set.digest };
  }
}

/** Rules that are satisfied, or are errors, for one and not for the other. */
function differences(ours: Answer, theirs: Answer): readonly string[] {
  const satisfied = differing(ours.satisfied, theirs.satisfied);
  const errors = differing(
    ours.errors.map(({ id }) => id),
    theirs.errors.map(({ id }) => id),
  );
  return [...new Set([...satisfied, ...errors])].sort();
}

function differing(some: readonly string[], others: readonly string[]): readonly string[] {
  const [left, right] = [new Set(some), new Set(others)];
  return [...some.filter((id) => !right.has(id)), ...others.filter((id) => !left.has(id))];
}

function kindOf({ satisfied, errors }: Answer): string {
  const [only = ''] = satisfied;
  if (errors.length === 0 && satisfied.length < 2) return only;
  return `${satisfied.join(' ')} ${errors.length}`;
}

interface Fallback {
  readonly rules: ReadonlySet<string>;
  concerns(action: string): boolean;
}

function fallbackOf({ rules }: JudgedSet): Fallback {
  const ids = new Set<string>();
  const actions = new Set<string>();
  let any = false;
  for (const { id, form } of rules) {
    if (form.kind === 'compiled') continue;
    ids.add(id);
    if (form.scope === undefined) any = true;
    else for (const action of form.scope) actions.add(action);
  }
  return { rules: ids, concerns: (action) => any || actions.has(action) };
}
