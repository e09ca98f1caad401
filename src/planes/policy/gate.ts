import { declaredTargets, type DocumentKind } from '#contracts/document-kind.ts';
import type {
  Evaluation,
  LoadedPolicies,
  NamedTarget,
  PoliciesLoad,
  PolicyEngine,
  PolicyProblem,
  PolicySet,
} from '#contracts/policy-engine.ts';
import type { PartProblem } from '#contracts/plane-part.ts';
import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { targetText } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';
import { policiesOf, shadowPoliciesOf } from './builtin.ts';
import { combine, outOfReach, type Verdict } from './combine.ts';
import type { PolicyGate, PolicyView, RefusedSubject, Weighed } from './door.ts';
import { explanationOf } from './explanation.ts';
import { unlistedRisks } from './unlisted.ts';

export interface PolicyGateParts {
  readonly engine: PolicyEngine;
  /** What of their documents rules may name. */
  readonly kinds: readonly DocumentKind[];
}

interface Loaded {
  readonly source: string;
  readonly policies: LoadedPolicies;
  /** What an author should know of them. */
  readonly warnings: readonly PartProblem[];
}

interface InForce extends Loaded {
  readonly enforced: Loaded;
  readonly shadow: Loaded | undefined;
}

/** By tenant. */
type Sets = ReadonlyMap<string, InForce>;

const noDigest = 'none';

export function createPolicyGate(parts: PolicyGateParts): PolicyGate {
  const setsOf = new WeakMap<PolicyView, Sets>();
  return {
    name: 'policy',
    health: () => parts.engine.health?.() ?? { oracleAnswers: true, doubts: [] },
    async compile(snapshot, before) {
      const earlier = before === undefined ? undefined : setsOf.get(before);
      const sets = new Map<string, InForce>();
      const problems: PartProblem[] = [];
      for (const tenant of Object.values(snapshot.tenants)) {
        const loaded = await loadTenant(parts, tenant, earlier?.get(tenant.tenant));
        const unlisted = unlistedRisks(tenant, policiesOf(tenant)).map(toPartProblem);
        problems.push(...unlisted);
        if ('problems' in loaded) problems.push(...loaded.problems.map(toPartProblem));
        else sets.set(tenant.tenant, loaded);
      }
      if (problems.length > 0) return { kind: 'refused', problems };
      const view = viewOf(sets);
      setsOf.set(view, sets);
      const warnings = [...sets.values()].flatMap((set) => set.warnings);
      return { kind: 'compiled', view, warnings };
    },
    carried(view, tenant) {
      const { policies, shadow } = setsOf.get(view)?.get(tenant) ?? {};
      const beside = shadow?.policies.judged;
      return {
        ...(policies?.judged === undefined ? {} : { judgedPolicies: policies.judged }),
        ...(beside === undefined ? {} : { judgedShadow: beside }),
      };
    },
  };
}

function viewOf(sets: Sets): PolicyView {
  return {
    decide(input, questions) {
      const policies = sets.get(input.tenant)?.policies;
      // As it is now: what decides may be another one by the time that an answer has come.
      const digest = policies?.digest ?? noDigest;
      const evaluation = evaluateGuarded(policies, input);
      return evaluation instanceof Promise
        ? evaluation.then((answer) => decisionOf(answer, input, questions, digest))
        : decisionOf(evaluation, input, questions, digest);
    },
    refuse(subject, questions) {
      const digest = sets.get(subject.tenant)?.policies.digest ?? noDigest;
      return toDecision(outOfReach(questions), subject, questions, digest);
    },
    shadowDigest: (tenant) => sets.get(tenant)?.shadow?.policies.digest,
    shadow(input, questions) {
      const shadow = sets.get(input.tenant)?.shadow?.policies;
      if (shadow === undefined) return undefined;
      const { digest } = shadow;
      const evaluation = evaluateGuarded(shadow, input);
      return evaluation instanceof Promise
        ? evaluation.then((answer) => decisionOf(answer, input, questions, digest))
        : decisionOf(evaluation, input, questions, digest);
    },
    async weigh(input) {
      const policies = sets.get(input.tenant)?.policies;
      const digest = policies?.digest ?? noDigest;
      return weighed(await evaluateGuarded(policies, input), input, digest);
    },
    digest: (tenant) => sets.get(tenant)?.policies.digest ?? noDigest,
  };
}

