import type { Approval } from '#kernel/grant.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { type Target, targetLabel, targetText } from '#kernel/target.ts';
import { visibleText } from '#kernel/text/index.ts';
import { isoTime } from '#kernel/time.ts';
import type { ApprovalTold, Explained, LabelTold, Story } from './door.ts';

/** Callers write names: none may end the quotes that it stands in, or hide a part of itself. */
function named(text: string): string {
  return `\`${visibleText(text, { maxLength: 300 }).replaceAll('`', '\\u{60}')}\``;
}

export function summaryOf(
  record: RecordEnvelope,
  { refusal }: RecordEnvelope,
  verdict: Explained['verdict'],
): string {
  const caller = record.actors.at(-1)?.name ?? 'somebody';
  const asked = `${named(caller)} asked for ${named(askedFor(record))}`;
  switch (verdict) {
    case 'refused':
      return `${asked}, and the gate \`${refusal?.stage ?? 'unknown'}\` refused it (${refusal?.code ?? 'unknown'})`;
    case 'held':
      return `${asked}, and a person is asked first (class \`${record.approval?.class ?? ''}\`)`;
    case 'let-through':
      return `${asked}, and it went on although a gate said no: its tool is not enforced yet`;
    case 'allowed':
      return record.approval?.override === true
        ? `${asked}, and it went on under an override that ${named(record.approval.by ?? 'somebody')} gave: nobody was asked`
        : `${asked}, and it was allowed`;
  }
}

function askedFor({ named: written, target, method }: RecordEnvelope): string {
  return written ?? target?.target ?? method ?? 'something';
}

export function whoLines(record: RecordEnvelope): readonly string[] {
  const { actors, task, tasks, session, facts } = record;
  const caller = actors.at(-1);
  const user = actors.find(({ kind }) => kind === 'human');
  const hops = actors.filter((actor) => actor !== user && actor !== caller);
  const called =
    user?.person === undefined ? '' : ` (their provider calls them ${named(user.name)})`;
  const proof = caller?.binding === undefined ? '' : `, ${proofs[caller.binding] ?? ''}`;
  return [
    `agent ${named(caller?.name ?? 'unknown')}, instance ${caller?.instance ?? 'unknown'}${proof}`,
    user === undefined
      ? 'for nobody but itself'
      : `for the user ${named(user.person ?? user.name)}${called}`,
    ...userFacts(facts),
    ...hops.map(({ name }) => `handed over by ${named(name)}, whose rights bound it too`),
    ...(task === undefined
      ? []
      : [
          `in task ${task}${tasks === undefined ? '' : ' of its own instance'}, session ${session ?? 'none'}`,
        ]),
    ...scopeLines(facts),
  ];
}

/** What rules knew of the user beside the name. */
function userFacts(facts: RecordEnvelope['facts']): readonly string[] {
  const { groups = [], claims = [] } = facts?.user ?? {};
  const names = [...new Set(claims.map(({ name }) => name))];
  return [
    ...(groups.length === 0 ? [] : [`who is of the groups ${listText(groups)}`]),
    ...(names.length === 0
      ? []
      : [`of whom the provider says ${listText(names)} (values stand in no record)`]),
  ];
}

function scopeLines(facts: RecordEnvelope['facts']): readonly string[] {
  const { scope } = facts ?? {};
  if (scope === undefined) return [];
  if ('digest' in scope) return ['which was narrowed to more than a record holds'];
  const { targets, effects } = scope;
  const names = targets?.map(({ target, prefix }) => `${targetText(target)}${prefix ? '*' : ''}`);
  return [
    ...(names === undefined ? [] : [`which was narrowed to ${listText(names)}`]),
    ...(effects === undefined ? [] : [`in which it may ${listText(effects)}`]),
  ];
}

const mostNamed = 20;

function listText(names: readonly string[]): string {
  const told = names.slice(0, mostNamed).map(named).join(', ');
  const more = names.length - mostNamed;
  return `${told === '' ? 'nothing' : told}${more > 0 ? ` and ${more} more` : ''}`;
}

const proofs: Readonly<Record<string, string>> = {
  dpop: 'which proved its key with the request (DPoP)',
  mtls: 'which proved its key by its certificate (mTLS)',
  none: 'by a bare token that proves no key',
  internal: 'the gateway itself',
};

