import type { RecordEnvelope } from '#kernel/record.ts';
import type { GateAnswer, GateSaid } from './door.ts';

/** INVARIANT: the gates of the path, in its order; a test compares it with the gateway's own list. */
export const gateNames = [
  'admit',
  'identify',
  'standing',
  'resolve',
  'inspect-in',
  'decide',
  'approve',
  'intend',
  'lend',
  'forward',
  'inspect-out',
  'settle',
] as const;

type Gate = (typeof gateNames)[number];

/** What a gate has found where a call went through it. */
const passed: Readonly<Record<Gate, string>> = {
  admit: 'well formed, within its size and rate, and nothing was stopped',
  identify: 'whose call it is was proved',
  standing: 'the agent might act: no stop, no suspension, no spent quota stood against it',
  resolve: 'it is in the manifest, as it was approved, and its arguments fit',
  'inspect-in': 'its arguments were looked into',
  decide: 'policy permits it',
  approve: 'nobody had to be asked',
  intend: 'that it is about to act was on record before it did',
  lend: 'no credential was needed',
  forward: 'it was sent',
  'inspect-out': 'what came back was looked into',
  settle: 'what came of it was on record before any of it left',
};

/**
 * What each gate said, as far as the records of the call tell it. INVARIANT: a gate behind the one that ended
 * the call is told as not reached, and where it went on after the last record, as not known.
 */
export function gatesOf(
  record: RecordEnvelope,
  related: readonly RecordEnvelope[],
): readonly GateSaid[] {
  const end = endOf(record, related);
  const at = gateNames.findIndex((gate) => gate === end.gate);
  return gateNames.map((gate, place) => {
    if (place < at) return saidOf(gate, record, related);
    if (place > at) return { gate, answer: end.behind, sentence: behindText[end.behind] };
    return { gate, answer: end.answer, sentence: end.sentence };
  });
}

interface End {
  readonly gate: Gate;
  readonly answer: GateAnswer;
  readonly sentence: string;
  readonly behind: 'not-reached' | 'unknown';
}

const behindText = {
  'not-reached': 'it was not asked: the call had ended before',
  unknown: 'nothing on record says so yet',
} as const;

function endOf(record: RecordEnvelope, related: readonly RecordEnvelope[]): End {
  const last = lastOf(record, related);
  const { refusal, approval } = last;
  if (refusal !== undefined) {
    const gate = gateNames.find((one) => one === refusal.stage) ?? 'admit';
    const sentence = `${refusal.code}: ${refusal.message}`;
    return { gate, answer: 'refused', sentence, behind: 'not-reached' };
  }
  if (last.type === 'gateway.held') {
    const sentence = `a person is asked (class \`${approval?.class ?? ''}\`, approval ${approval?.id ?? 'unknown'})`;
    return { gate: 'approve', answer: 'asked', sentence, behind: 'not-reached' };
  }
  if (last.type === 'policy.intent') {
    return { gate: 'intend', answer: 'passed', sentence: passed.intend, behind: 'unknown' };
  }
  return { gate: 'settle', answer: 'passed', sentence: passed.settle, behind: 'not-reached' };
}

/** The record that ended the call, where this one did not. */
export function lastOf(record: RecordEnvelope, related: readonly RecordEnvelope[]): RecordEnvelope {
  if (record.type !== 'policy.intent') return record;
  return (
    related.find(({ type, intent }) => type === 'policy.outcome' && intent === record.id) ?? record
  );
}

function saidOf(gate: Gate, record: RecordEnvelope, related: readonly RecordEnvelope[]): GateSaid {
  const soft = softened(gate, record);
  if (soft !== undefined) return { gate, answer: 'let-through', sentence: soft };
  return { gate, answer: 'passed', sentence: passedText(gate, record, related) };
}

const softGates: Readonly<Record<string, Gate>> = {
  'tools/not-visible': 'resolve',
  'tools/outside-envelope': 'resolve',
  'policy/no-permit': 'decide',
  'policy/denied': 'decide',
  'approvals/pending': 'approve',
};

/** Its tool is not enforced yet: what the gate said was told, and the call went on. */
function softened(gate: Gate, { wouldHave }: RecordEnvelope): string | undefined {
  const code = wouldHave?.codes.find((one) => softGates[one] === gate);
  return code && `would have said ${code}, and its tool is in phase \`${wouldHave?.phase}\``;
}

function passedText(
  gate: Gate,
  record: RecordEnvelope,
  related: readonly RecordEnvelope[],
): string {
  const { decision, approval, labels, pdp } = record;
  if (gate === 'inspect-in' && (labels?.in.length ?? 0) > 0) {
    return `${passed[gate]}; it carries ${labels?.in.join(', ') ?? ''}`;
  }
  if (gate === 'decide' && decision !== undefined) return decidedText(decision, pdp);
  if (gate === 'approve' && approval !== undefined) {
    return yesText(approval);
  }
  const { lease = [] } = lastOf(record, related);
  if (gate === 'lend' && lease.length > 0) {
    return `lent ${lease.map(({ secret, bound }) => `\`${secret}\` for this ${bound}`).join(', ')}`;
  }
  return passed[gate];
}

function yesText(approval: NonNullable<RecordEnvelope['approval']>): string {
  const { id, class: of = '', override } = approval;
  const by = approval.by === undefined ? '' : ` by ${approval.by}`;
  return override === true
    ? `an override that was given${by} beforehand let it go on (${id}); without it a person would have been asked (class \`${of}\`)`
    : `there was a yes of class \`${of}\`${by} (approval ${id})`;
}

function decidedText(
  { effect, rules }: NonNullable<RecordEnvelope['decision']>,
  pdp: RecordEnvelope['pdp'],
): string {
  const by = rules.length === 0 ? '' : ` by ${rules.map((rule) => `\`${rule}\``).join(', ')}`;
  const outside = (pdp ?? []).map(
    ({ entitlements, answer }) => `; asked for ${entitlements.join(', ')}, outside said ${answer}`,
  );
  const said = effect === 'approve' ? 'policy asks for a person' : passed.decide;
  return `${effect === 'deny' ? 'policy denies it' : said}${by}${outside.join('')}`;
}
