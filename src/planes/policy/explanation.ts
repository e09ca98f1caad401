import type { Decision, DecisionInput } from '#kernel/decision.ts';
import { type Target, targetLabel } from '#kernel/target.ts';
import { visibleText } from '#kernel/text/index.ts';
import { gateRules } from './builtin.ts';
import { flowSentence } from './flow-sentence.ts';
import type { Verdict } from './combine.ts';

type Subject = Pick<DecisionInput, 'agent' | 'target' | 'effectClass' | 'reversible' | 'labels'> &
  Partial<Pick<DecisionInput, 'user' | 'person' | 'flow'>>;

/** One plain sentence for the person who decides or reads. Never shown to the agent. */
export function explanationOf(verdict: Verdict, input: Subject): string {
  const flow = input.flow === undefined ? '' : flowSentence(input.flow);
  return `${explained(verdict, input)}${flow === '' ? '' : `; ${flow}`}`;
}

function explained(verdict: Verdict, input: Subject): string {
  const call = `\`${input.agent}\`${forWhom(input)} wants to call \`${nameOf(input.target)}\` (${kindOfEffect(input)})`;
  const rules = quoted(verdict.rules);
  switch (verdict.ground) {
    case 'errors':
      return `${call}, and policy could not be evaluated, so the answer is no`;
    case 'forbidden':
      return `${call}, and ${rules} forbids it`;
    case 'no-permit':
      return `${call}, and no rule permits it`;
    case 'questions':
      return `${call}, and that is outside what this agent may do: ${rules}`;
    case 'asked':
      return `${call}, and ${rules} asks a human (class \`${verdict.approvalClass ?? ''}\`)${afterUntrusted(input)}`;
    case 'untrusted':
      return `${call}; policy permits it, but the conversation has read untrusted content, which may have written this call`;
    case 'assisted':
      return `${call}; policy permits it, but this agent only assists, so a person says yes to whatever is no read`;
    case 'permitted':
      return `${call}, and ${rules} permits it${despiteUntrusted(verdict)}`;
  }
  return call;
}

/** Nearly every name: nothing in it that could be taken for something else. */
const isPlain = /^[A-Za-z0-9_./:-]{1,200}$/;

/** Callers write names: none may end the quotes that it stands in, or hide a part of itself. */
function nameOf(target: Target): string {
  const label = targetLabel(target);
  if (isPlain.test(label)) return label;
  return visibleText(label, { maxLength: 2_200 }).replaceAll('`', '\\u{60}');
}

/** By the name that people here know, beside the provider's own: two users may look alike in one of them. */
function forWhom(input: Pick<Subject, 'user' | 'person'>): string {
  const told = userText(input);
  return told === undefined ? '' : `, for ${told},`;
}

function userText({ user, person }: Pick<Subject, 'user' | 'person'>): string | undefined {
  if (user === undefined) return undefined;
  const name = person?.name;
  const quotedSubject = `\`${plainly(user)}\``;
  return name === undefined || name === user
    ? quotedSubject
    : `\`${plainly(name)}\` (${quotedSubject})`;
}

function plainly(text: string): string {
  return visibleText(text, { maxLength: 256 }).replaceAll('`', '\\u{60}');
}

function kindOfEffect({ effectClass, reversible }: Subject): string {
  if (effectClass === 'read') return 'read';
  return `${effectClass}, ${reversible ? 'can be undone' : 'cannot be undone'}`;
}

function despiteUntrusted({ rules }: Verdict): string {
  return rules.includes(gateRules.untrustedAllowed)
    ? ', although the conversation has read untrusted content'
    : '';
}

function afterUntrusted({ labels }: Subject): string {
  return labels.includes('integrity:untrusted')
    ? '; the conversation has read untrusted content'
    : '';
}

function quoted(rules: readonly string[]): string {
  const names = rules.map((rule) => `\`${rule}\``).join(', ');
  return rules.length === 1 ? `rule ${names}` : `each of the rules ${names}`;
}

/** The answer of `bailiwick policy explain`, line by line. */
export function explainDecision(decision: Decision, input: DecisionInput): readonly string[] {
  const { questions } = decision;
  return [
    `decision     ${decision.effect}`,
    ...(decision.approvalClass === undefined ? [] : [`class        ${decision.approvalClass}`]),
    `why          ${decision.explanation}`,
    `rules        ${decision.rules.length === 0 ? 'none applied' : decision.rules.join(', ')}`,
    ...decision.errors.map((error) => `error        ${error}`),
    `${input.target.kind.padEnd(12)} ${nameOf(input.target)} in the manifest: ${yesNo(questions.mayCallTool)}`,
    `envelope     arguments inside its bounds: ${yesNo(questions.insideEnvelope)}`,
    `sensitivity  crosses a boundary: ${yesNo(questions.crossesSensitivity)}`,
    `agent        ${input.agent} (instance ${input.instance}, binding ${input.binding})`,
    `user         ${userText(input)?.replaceAll('`', '') ?? 'none'}`,
    `environment  ${input.environment}`,
    `labels       ${input.labels.length === 0 ? 'none' : [...input.labels].sort().join(', ')}`,
    `policy       ${decision.policyDigest}`,
  ];
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