export function whatLines(
  { target, named: asked, method, arguments: args }: RecordEnvelope,
  meant: Target | undefined,
): readonly string[] {
  const name = meant === undefined ? asked : targetLabel(meant);
  const effect = target === undefined ? '' : `, which can ${target.effectClass}`;
  return [
    `${name === undefined ? 'nothing that has a name' : named(name)}${effect}, by ${named(method ?? 'unknown')}`,
    ...(target === undefined ? [] : [`as approved under ${target.digest}`]),
    ...(args === undefined
      ? []
      : [`with ${args.bytes} bytes of arguments, which are on record as a commitment`]),
  ];
}

export function whereLines({
  source,
  writer,
  snapshot,
  overlay,
  time,
}: RecordEnvelope): readonly string[] {
  return [
    `at ${time}, on gateway ${writer}${source === undefined ? '' : `, from ${named(source)}`}`,
    `under configuration ${snapshot ?? 'none'}, overlay ${overlay ?? 0}`,
  ];
}

/** What raised each label in its task, where a record says. */
export function labelsTold({ record, raised, isWhole }: Story): readonly LabelTold[] {
  const at = Date.parse(record.time);
  return (record.labels?.in ?? []).map((label) => {
    const first = raised
      .filter(({ labels, time }) => labels?.out.includes(label) === true && Date.parse(time) <= at)
      .toSorted((one, other) => Date.parse(one.time) - Date.parse(other.time))[0];
    const given = first?.details?.['source'];
    const source = typeof given === 'string' ? given : undefined;
    if (first === undefined) {
      const why = isWhole
        ? 'no record of its task says what it came with: its own arguments, its user or an earlier task'
        : 'the index cannot be asked what it came with';
      return { label, source, record: undefined, sentence: `\`${label}\`: ${why}` };
    }
    const sentence = `\`${label}\` came into the task with ${named(source ?? 'something')} at ${first.time}`;
    return { label, source, record: first.id, sentence };
  });
}

/** What people were asked, and what they said. */
export function approvalsTold({ record, approval, related }: Story): readonly ApprovalTold[] {
  if (approval !== undefined) {
    const { id, binding, state } = approval;
    return [{ id, class: binding.approvalClass, state, sentence: approvalText(approval) }];
  }
  const { id, class: of = '', override, by = 'somebody' } = record.approval ?? {};
  if (id === undefined) return [];
  if (override === true) {
    const sentence = `a yes of class \`${of}\` was asked, and an override that ${named(by)} gave beforehand let it go on: nobody looked at this very call`;
    return [{ id, class: of, state: 'override', sentence }];
  }
  const ends = related.filter(
    ({ type, approval: one }) => one?.id === id && type.startsWith('approval.'),
  );
  const last = ends.at(-1);
  const state = last?.type.slice('approval.'.length) ?? 'unknown';
  const sentence = `a yes of class \`${of}\` was asked; the last that is on record of it: ${state}`;
  return [{ id, class: of, state, sentence }];
}

function approvalText(one: Approval): string {
  const { binding, state, decidedBy, decidedAt, reason } = one;
  const asked = `a yes of class \`${binding.approvalClass}\` was asked at ${isoTime(one.requestedAt)}`;
  const when = decidedAt === undefined ? '' : ` at ${isoTime(decidedAt)}`;
  const who = decidedBy === undefined ? '' : ` by ${named(decidedBy)}`;
  const why = reason === undefined ? '' : `, because: ${visibleText(reason, { maxLength: 300 })}`;
  switch (state) {
    case 'pending':
      return `${asked}, and nobody has decided; it ends at ${isoTime(one.expiresAt)}`;
    case 'expired':
      return `${asked}, and nobody decided until ${isoTime(one.expiresAt)}`;
    case 'spent':
      return `${asked}, approved${who}${when}, and used once (${one.use ?? 'unknown'})${why}`;
    case 'approved':
    case 'rejected':
    case 'withdrawn':
    case 'void':
      return `${asked}, and it was ${state}${who}${when}${why}`;
  }
}

export function endedText(record: RecordEnvelope, last: RecordEnvelope, isWhole: boolean): string {
  if (last.type === 'policy.intent') {
    return isWhole
      ? 'it was about to act, and no outcome is on record yet'
      : 'it was about to act; the index cannot be asked what came of it';
  }
  if (last.refusal !== undefined && record.type !== 'policy.intent') {
    return 'nothing was sent, and nothing was done';
  }
  const effect = effects[last.effect ?? 'unknown'];
  return last.type === 'gateway.held' ? 'nothing was sent: it waits' : effect;
}

const effects = {
  none: 'nothing was changed by it',
  done: 'it was done',
  unknown: 'whether it was done is not known: `bailiwick effect list`',
} as const;
