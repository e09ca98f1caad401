import type { Mark } from './mark.ts';

/** Of a record what a list says; the page of one shows all of it. */
export interface LogRecord {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly actors: readonly { readonly kind: string; readonly name: string }[];
  readonly target?: { readonly target?: string };
  readonly named?: string;
  readonly refusal?: { readonly code?: string; readonly message?: string };
  readonly effect?: string;
  readonly decision?: { readonly effect?: string };
  readonly details?: Readonly<Record<string, unknown>>;
}

const words: Readonly<Record<string, string>> = {
  'policy.intent': 'was allowed to call',
  'policy.outcome': 'got the answer of',
  'policy.listed': 'was shown its tools',
  'gateway.refused-unknown': 'was refused, known to nobody',
  'gateway.refused-repeated': 'was refused again and again',
  'gateway.refused': 'was refused',
  'gateway.held': 'waits for a person to call',
  'approval.requested': 'asked for approval of',
  'approval.agreed': 'said yes, which is not enough alone, to',
  'approval.approved': 'approved',
  'approval.rejected': 'rejected',
  'approval.withdrawn': 'withdrew',
  'approval.expired': 'got no answer for',
  'stop.set': 'stopped',
  'stop.released': 'released',
  'api.read': 'read',
  'api.refused': 'was refused at',
  'log.read': 'read the log at',
  'tool.approved': 'approved the tool',
  'tool.rejected': 'rejected the tool',
  'config.applied': 'changed the configuration',
  'token.issued': 'issued a token',
  'tool.observed': 'looked at',
  'tool.quarantined': 'quarantined',
  'credential.stored': 'stored a credential',
  'identity.enrolled': 'enrolled',
  'identity.join-token-issued': 'issued a join token',
  'identity.person-added': 'added a person',
  'identity.signed-in': 'signed in',
  'lifecycle.agent-suspended': 'suspended',
  'lifecycle.agent-resumed': 'resumed',
  'lifecycle.instance-revoked': 'revoked',
  'label.raised': 'carries new labels since',
  'task.begun': 'began a task of',
  'task.words': 'brought words of the user to',
  'task.ended': 'ended a task of',
  'policy.outcome-part': 'got a part of the answer of',
  'config.change-requested': 'asked for a change of documents',
  'config.change-approved': 'approved a change of documents',
  'config.change-ended': 'let a change of documents go',
  'config.refused': 'could not change the configuration',
  'tool.phase-changed': 'changed how far rules are enforced for',
  'tool.effect-changed': 'changed what can be done by',
  'consent.given': 'agreed that an agent acts for them',
  'consent.withdrawn': 'withdrew a consent',
  'delegation.begun': 'lets an agent act for them',
  'delegation.ended': 'lets an agent act for them no more',
  'identity.session-ended': 'ended a sign-in',
  'identity.passkey-added': 'added a passkey',
  'identity.passkey-removed': 'removed a passkey',
  'identity.person-changed': 'changed the roles of a person',
  'identity.person-removed': 'removed a person',
  'identity.elevated': 'took a role for a time',
  'gateway.started': 'started',
  'gateway.stopped': 'stopped by itself',
  'gateway.greeted': 'was greeted',
  'gateway.noticed': 'told something',
  'gateway.late-answer': 'got an answer too late of',
  'approval.reconciled': 'could not be sure of an approval of',
  'effect.reconciled': 'said whether it happened:',
  'log.revealed': 'looked into sealed words',
  'log.annotated': 'wrote a note about a record',
  'log.opened': 'opened a log',
  'log.recovered': 'found its log again',
};

export function sentenceOf(record: LogRecord): {
  who: string;
  did: string;
  what: string;
  why: string;
} {
  const { actors, type, target, named, details, refusal } = record;
  const who = actors.map(({ name }) => name).join(' for ') || 'somebody unknown';
  const did =
    refusal !== undefined && type === 'policy.outcome'
      ? 'could not call'
      : (words[type] ?? type.replace(/^[^.]*\./, '').replaceAll('-', ' '));
  const about =
    target?.target ??
    known(named) ??
    textAt(details, 'server') ??
    textAt(details, 'agent') ??
    textAt(details, 'stopped') ??
    textAt(details, 'released') ??
    textAt(details, 'path');
  const why = refusal?.message ?? textAt(details, 'reason');
  return {
    who,
    did,
    what: (about ?? '').replace(/^tool:/, ''),
    why: why ?? '',
  };
}

const known = (named: string | undefined) => (named === 'unknown' ? undefined : named);

function textAt(details: LogRecord['details'], key: string): string | undefined {
  const found = details?.[key];
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function outcomeOf({ type, refusal, effect, decision }: LogRecord): {
  mark: Mark;
  word: string;
} {
  if (refusal !== undefined || type === 'policy.denied' || decision?.effect === 'deny') {
    return { mark: 'bad', word: 'refused' };
  }
  if (type === 'gateway.held' || type === 'approval.requested')
    return { mark: 'care', word: 'held' };
  if (type === 'approval.rejected') return { mark: 'bad', word: 'rejected' };
  if (type === 'approval.expired') return { mark: 'bad', word: 'no answer' };
  if (effect === 'unknown') return { mark: 'care', word: 'unknown' };
  if (effect === 'done') return { mark: 'good', word: 'done' };
  if (type.startsWith('stop.'))
    return { mark: 'care', word: type === 'stop.set' ? 'stop' : 'release' };
  return { mark: 'quiet', word: 'on record' };
}
