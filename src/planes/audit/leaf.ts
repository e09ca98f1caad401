import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft, RecordEnvelope } from '#kernel/record.ts';
import { type Stamp, usualBytes } from './usual-leaf.ts';

const longText = 1_024;

/**
 * Canonical bytes of a record. What does not fit into a leaf stands there as its digest, with a
 * marker: a record may get shorter, it never gets lost and is never short in silence.
 */
export function leafBytes(draft: RecordDraft, stamp: Stamp): Buffer {
  const usual = usualBytes(draft, stamp);
  if (usual !== undefined && usual.length <= limits.recordBytes) return usual;
  return shortened({ ...draft, ...stamp });
}

function shortened(envelope: RecordEnvelope): Buffer {
  let record = envelope;
  let bytes = bytesOf(record);
  for (const shorten of shortenings) {
    if (bytes.length <= limits.recordBytes) return bytes;
    record = shorten(record);
    bytes = bytesOf(record);
  }
  if (bytes.length <= limits.recordBytes) return bytes;
  throw new BailiwickError('audit/unavailable', { message: 'a record is too large for a leaf' });
}

function bytesOf(record: RecordEnvelope): Buffer {
  return canonicalBytes(record as unknown as JsonObject);
}

/** In the order of what a reader misses least; each is tried only when the ones before were not enough. */
const shortenings: readonly ((record: RecordEnvelope) => RecordEnvelope)[] = [
  cutDetails,
  cutDecision,
  cutTexts,
];

function cutDetails(record: RecordEnvelope): RecordEnvelope {
  const bytes = canonicalBytes(record.details ?? {});
  return { ...record, details: { cut: true, bytes: bytes.length, sha256: sha256Hex(bytes) } };
}

function cutDecision(record: RecordEnvelope): RecordEnvelope {
  const { decision } = record;
  if (decision === undefined) return record;
  const { rules, errors } = decision;
  return { ...record, decision: { ...decision, rules: cutList(rules), errors: cutList(errors) } };
}

function cutList(list: readonly string[]): readonly string[] {
  const bytes = canonicalBytes(list);
  return bytes.length <= longText
    ? list
    : [`cut: ${list.length} items, sha256 ${sha256Hex(bytes)}`];
}

function cutTexts(record: RecordEnvelope): RecordEnvelope {
  const { refusal, questions } = record;
  return {
    ...record,
    ...(record.named === undefined ? {} : { named: cutText(record.named) }),
    ...(record.trace === undefined ? {} : { trace: cutText(record.trace) }),
    ...(refusal === undefined
      ? {}
      : { refusal: { ...refusal, message: cutText(refusal.message) } }),
    ...(questions === undefined
      ? {}
      : {
          questions: {
            ...questions,
            who: cutText(questions.who),
            asks: cutText(questions.asks),
            canInvoke: cutText(questions.canInvoke),
          },
        }),
  };
}

function cutText(text: string): string {
  if (text.length <= longText) return text;
  const head = text.slice(0, longText).toWellFormed();
  return `${head}… cut: sha256 ${sha256Hex(text)}`;
}
