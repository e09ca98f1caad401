import type { CompiledRules, RuleError } from './build.ts';
import type { Request } from './env.ts';

export interface Decision {
  readonly decision: 'allow' | 'deny';
  /** The rules that determined it, sorted. */
  readonly reason: readonly string[];
  readonly errors: readonly RuleError[];
}

/**
 * Cedar's own answer: a rule that is an error is skipped, and one `forbid` outweighs every `permit`.
 * The product does not decide so, as an error there denies; this is for comparing with Cedar.
 */
export function authorize(rules: CompiledRules, request: Request): Decision {
  const { satisfied, errors } = rules.evaluate(request);
  const ids = satisfied.toSorted();
  const forbidding = ids.filter((id) => rules.effects.get(id) === 'forbid');
  if (forbidding.length > 0) return { decision: 'deny', reason: forbidding, errors };
  return { decision: ids.length > 0 ? 'allow' : 'deny', reason: ids, errors };
}
