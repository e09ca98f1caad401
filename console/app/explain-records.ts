import type { Mark } from './mark.ts';
import type { LogRecord } from './sentence.ts';

/** Of a record of a call what explains it. */
export interface CallRecord extends LogRecord {
  readonly call?: string;
  readonly task?: string;
  readonly approval?: { readonly id: string; readonly by?: string };
  readonly questions?: {
    readonly who: string;
    readonly asks: string;
    readonly canInvoke: string;
    readonly withoutHuman: boolean;
  };
  readonly decision?: {
    readonly effect?: string;
    readonly rules?: readonly string[];
    readonly policyDigest?: string;
    readonly questions?: {
      readonly mayCallTool: boolean;
      readonly insideEnvelope: boolean;
      readonly crossesSensitivity: boolean;
    };
    readonly errors?: readonly string[];
  };
  readonly pdp?: readonly {
    readonly entitlements: readonly string[];
    readonly answer: string;
    readonly reason?: string;
  }[];
  readonly wouldHave?: {
    readonly phase: string;
    readonly effect: string;
    readonly codes: readonly string[];
  };
  readonly lease?: readonly { readonly secret: string }[];
  readonly labels?: { readonly in: readonly string[]; readonly out: readonly string[] };
  readonly refusal?: { readonly stage?: string; readonly code?: string; readonly message?: string };
  readonly durationUs?: number;
}

export interface Line {
  readonly mark: Mark;
  /** Who speaks: a gate of the path, or people. */
  readonly gate: string;
  readonly sentence: string;
  readonly record: string;
}

/** The gates in their order, each with what it asks, in words for somebody who knows none of them. */
const gates: readonly (readonly [stage: string, name: string, passed: string])[] = [
  ['admit', 'Door', 'The request was well formed, and nothing stood in its way.'],
  ['identify', 'Identity', 'It was known who asks, and for whom.'],
  ['standing', 'Standing', 'The agent was in good standing: not stopped, suspended or overdue.'],
  [
    'resolve',
    'Catalogue',
    'It was listed for the agent, approved as it is, and its arguments fit.',
  ],
  ['inspect-in', 'Look at the arguments', 'What the arguments carry was looked at.'],
  ['decide', 'Policy', ''],
  ['approve', 'Approval', ''],
  ['intend', 'Record', 'The intent was on record before anything was done.'],
  ['lend', 'Credential', ''],
  ['forward', 'Server', 'It was sent.'],
  ['inspect-out', 'Look at the answer', 'What came back was looked at before the agent had it.'],
  ['settle', 'Outcome', ''],
];

const said: Readonly<Record<string, string>> = {
  allow: 'lets it go on',
  approve: 'wants a person to say yes',
  deny: 'refuses it',
};

/**
 * What the gates said of one call, of its own records, in the order of the gates. INVARIANT: of what is on record
 * alone: a gate behind the one that ended it was not asked, and nothing is said of it.
 */
export function explainCall(records: readonly CallRecord[]): readonly Line[] {
  const last = lastOf(records);
  if (last === undefined) return [];
  const stopped = endedAt(last);
  const lines: Line[] = [];
  const isDecided = records.some(({ decision }) => decision !== undefined);
  const isOurs = last.actors.some(({ kind }) => kind === 'system');
  for (const [stage, gate, passed] of gates) {
    const isEnd = stage === stopped;
    const found = lineOf(stage, records, last);
    if (isEnd) {
      // What a person said of a call that was held, they said once it was.
      const later = found.filter(({ record }) => isLater(records, record, last));
      const sooner = found.filter((line) => !later.includes(line));
      for (const line of [...sooner, ending(last, later), ...later]) lines.push({ gate, ...line });
      break;
    }
    if (found.length > 0) lines.push(...found.map((line) => ({ gate, ...line })));
    else if (passed !== '' && isWalked(stage, { isDecided, isOurs })) {
      lines.push({ gate, mark: 'good', sentence: passed, record: last.id });
    }
  }
  return lines;
}

type Told = Omit<Line, 'gate'>;

const first = new Set(['admit', 'identify', 'standing', 'resolve']);

/** Lists and greetings walk the first gates alone; what the gateway asks by itself carries no arguments. */
function isWalked(
  stage: string,
  { isDecided, isOurs }: { readonly isDecided: boolean; readonly isOurs: boolean },
): boolean {
  return first.has(stage) || (isDecided && !(isOurs && stage === 'inspect-in'));
}

const terminal = new Set(['policy.outcome', 'gateway.held', 'gateway.refused']);

/** The one that closes it; while it is open, its newest. */
function lastOf(records: readonly CallRecord[]): CallRecord | undefined {
  return records.findLast(({ type }) => terminal.has(type)) ?? records.at(-1);
}

function endedAt({ type, refusal }: CallRecord): string {
  if (type === 'gateway.held') return 'approve';
  if (type === 'policy.intent') return 'intend';
  return refusal?.stage ?? 'settle';
}

function isLater(records: readonly CallRecord[], id: string, last: CallRecord): boolean {
  const type = records.find((one) => one.id === id)?.type ?? '';
  return last.type === 'gateway.held' && type !== 'approval.requested' && id !== last.id;
}

