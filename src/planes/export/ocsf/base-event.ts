import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';
import type { RecordEnvelope } from '#kernel/record.ts';

/** Of the mapping: the schema that it was written against. */
export const ocsfVersion = '1.9.0';

/** What every class is made of. */
export interface OcsfParts {
  readonly record: RecordEnvelope;
  readonly activity: number;
  /** As it stands in the log. */
  readonly leaf: string;
  /** `origin#index#id`. */
  readonly key: string;
}

export interface ClassHead {
  readonly category: number;
  readonly class: number;
  /** Further profiles of this event, beside who acted. */
  readonly profiles?: readonly string[];
}

/** What is in every event. INVARIANT: nothing that the record has not, and no sealed word. */
export function baseEvent({ record, activity, leaf, key }: OcsfParts, head: ClassHead): JsonObject {
  const { category, class: uid, profiles = [] } = head;
  const { refusal, call, task, trace } = record;
  const agent = agentOf(record.actors);
  return {
    activity_id: activity,
    ...(activity === 99 ? { activity_name: record.type } : {}),
    category_uid: category,
    class_uid: uid,
    type_uid: uid * 100 + activity,
    time: timeOf(record),
    severity_id: severityOf(record),
    message: record.type,
    ...(refusal === undefined ? {} : { status_code: refusal.code, status_detail: refusal.message }),
    metadata: {
      version: ocsfVersion,
      uid: record.id,
      original_event_uid: key,
      event_code: record.type,
      log_name: key.slice(0, key.indexOf('#')),
      tenant_uid: record.tenant,
      product: { name: 'Bailiwick', vendor_name: 'Bailiwick' },
      profiles: [...(agent === undefined || category === 2 ? [] : ['ai_operation']), ...profiles],
      ...given('correlation_uid', trace === undefined ? (call ?? task) : traceIdOf(trace)),
    },
    ...(agent === undefined || category === 2 ? {} : { ai_agent: aiAgent(agent) }),
    raw_data_hash: { algorithm_id: 3, value: sha256Hex(leaf) },
    unmapped: restOf(record),
  };
}

export function given<Value extends string | number | JsonObject>(
  name: string,
  value: Value | undefined,
): Readonly<Record<string, Value>> {
  return value === undefined ? {} : { [name]: value };
}

/** A time that no date can be is the first of all. */
function timeOf({ time }: RecordEnvelope): number {
  const at = Date.parse(time);
  return Number.isNaN(at) ? 0 : at;
}

/** 1 is informational, 2 low, 3 medium, 4 high. */
export function severityOf({ type, refusal, effect }: RecordEnvelope): number {
  if (high.has(type)) return 4;
  if (effect === 'unknown' || type === 'tool.quarantined') return 3;
  return refusal === undefined ? 1 : 2;
}

const high: ReadonlySet<string> = new Set([
  'policy.doubted',
  'stop.set',
  'stop.differs',
  'log.gap',
  'log.missing',
  'log.missing-accepted',
]);

function traceIdOf(trace: string): string {
  return trace.split('-')[1] ?? trace;
}

export function agentOf(actors: readonly Actor[]): Actor | undefined {
  return actors.findLast(({ kind }) => kind === 'agent');
}

function aiAgent({ name, instance }: Actor): JsonObject {
  return { name, uid: name, ...given('instance_uid', instance) };
}

const userTypes = { human: 1, system: 3, agent: 4 } as const;

export function userOf({ kind, name }: Pick<Actor, 'kind' | 'name'>): JsonObject {
  return { name, type_id: userTypes[kind] };
}

/** The first of the chain is for whom, the last is who did it. */
export function actorOf({ actors, session }: RecordEnvelope): JsonObject {
  const [first] = actors;
  const last = actors.at(-1);
  return {
    ...(first === undefined ? {} : { user: userOf(first) }),
    ...(last?.kind === 'agent' ? { app_name: last.name, ...given('app_uid', last.instance) } : {}),
    ...(session === undefined ? {} : { session: { uid: session } }),
  };
}

/** An address, or how we call where it came from. */
export function sourceOf({ source, writer }: RecordEnvelope): JsonObject {
  const isAddress = /^(?:\d{1,3}\.){3}\d{1,3}$/u.test(source ?? '');
  return isAddress ? { ip: source ?? '' } : { name: source ?? writer };
}

/** 1 is success, 2 failure; what has only begun is neither. */
export function statusOf({ type, refusal }: RecordEnvelope): JsonObject {
  if (refusal !== undefined) return { status_id: 2 };
  return type === 'policy.intent' || type === 'gateway.held'
    ? { status_id: 99, status: 'Begun' }
    : { status_id: 1 };
}

/** What has a place of its own in no class. */
function restOf(record: RecordEnvelope): JsonObject {
  const { task, call, intent, labels, effect, details, writer, sequence, durationUs } = record;
  return {
    writer,
    sequence,
    actors: record.actors.map(({ kind, name }) => `${kind} ${name}`),
    ...given('task', task),
    ...given('call', call),
    ...given('intent', intent),
    ...given('side_effect', effect),
    ...given('duration_us', durationUs),
    ...(labels === undefined ? {} : { labels_in: [...labels.in], labels_out: [...labels.out] }),
    ...(details === undefined ? {} : { details }),
  };
}
