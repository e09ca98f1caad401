import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';
import { isBackground, refused } from '#planes/audit/index.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { termsOf, termsVersion } from './record-terms.ts';

/** Types that are judged differently; a type that is new changes nothing of records that were there. */
const types = [
  'policy.intent',
  'policy.outcome',
  'gateway.refused',
  'gateway.held',
  'approval.approved',
  'approval.expired',
  'credential.stored',
  'log.read',
  'log.annotated',
] as const;

/** Records with everything that records have. */
const details: readonly JsonObject[] = [
  { server: 'crm', tool: 'look' },
  { stopped: 'tool notes/add_note' },
  { path: '/v1/audit/tasks/t-1', query: { q: 'user:ann -agent:x tool:a/b bare' } },
];
const drafts: readonly RecordDraft[] = types.flatMap((type) => [
  draftOf(type),
  ...details.map((one) => draftOf(type, { details: one })),
  draftOf(type, {
    actors: [
      { kind: 'human', name: 'sub-4711', person: 'ann@corp' },
      { kind: 'system', name: 'control-1' },
    ],
    labels: { in: ['confidentiality:personal'], out: [] },
    details: { person: 'ada', of: ['eve', 'cleo'], deep: { not: 'found' }, record: 'r-1' },
  }),
]);

describe('what records are found by', () => {
  it('is what the version says: whoever changes it counts the version up, and indexes are made anew', () => {
    const terms = drafts.map((draft) => {
      const record: RecordEnvelope = {
        ...draft,
        schema: recordSchema,
        id: 'id',
        time: isoTime(0),
        monotonicUs: 0,
        writer: 'w',
        sequence: 1,
      };
      return [...termsOf(record, { refused, isBackground })].sort();
    });
    expect({ termsVersion, digest: sha256Hex(canonicalText(terms)) }).toEqual({
      termsVersion: 4,
      digest: 'abdb0ed528fcbbf1db048bb0b7318347f10a6d36f9808e4d0e4015c472d03cd3',
    });
  });
});
