import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { type RecordEnvelope, recordSchema, recordTypes } from '#kernel/record.ts';
import { fieldsOfSchema1, liftRecord } from './lift-record.ts';

const knownTypes: ReadonlySet<unknown> = new Set(recordTypes);
const actorKinds: ReadonlySet<unknown> = new Set(['agent', 'human', 'system']);

/** Every field of the current schema, so that the compiler notices one that is missing here. */
const knownFields: Readonly<Record<keyof RecordEnvelope, true>> = {
  actors: true,
  approval: true,
  arguments: true,
  call: true,
  decision: true,
  details: true,
  durationUs: true,
  effect: true,
  environment: true,
  facts: true,
  heard: true,
  id: true,
  intent: true,
  labels: true,
  lease: true,
  life: true,
  method: true,
  monotonicUs: true,
  named: true,
  overlay: true,
  part: true,
  parts: true,
  payload: true,
  pdp: true,
  questions: true,
  refusal: true,
  required: true,
  result: true,
  schema: true,
  sequence: true,
  session: true,
  snapshot: true,
  source: true,
  target: true,
  task: true,
  tasks: true,
  tenant: true,
  time: true,
  trace: true,
  traceIgnored: true,
  type: true,
  usage: true,
  wouldHave: true,
  writer: true,
};

/**
 * Reads a leaf, whatever schema it was written with, in the shape of the current one. Readers are
 * kept for ever; a schema, a type or a required field that this version does not know makes the
 * record unreadable, it is never skipped or half read.
 */
export function parseRecord(bytes: Uint8Array): RecordEnvelope {
  const value = objectOf(bytes);
  if (!hasFrame(value) || !knownTypes.has(value['type']) || !understands(value)) {
    throw new BailiwickError('audit/unreadable-record');
  }
  if (value['schema'] === recordSchema) return value as unknown as RecordEnvelope;
  const lifted = liftRecord(value);
  if (lifted === undefined) throw new BailiwickError('audit/unreadable-record');
  return lifted;
}

const fieldsBySchema: Readonly<Record<number, Readonly<Record<string, true>>>> = {
  1: fieldsOfSchema1,
  [recordSchema]: knownFields,
};

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
    fieldsOf(value) !== undefined &&
    ['id', 'tenant', 'time', 'writer'].every((field) => typeof value[field] === 'string') &&
    Number.isSafeInteger(sequence) &&
    Array.isArray(actors) &&
    actors.length > 0 &&
    actors.every((actor) => isJsonObject(actor) && actorKinds.has(actor['kind']))
  );
}

function fieldsOf({ schema }: JsonObject): Readonly<Record<string, true>> | undefined {
  return typeof schema === 'number' ? fieldsBySchema[schema] : undefined;
}

function understands(value: JsonObject): boolean {
  const required = value['required'];
  if (required === undefined) return true;
  const known = fieldsOf(value) ?? {};
  return (
    Array.isArray(required) &&
    required.every((field) => typeof field === 'string' && Object.hasOwn(known, field))
  );
}
