import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
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
] as const;

/** Records with everything that records have. */
const drafts: readonly RecordDraft[] = types.flatMap((type) => [
  draftOf(type),
  draftOf(type, {
    actors: [
      { kind: 'human', name: 'sub-4711', person: 'ann@corp' },
      { kind: 'system', name: 'control-1' },
    ],
    labels: { in: ['confidentiality:personal'], out: [] },
    details: { person: 'ada', of: ['eve', 'cleo'], deep: { not: 'found' } },
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
      termsVersion: 2,
      digest: 'ad88bea9d7f4f0f07c63859ede4638d07483d9a0fc39b749f00d7a6955e98be6',
    });
  });
});
