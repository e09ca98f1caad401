import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';

/** Names that stand in the sentences. */
export interface About {
  readonly agent: string;
  readonly instance: string;
  /** `server/tool` where it is one. */
  readonly target: string;
  readonly user: string | undefined;
  readonly task: string;
  readonly approval: string | undefined;
}

/** For people who may do it; what agents are told to do stands with the codes themselves. */
const ways: Readonly<Record<string, (about: About) => string>> = {
  'admit/rate': () =>
    'it called faster than its document lets it: `ratePerMinute` and `burst` of its Agent',
  'admit/overloaded': () =>
    'the gateway was at its bound of open calls: another gateway takes some of them',
  'stop/active': ({ agent }) =>
    `a stop stood against it: \`bailiwick release list\` shows them, \`bailiwick release agent ${agent} --reason …\` ends that of the agent`,
  'stop/unconfirmed': () =>
    'control had not said for too long what is stopped: `bailiwick status` says whether it is there again',
  'standing/agent-suspended': ({ agent }) => `\`bailiwick agent resume ${agent} --reason …\``,
  'standing/review-overdue': ({ agent }) =>
    `somebody has to look at it: \`bailiwick agent review ${agent}\``,
  'standing/owner-gone': ({ agent }) => `name an owner who is there in Agent \`${agent}\``,
  'standing/instance-revoked': ({ agent }) =>
    `that instance stays revoked: enrol a new one, with \`bailiwick agent token ${agent}\``,
  'standing/rate': ({ agent }) =>
    `it called faster than Agent \`${agent}\` lets it: \`ratePerMinute\` and \`burst\``,
  'standing/quota': ({ agent }) =>
    `its calls of that day were spent: \`callsPerDay\` of Agent \`${agent}\``,
  'standing/task-amount': ({ task }) =>
    `what its task may spend was spent: \`bailiwick task show ${task}\`, and a new task has its own`,
  'standing/task-uncountable': ({ task }) =>
    `what its task may spend could not be counted: \`bailiwick task show ${task}\``,
  'standing/open-calls': ({ agent }) =>
    `\`${agent}\` had as many calls open as one may; it waits for them`,
  'standing/breaker': ({ agent }) =>
    `\`${agent}\` repeated what was refused; the refusals before this one say why: \`bailiwick audit query 'agent:${agent} outcome:refused'\``,
  'tools/not-visible': ({ agent, target }) =>
    `its manifest does not list \`${target}\`, or nobody has such a thing: \`bailiwick policy explain --agent ${agent} --target ${target}\` tells which`,
  'tools/ambiguous-name': () => 'two servers have a tool of that name: it has to say which',
  'tools/quarantined': ({ target }) =>
    `it has changed since it was approved: \`bailiwick tool diff ${target}\`, then \`bailiwick tool approve ${target}\``,
  'tools/not-approved': ({ target }) =>
    `nobody has approved it: \`bailiwick tool diff ${target}\`, then \`bailiwick tool approve ${target}\``,
  'tools/invalid-arguments': ({ target }) =>
    `what it sent does not fit the schema of \`${target}\`; the message says where`,
  'tools/unnamed-argument': ({ target }) => `it sent an argument that \`${target}\` does not name`,
  'tools/outside-envelope': ({ agent }) =>
    `an argument is outside the bounds of the manifest of \`${agent}\`, or of whoever narrowed it; the message says which`,
  'tools/server-busy': () => 'its server had as many calls open as it may',
  'tools/exception-ended': ({ target }) =>
    `the exception for \`${target}\` is over: renew it in its ToolServer, or leave it`,
  'tools/transport-shaped': ({ target }) =>
    `\`${target}\` does whatever its text says: it needs an exception in its ToolServer, for a while`,
  'tools/effect-undeclared': ({ target }) => `say in its ToolServer what \`${target}\` can do`,
  'models/not-visible': ({ agent }) => `the manifest of \`${agent}\` does not list this model`,
  'models/outside-envelope': ({ agent }) =>
    `what it asked of the model is outside the bounds of the manifest of \`${agent}\``,
  'offers/not-visible': ({ agent }) =>
    `the manifest of \`${agent}\` does not list it, or nobody has it`,
  'policy/denied': () => 'a rule forbids it; the nearest changes say which',
  'policy/no-permit': () =>
    'no rule permits it; the nearest changes say what one would have to cover',
  'policy/evaluation-error': () =>
    'a rule could not be evaluated: the errors of the decision name it',
  'policy/too-large': () => 'its arguments were more than rules are ever asked about',
  'policy/pdp-denied': ({ user }) =>
    `who decides outside over the rights of \`${user ?? 'its user'}\` said no: it is changed there`,
  'policy/pdp-unavailable': () =>
    'who decides outside gave no answer that counts: the record says why',
  'approvals/pending': ({ approval }) =>
    `somebody decides: \`bailiwick approval show ${approval ?? 'ID'}\``,
  'approvals/rejected': ({ approval }) =>
    `a person said no: \`bailiwick approval show ${approval ?? 'ID'}\` says who and why`,
  'approvals/expired': () => 'nobody decided in time: it can be asked again',
  'approvals/spent': () => 'that yes was used: another call needs another one',
  'approvals/mismatch': () =>
    'the yes was for another call, to the byte: it can be asked again for this one',
  'approvals/void': () => 'the yes was voided since: it can be asked again',
  'identity/not-consented': ({ user, task }) =>
    `${user === undefined ? `task \`${task}\` was begun without` : `\`${user}\` did not consent to`} this class of effect`,
  'identity/unbound-not-allowed': ({ agent }) =>
    `its token proves no key, and such ones read: enrol an instance of \`${agent}\`, or widen \`unboundEffects\` in its document`,
  'identity/user-gone': ({ user }) => `\`${user ?? 'its user'}\` is not there any more`,
  'identity/task-ended': ({ task }) =>
    `task \`${task}\` is over: begin another with \`bailiwick task begin\``,
  'identity/delegation-ended': () =>
    'its user does not let it act any more: they can consent again',
};

/** What opens the gate that said no. */
export function wayOut(code: string, about: About): string {
  const own = Object.hasOwn(ways, code) ? ways[code]?.(about) : undefined;
  if (own !== undefined) return own;
  // Whoever calls can mend it, and is told how.
  return isErrorCode(code)
    ? errorCodes[code].suggestedAction
    : 'this version does not know that code';
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

export const knownWays: readonly string[] = Object.keys(ways);
