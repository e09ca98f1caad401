import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { type RecordEnvelope, recordSchema, recordTypes } from '#kernel/record.ts';

const knownTypes = new Set<unknown>(recordTypes);

/**
 * Reads a leaf. Readers are kept for ever; a schema that this version does not know makes the
 * record unreadable, it is never skipped or half read.
 */
export function parseRecord(bytes: Uint8Array): RecordEnvelope {
  const value = parseJson(bytes);
  if (
    !isJsonObject(value) ||
    value['schema'] !== recordSchema ||
    typeof value['id'] !== 'string' ||
    typeof value['tenant'] !== 'string' ||
    typeof value['time'] !== 'string' ||
    !Array.isArray(value['actors']) ||
    !knownTypes.has(value['type'])
  ) {
    throw new BailiwickError('audit/unreadable-record');
  }
  return value as unknown as RecordEnvelope;
}
