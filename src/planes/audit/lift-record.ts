import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { targetText } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';

/** Every field that a record of schema 1 could demand to be understood. It never grows. */
export const fieldsOfSchema1: Readonly<Record<string, true>> = {
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

/** What schema 1 called otherwise. */
const renamed: Readonly<Record<string, string>> = { tool: 'target', toolName: 'named' };

/**
 * A record of schema 1 in the shape of the current one; undefined when it is not what schema 1 says.
 * INVARIANT: pure, and of the value alone: the leaf stays as it was written, and so does its proof.
 */
export function liftRecord(value: JsonObject): RecordEnvelope | undefined {
  const lifted = liftFields(value);
  if (lifted === undefined) return undefined;
  const { required } = value;
  // INVARIANT: whoever reads a leaf has looked that each of them is a field of schema 1.
  const names = Array.isArray(required) ? required.map((one) => newName(one)) : undefined;
  const record = {
    ...lifted,
    schema: recordSchema,
    ...(names === undefined ? {} : { required: names }),
  };
  return record as unknown as RecordEnvelope;
}

/**
 * A draft that an earlier version owes and this one writes: stored before the upgrade, recorded
 * after it. One of the current shape comes back as it is.
 */
export function liftDraft(body: JsonObject): RecordDraft {
  const isOld = Object.keys(renamed).some((field) => Object.hasOwn(body, field));
  // What is no draft of any version is refused by the recorder, which checks every one.
  const lifted = isOld ? (liftFields(body) ?? body) : body;
  return lifted as unknown as RecordDraft;
}

/** Fields that schema 1 did not have say nothing in it, whatever they are called today. */
function liftFields(value: JsonObject): JsonObject | undefined {
  const lifted: Record<string, Json> = {};
  for (const field of Object.keys(fieldsOfSchema1)) {
    const given = value[field];
    if (given === undefined) continue;
    const taken = field === 'tool' ? targetPart(given) : given;
    if (taken === undefined) return undefined;
    lifted[newName(field)] = taken;
  }
  return lifted;
}

function newName<Name extends Json>(field: Name): Name | string {
  const isRenamed = typeof field === 'string' && Object.hasOwn(renamed, field);
  return isRenamed ? (renamed[field] ?? field) : field;
}

function targetPart(tool: Json): JsonObject | undefined {
  if (!isJsonObject(tool)) return undefined;
  const { server, name, digest, effectClass } = tool;
  if (typeof server !== 'string' || typeof name !== 'string') return undefined;
  if (typeof digest !== 'string' || typeof effectClass !== 'string') return undefined;
  return { target: targetText(toolTarget({ server, tool: name })), digest, effectClass };
}
