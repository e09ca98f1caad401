import type { Json, JsonObject } from '#kernel/json/value.ts';
import { annotatedBy, type RecordEnvelope, type RecordType } from '#kernel/record.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { askedAbout } from './asked-about.ts';

/** What the audit plane knows of records and this one is handed. */
export interface RecordJudge {
  /** A refusal is a no whichever gate gave it. */
  readonly refused: (record: RecordEnvelope) => boolean;
  /** What nobody did with a tool, a model or a right. */
  readonly isBackground: (record: RecordEnvelope) => boolean;
}

/**
 * Goes up by one whenever `termsOf` makes something else of a record. INVARIANT: an index is used only by those
 * whose terms it was made of.
 */
export const termsVersion = 5;

/** Every record has it, so that whatever is asked has something to go along. */
export const everyRecord = 'all';
export const unreadableRecord = 'is:unreadable';

/** Longer values are no names: nobody finds a record by them, and they are not asked for. */
export const longestValue = 256;
/** Of the details of one record: names stand there, and whatever else its type says. */
const mostSubjects = 24;

/**
 * What a record is found by, each as `field:value`. INVARIANT: pure, and the only place that says so: the
 * index is made of it, and what the index proposes is judged by it again.
 */
export function termsOf(record: RecordEnvelope, judge: RecordJudge): ReadonlySet<string> {
  const terms = new Set<string>([everyRecord]);
  const add = (field: string, value: string | undefined): void => {
    if (value !== undefined && value !== '' && value.length <= longestValue) {
      terms.add(`${field}:${value}`);
    }
  };
  add('action', record.type);
  add('action', `${record.type.slice(0, record.type.indexOf('.'))}.*`);
  add('is', judge.isBackground(record) ? 'background' : 'action');
  if (readings.has(record.type)) add('is', 'reading');
  add('session', record.session);
  add('task', record.task);
  add('call', record.call);
  add('trace', traceOf(record.trace));
  add('annotates', annotatedBy(record)?.id);
  addActors(record, add);
  addTarget(record, add);
  addVerdict(record, judge, add);
  addHandles(record, add);
  addSubjects(record, add);
  return terms;
}

/** The same terms that the index was made of, made of the record that was read. */
export function meetsAll(
  record: RecordEnvelope,
  conditions: readonly { readonly not: boolean; readonly anyOf: readonly string[] }[],
  judge: RecordJudge,
): boolean {
  const terms = termsOf(record, judge);
  return conditions.every(({ not, anyOf }) => anyOf.some((term) => terms.has(term)) !== not);
}

type Add = (field: string, value: string | undefined) => void;

/** Somebody looked at what is on record. */
const readings: ReadonlySet<RecordType> = new Set([
  'log.read',
  'log.revealed',
] satisfies RecordType[]);

function addActors({ actors }: RecordEnvelope, add: Add): void {
  for (const { kind, name, person } of actors) {
    if (kind === 'agent') add('agent', name);
    // A human is found as their provider calls them, and as people here do.
    for (const called of [name, person]) {
      add('actor', called);
      add('subject', called);
      if (kind === 'human') add('user', called);
    }
  }
}

function addTarget({ target, named, details }: RecordEnvelope, add: Add): void {
  add('tool', named);
  add('agent', agentInDetails(details ?? {}));
  for (const text of [target?.target, targetInDetails(details ?? {})]) {
    const parsed = text === undefined ? undefined : parseTarget(text);
    add('target', text);
    if (parsed === undefined) continue;
    add('tool', targetLabel(parsed));
    add('server', parsed.owner);
  }
}

/** Whom an act of a person was about: an override, a suspension. */
function agentInDetails({ agent }: JsonObject): string | undefined {
  return typeof agent === 'string' ? agent : undefined;
}

/** What an act of a person was about: `server` and `tool` of what was approved, `tool NAME` of what was stopped. */
function targetInDetails(details: JsonObject): string | undefined {
  const { server, tool, stopped, released, target } = details;
  // Of an override, which names one as records do.
  if (typeof target === 'string' && parseTarget(target) !== undefined) return target;
  if (typeof server === 'string' && typeof tool === 'string') return `tool:${server}/${tool}`;
  const text = stopped ?? released;
  return typeof text === 'string' && parseTarget(text.replace(' ', ':')) !== undefined
    ? text.replace(' ', ':')
    : undefined;
}

function addVerdict(record: RecordEnvelope, judge: RecordJudge, add: Add): void {
  const { decision, wouldHave, refusal, effect } = record;
  addRules(record, add);
  const isRefused = judge.refused(record);
  add('decision', isRefused ? 'deny' : decision?.effect);
  if (decision !== undefined) add('decision', decision.effect);
  add('outcome', effect);
  // Whoever waited for a human that never answered was refused by that.
  if (isRefused || record.type === 'approval.expired') add('outcome', 'refused');
  if (record.type === 'gateway.held') add('outcome', 'held');
  if (wouldHave !== undefined) add('outcome', 'let-through');
  add('code', refusal?.code);
  add('stage', refusal?.stage);
  for (const code of wouldHave?.codes ?? []) add('code', code);
}

/** Each rule, and the policy that it is of. */
function addRules({ decision }: RecordEnvelope, add: Add): void {
  for (const rule of decision?.rules ?? []) {
    add('policy', rule);
    if (rule.includes('/')) add('policy', rule.slice(0, rule.indexOf('/')));
  }
}

function addHandles({ type, approval, lease, labels }: RecordEnvelope, add: Add): void {
  add('approval', approval?.id);
  add('actor', approval?.by);
  if (lease !== undefined || type.startsWith('credential.')) add('is', 'credential');
  for (const { id, secret } of lease ?? []) {
    add('lease', id);
    add('secret', secret);
  }
  for (const label of [...(labels?.in ?? []), ...(labels?.out ?? [])]) add('label', label);
}

/** Whom and what it is about: names in its details, beside those who acted. */
function addSubjects(record: RecordEnvelope, add: Add): void {
  const named = Object.values(record.details ?? {}).flatMap(textsIn);
  for (const text of [...named, ...askedAbout(record)].slice(0, mostSubjects)) add('subject', text);
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** Of a whole `traceparent`, the trace: its other parts differ from span to span. */
function traceOf(trace: string | undefined): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(trace ?? '')?.[1] ?? trace;
}
