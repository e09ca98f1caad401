import type {
  Evaluation,
  LoadedPolicies,
  NamedTool,
  PolicyEngine,
  PolicyProblem,
} from '#contracts/policy-engine.ts';
import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { withBuiltins } from './builtin.ts';
import { combine, outOfReach, type Verdict } from './combine.ts';
import type { PolicyGate, RefusedSubject } from './door.ts';
import { explanationOf } from './explanation.ts';

export interface PolicyGateParts {
  readonly engine: PolicyEngine;
}

interface InForce {
  readonly source: string;
  readonly policies: LoadedPolicies;
}

const noDigest = 'none';

export function createPolicyGate({ engine }: PolicyGateParts): PolicyGate {
  const inForce = new Map<string, InForce>();

  function adoptTenant(tenant: TenantSnapshot): readonly PolicyProblem[] {
    const policies = withBuiltins(tenant.policies);
    const tools = toolsOf(tenant);
    const source = sourceOf(policies, tools);
    // Most Snapshots change neither policies nor pins, and loading is not free.
    if (inForce.get(tenant.tenant)?.source === source) return [];
    const answer = loadGuarded(engine, { tenant: tenant.tenant, policies, tools });
    if (answer.kind === 'invalid') return answer.problems;
    inForce.set(tenant.tenant, { source, policies: answer.policies });
    return [];
  }

  return {
    adopt(snapshot: Snapshot) {
      for (const tenant of inForce.keys()) {
        if (!Object.hasOwn(snapshot.tenants, tenant)) inForce.delete(tenant);
      }
      return Object.values(snapshot.tenants).flatMap(adoptTenant);
    },
    decide(input, questions) {
      const policies = inForce.get(input.tenant)?.policies;
      const evaluation = evaluateGuarded(policies, input);
      return decisionOf(evaluation, input, questions, policies?.digest ?? noDigest);
    },
    refuse(subject, questions) {
      const digest = inForce.get(subject.tenant)?.policies.digest ?? noDigest;
      const verdict = outOfReach(questions);
      return toDecision(verdict, subject, questions, digest);
    },
    digest(tenant) {
      return inForce.get(tenant)?.policies.digest ?? noDigest;
    },
  };
}

function toolsOf(tenant: TenantSnapshot): readonly NamedTool[] {
  return Object.entries(tenant.pins).flatMap(([server, pins]) =>
    Object.values(pins).map((pinned) => ({ server, pinned })),
  );
}

function sourceOf(policies: TenantSnapshot['policies'], tools: readonly NamedTool[]): string {
  const pins = tools.map(({ server, pinned }) => `${server}/${pinned.tool} ${pinned.digest}`);
  const texts = policies.map(({ name, cedar }) => ({ name, cedar }));
  return sha256Hex(canonicalText({ pins: pins.sort(), texts }));
}

function loadGuarded(
  engine: PolicyEngine,
  set: Parameters<PolicyEngine['load']>[0],
): ReturnType<PolicyEngine['load']> {
  try {
    return engine.load(set);
  } catch {
    const message = 'the policy engine failed while it read the policies';
    return {
      kind: 'invalid',
      problems: [{ policy: '', message, line: undefined, column: undefined }],
    };
  }
}

/** INVARIANT: whatever goes wrong becomes an error of the evaluation, and an error denies. */
function evaluateGuarded(policies: LoadedPolicies | undefined, input: DecisionInput): Evaluation {
  if (policies === undefined) {
    return { applied: [], errors: ['no policies are in force for this tenant'] };
  }
  try {
    const evaluation: unknown = policies.evaluate(input);
    if (isEvaluation(evaluation)) return evaluation;
    return { applied: [], errors: ['the policy engine answered what nobody can read'] };
  } catch {
    return { applied: [], errors: ['the policy engine failed'] };
  }
}

/** INVARIANT: a rule that is neither one nor the other would be passed over, and it may be a forbid. */
function isEvaluation(answer: unknown): answer is Evaluation {
  if (typeof answer !== 'object' || answer === null) return false;
  if (!('applied' in answer) || !('errors' in answer)) return false;
  const { applied, errors } = answer;
  return Array.isArray(errors) && Array.isArray(applied) && applied.every(isAppliedRule);
}

function isAppliedRule(rule: unknown): boolean {
  if (typeof rule !== 'object' || rule === null || !('id' in rule) || !('effect' in rule)) {
    return false;
  }
  const approvalClass = 'approvalClass' in rule ? rule.approvalClass : undefined;
  return (
    typeof rule.id === 'string' &&
    (rule.effect === 'permit' || rule.effect === 'forbid') &&
    (approvalClass === undefined || typeof approvalClass === 'string')
  );
}

function decisionOf(
  evaluation: Evaluation,
  input: DecisionInput,
  questions: ThreeQuestions,
  policyDigest: string,
): Decision {
  const verdict = combine(evaluation, input, questions);
  return {
    ...toDecision(verdict, input, questions, policyDigest),
    errors: evaluation.errors,
    ...(evaluation.tooLarge === true ? { tooLarge: true } : {}),
  };
}

function toDecision(
  verdict: Verdict,
  subject: RefusedSubject,
  questions: ThreeQuestions,
  policyDigest: string,
): Decision {
  return {
    effect: verdict.effect,
    rules: verdict.rules,
    policyDigest,
    questions,
    approvalClass: verdict.approvalClass,
    explanation: explanationOf(verdict, subject),
    errors: [],
  };
}