function weighed(evaluation: Evaluation, input: DecisionInput, digest: string): Weighed {
  const { applied, errors } = evaluation;
  return {
    applied,
    errors,
    decide(questions, { without, permitted }) {
      const left = applied.filter(({ id }) => !without.has(id));
      const one = permitted ? [assumedPermit] : [];
      return decisionOf({ ...evaluation, applied: [...left, ...one] }, input, questions, digest);
    },
  };
}

/** Its name is no rule's: no document can write a space. */
const assumedPermit = {
  id: 'one more permit',
  effect: 'permit',
  approvalClass: undefined,
} as const;

async function loadTenant(
  parts: PolicyGateParts,
  tenant: TenantSnapshot,
  before: InForce | undefined,
): Promise<InForce | { readonly problems: readonly PolicyProblem[] }> {
  const { judgedPolicies: judged, judgedShadow } = tenant;
  const own = { policies: policiesOf(tenant), judged };
  const enforced = await loadSet(parts, tenant, own, before?.enforced);
  if ('problems' in enforced) return enforced;
  const policies = shadowPoliciesOf(tenant);
  if (policies === undefined) return { ...enforced, enforced, shadow: undefined };
  const asked = { policies, judged: judgedShadow, isShadow: true };
  const shadow = await loadSet(parts, tenant, asked, before?.shadow);
  if (!('problems' in shadow)) return { ...enforced, enforced, shadow };
  // INVARIANT: what is wrong with a shadow keeps nothing from coming into force.
  const warnings = [...enforced.warnings, ...shadow.problems.map(asShadow)];
  return { ...enforced, enforced, warnings, shadow: undefined };
}

function asShadow(problem: PolicyProblem): PartProblem {
  const told = toPartProblem(problem);
  return { ...told, message: `in shadow, and not compared: ${told.message}` };
}

async function loadSet(
  { engine, kinds }: PolicyGateParts,
  tenant: TenantSnapshot,
  own: Pick<PolicySet, 'policies' | 'judged' | 'isShadow'>,
  before: Loaded | undefined,
): Promise<Loaded | { readonly problems: readonly PolicyProblem[] }> {
  const targets = [...toolsOf(tenant), ...declaredTargets(kinds, tenant)];
  const source = sourceOf(own.policies, targets);
  // Most Snapshots change neither policies nor pins, and loading is not free.
  if (before?.source === source) return before;
  const answer = await loadGuarded(engine, { tenant: tenant.tenant, targets, ...own });
  if (answer.kind === 'invalid') return answer;
  const warnings = (answer.warnings ?? []).map(toPartProblem);
  return { source, policies: answer.policies, warnings };
}

function toPartProblem({ policy, line, column, message }: PolicyProblem): PartProblem {
  return { document: { kind: 'Policy', name: policy }, line, column, message };
}

function toolsOf(tenant: TenantSnapshot): readonly NamedTarget[] {
  return Object.entries(tenant.pins).flatMap(([server, pins]) =>
    Object.values(pins).map(({ tool, digest, definition }) => {
      const schema = definition['inputSchema'];
      const input = isJsonObject(schema) ? schema : emptyObject();
      return { target: toolTarget({ server, tool }), digest, input };
    }),
  );
}

function sourceOf(policies: TenantSnapshot['policies'], targets: readonly NamedTarget[]): string {
  const named = targets.map(({ target, digest }) => `${targetText(target)} ${digest}`);
  const texts = policies.map(({ name, cedar }) => ({ name, cedar }));
  return sha256Hex(canonicalText({ named: named.sort(), texts }));
}

async function loadGuarded(engine: PolicyEngine, set: PolicySet): Promise<PoliciesLoad> {
  try {
    return await engine.load(set);
  } catch {
    const message = 'the policy engine failed while it read the policies';
    return {
      kind: 'invalid',
      problems: [{ policy: '', message, line: undefined, column: undefined }],
    };
  }
}

const failed: Evaluation = { applied: [], errors: ['the policy engine failed'] };

/** INVARIANT: whatever goes wrong becomes an error of the evaluation, and an error denies. */
function evaluateGuarded(
  policies: LoadedPolicies | undefined,
  input: DecisionInput,
): Evaluation | Promise<Evaluation> {
  if (policies === undefined) {
    return { applied: [], errors: ['no policies are in force for this tenant'] };
  }
  try {
    const answer = policies.evaluate(input);
    return answer instanceof Promise
      ? answer.then(readEvaluation, () => failed)
      : readEvaluation(answer);
  } catch {
    return failed;
  }
}

function readEvaluation(answer: unknown): Evaluation {
  if (isEvaluation(answer)) return answer;
  return { applied: [], errors: ['the policy engine answered what nobody can read'] };
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
