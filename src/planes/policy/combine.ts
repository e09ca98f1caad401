import type { AppliedRule, Evaluation } from '#contracts/policy-engine.ts';
import type { DecisionInput, Effect, ThreeQuestions } from '#kernel/decision.ts';
import { assistedClass, flowClass, gateRules, untrustedClass } from './builtin.ts';

export type Ground =
  | 'errors'
  | 'forbidden'
  | 'no-permit'
  | 'questions'
  | 'asked'
  | 'untrusted'
  | 'assisted'
  | 'permitted';

/** What the rules and the gate's own rules add up to. */
export interface Verdict {
  readonly effect: Effect;
  readonly ground: Ground;
  readonly rules: readonly string[];
  readonly approvalClass: string | undefined;
}

/**
 * INVARIANT: from top to bottom each step can only narrow what the ones below it would say. No
 * error, no forbid and no failed question is ever lifted by a permit or by a human.
 */
export function combine(
  { applied, errors }: Evaluation,
  input: Raising,
  questions: ThreeQuestions,
): Verdict {
  if (errors.length > 0) return denied('errors', idsOf(applied));
  const permits = applied.filter(({ effect }) => effect === 'permit');
  const forbids = applied.filter(({ effect }) => effect === 'forbid');
  const plainForbids = forbids.filter(isPlain);
  if (plainForbids.length > 0) return denied('forbidden', idsOf(plainForbids));
  if (permits.length === 0) return denied('no-permit', []);
  const failed = failedQuestions(questions);
  if (failed.length > 0) return denied('questions', failed);
  const plainPermits = permits.filter(isPlain);
  const asking = [...forbids, ...(plainPermits.length === 0 ? permits : [])];
  // The value itself is asked about, which says more than that something untrusted was read.
  const isAskedByFlow = asking.some(({ approvalClass }) => approvalClass === flowClass);
  const raise = isAskedByFlow ? noRaise : raiseOf(permits, input);
  if (asking.length > 0) {
    const classes = [...classesOf(asking), ...raise.classes];
    return asked('asked', named(asking, raise), join(classes));
  }
  const rules = named(plainPermits, raise);
  if (raise.classes.length > 0) return asked('untrusted', rules, untrustedClass);
  if (input.autonomy === 'assisted' && input.effectClass !== 'read') {
    return asked('assisted', [...rules, gateRules.assistedAsks].sort(), assistedClass);
  }
  return { effect: 'allow', ground: 'permitted', rules, approvalClass: undefined };
}

/** What untrusted content adds to an answer: a class that is asked for, and the rules that say so. */
interface Raise {
  readonly classes: readonly string[];
  readonly rules: readonly string[];
}

type Raising = Pick<DecisionInput, 'labels' | 'effectClass' | 'flow' | 'autonomy'>;

const noRaise: Raise = { classes: [], rules: [] };

/**
 * Content from outside may have written this call, so a person looks before it acts, and looks again
 * when the yes was given before it was read. INVARIANT: only a permit that names this very tool takes
 * that away, plainly or where every value of the call is the user's; neither does when another permit asks for
 * it, and the record says which did.
 */
function raiseOf(permits: readonly AppliedRule[], input: Raising): Raise {
  const { labels, effectClass, flow } = input;
  const speaks = flow !== undefined && flow.verdict !== 'auto';
  if (!labels.includes('integrity:untrusted') || (effectClass === 'read' && !speaks)) {
    return noRaise;
  }
  // What lets a call run only with a yes says nothing of calls that run without one.
  const allowing = permits.filter((rule) => isPlain(rule) && rule.untrusted === 'allow');
  const kept = permits.some(({ untrusted }) => untrusted === 'ask');
  const trusting = permits.filter((rule) => isPlain(rule) && rule.untrusted === 'proved');
  const isProved = flow?.intent === true && flow.verdict === 'auto' && trusting.length > 0;
  if (!kept && isProved) return { classes: [], rules: [...idsOf(trusting), gateRules.flowProved] };
  return kept || allowing.length === 0
    ? { classes: [untrustedClass], rules: [gateRules.untrustedRaises] }
    : { classes: [], rules: [...idsOf(allowing), gateRules.untrustedAllowed] };
}

function named(rules: readonly AppliedRule[], raise: Raise): readonly string[] {
  return [...new Set([...idsOf(rules), ...raise.rules])].sort();
}

/** INVARIANT: a deny, whatever the questions say; it is asked only where one of them failed. */
export function outOfReach(questions: ThreeQuestions): Verdict {
  return denied('questions', failedQuestions(questions));
}

function denied(ground: Ground, rules: readonly string[]): Verdict {
  return { effect: 'deny', ground, rules, approvalClass: undefined };
}

function asked(ground: Ground, rules: readonly string[], approvalClass: string): Verdict {
  return { effect: 'approve', ground, rules, approvalClass };
}

function isPlain(rule: AppliedRule): boolean {
  return rule.approvalClass === undefined;
}

function idsOf(rules: readonly AppliedRule[]): readonly string[] {
  return rules.map(({ id }) => id).sort();
}

/** Several classes are asked together: one person must be entitled to all of them. */
function classesOf(rules: readonly AppliedRule[]): readonly string[] {
  return rules.flatMap(({ approvalClass }) => approvalClass ?? []);
}

function join(classes: readonly string[]): string {
  return [...new Set(classes)].sort().join('+');
}

function failedQuestions(questions: ThreeQuestions): readonly string[] {
  const failed: string[] = [];
  if (!questions.mayCallTool) failed.push(gateRules.mayNotCallTool);
  if (!questions.insideEnvelope) failed.push(gateRules.outsideEnvelope);
  if (questions.crossesSensitivity) failed.push(gateRules.crossesSensitivity);
  return failed.sort();
}
