import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { type RecordEnvelope, recordSchema, recordTypes } from '#kernel/record.ts';

const knownTypes: ReadonlySet<unknown> = new Set(recordTypes);
const actorKinds: ReadonlySet<unknown> = new Set(['agent', 'human', 'system']);

/** Every field of schema 1, so that the compiler notices one that is missing here. */
const knownFields: Readonly<Record<keyof RecordEnvelope, true>> = {
  actors: true,
  approval: true,
  arguments: true,
  call: true,
  decision: true,
  details: true,
  durationUs: true,
  effect: true,
  id: true,
  intent: true,
  labels: true,
  lease: true,
  method: true,
  monotonicUs: true,
  overlay: true,
  payload: true,
  questions: true,
  refusal: true,
  required: true,
  result: true,
  schema: true,
  sequence: true,
  session: true,
  snapshot: true,
  source: true,
  task: true,
  tasks: true,
  tenant: true,
  time: true,
  tool: true,
  toolName: true,
  trace: true,
  type: true,
  writer: true,
};

/**
 * Reads a leaf. Readers are kept for ever; a schema, a type or a required field that this version
 * does not know makes the record unreadable, it is never skipped or half read.
 */
export function parseRecord(bytes: Uint8Array): RecordEnvelope {
  const value = objectOf(bytes);
  if (!hasFrame(value) || !knownTypes.has(value['type']) || !understands(value)) {
    throw new BailiwickError('audit/unreadable-record');
  }
  return value as unknown as RecordEnvelope;
}

function objectOf(bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(bytes);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new BailiwickError('audit/unreadable-record', { cause });
  }
  throw new BailiwickError('audit/unreadable-record');
}

function hasFrame(value: JsonObject): boolean {
  const { actors, sequence } = value;
  return (
    value['schema'] === recordSchema &&
    ['id', 'tenant', 'time', 'writer'].every((field) => typeof value[field] === 'string') &&
    Number.isSafeInteger(sequence) &&
    Array.isArray(actors) &&
    actors.length > 0 &&
    actors.every((actor) => isJsonObject(actor) && actorKinds.has(actor['kind']))
  );
}

function understands(value: JsonObject): boolean {
  const required = value['required'];
  if (required === undefined) return true;
  return (
    Array.isArray(required) &&
    required.every((field) => typeof field === 'string' && Object.hasOwn(knownFields, field))
  );
}