function ending(last: CallRecord, later: readonly Told[]): Told {
  const { refusal, type, effect, id: record } = last;
  if (type === 'gateway.held') {
    const until = later.length === 0 ? 'nobody has said yes or no yet' : 'the answer came later';
    return { mark: 'care', sentence: `The agent was told to wait: ${until}.`, record };
  }
  if (refusal !== undefined) {
    const sentence = `It ended here: ${refusal.message ?? 'refused'} (${refusal.code ?? 'no code'}).`;
    return { mark: 'bad', sentence, record };
  }
  if (type === 'policy.intent') {
    return { mark: 'care', sentence: 'It is on its way, or what came of it is not known.', record };
  }
  const took =
    last.durationUs === undefined ? '' : ` It took ${Math.round(last.durationUs / 1_000)} ms.`;
  const what: Readonly<Record<string, string>> = {
    done: 'It was done, and the answer was given to the agent.',
    none: 'Nothing came of it.',
    unknown: 'Whether it was done is not known.',
  };
  const mark = effect === 'unknown' ? 'care' : 'good';
  return { mark, sentence: `${what[effect ?? ''] ?? 'It ended.'}${took}`, record };
}

function lineOf(stage: string, records: readonly CallRecord[], last: CallRecord): readonly Told[] {
  switch (stage) {
    case 'identify':
      return last.questions === undefined
        ? []
        : [
            {
              mark: 'good',
              sentence: `It was known who asks: ${last.questions.who}.`,
              record: last.id,
            },
          ];
    case 'decide':
      return [...policyLines(records), ...pdpLines(records)];
    case 'approve':
      return approvalLines(records);
    case 'lend':
      return (last.lease ?? []).map(({ secret }): Told => {
        const sentence = `The credential ${secret} was lent for this call alone. The agent never had it.`;
        return { mark: 'good', sentence, record: last.id };
      });
    default:
      return [];
  }
}

function policyLines(records: readonly CallRecord[]): readonly Told[] {
  const decided = records.find(({ decision }) => decision !== undefined);
  if (decided?.decision === undefined) return [];
  const { effect = '', rules = [], errors = [], questions } = decided.decision;
  const { id: record, wouldHave } = decided;
  const by = rules.length === 0 ? 'No rule speaks for it, so it' : `The rule ${rules.join(', ')}`;
  const tells = rules.length === 0 && effect === 'deny' ? 'is refused' : (said[effect] ?? effect);
  const mark: Mark = effect === 'allow' ? 'good' : effect === 'deny' ? 'bad' : 'care';
  const lines: Told[] = [{ mark, sentence: `${by} ${tells}.`, record }];
  if (questions !== undefined) lines.push({ mark: 'quiet', sentence: asked(questions), record });
  for (const error of errors) {
    lines.push({ mark: 'bad', sentence: `A rule could not be asked: ${error}.`, record });
  }
  if (wouldHave !== undefined) {
    const { phase, effect: would, codes } = wouldHave;
    const sentence = `Its tool is in the phase ${phase}: it would have been ${would === 'hold' ? 'held' : 'refused'} (${codes.join(', ')}), and went on.`;
    lines.push({ mark: 'care', sentence, record });
  }
  return lines;
}

function asked(of: NonNullable<NonNullable<CallRecord['decision']>['questions']>): string {
  const may = of.mayCallTool ? 'may call it' : 'may not call it';
  const inside = of.insideEnvelope
    ? 'what it asks is within its bounds'
    : 'what it asks is out of its bounds';
  const labels = of.crossesSensitivity
    ? 'data would go where it must not'
    : 'no data goes where it must not';
  return `The agent ${may}; ${inside}; ${labels}.`;
}

function pdpLines(records: readonly CallRecord[]): readonly Told[] {
  const asking = records.find(({ pdp }) => pdp !== undefined);
  return (asking?.pdp ?? []).map(({ entitlements, answer, reason }) => ({
    mark: answer === 'permit' ? 'good' : 'bad',
    sentence: `Asked outside about ${entitlements.join(', ')}: ${answer}${reason === undefined ? '' : `, ${reason}`}.`,
    record: asking?.id ?? '',
  }));
}

function approvalLines(records: readonly CallRecord[]): readonly Told[] {
  const words: Readonly<Record<string, readonly [Mark, string]>> = {
    'approval.requested': ['care', 'asked a person'],
    'approval.approved': ['good', 'said yes to exactly this call'],
    'approval.rejected': ['bad', 'said no'],
    'approval.withdrawn': ['bad', 'took the question back'],
    'approval.expired': ['bad', 'found that nobody answered in time'],
  };
  return records.flatMap(({ type, actors, details, id: record }): Told[] => {
    const found = words[type];
    if (found === undefined) return [];
    const [mark, did] = found;
    const who = type === 'approval.requested' ? 'The gateway' : (actors[0]?.name ?? 'Somebody');
    const { reason } = details ?? {};
    const why = typeof reason === 'string' ? `: ${reason}` : '';
    return [{ mark, sentence: `${who} ${did}${why}.`, record }];
  });
}
