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
  { agent: 'support', target: 'tool:notes/add_note' },
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
  it('is the agent and the target of an override, which nobody acted as [AUD-21, POL-08]', () => {
    const details = {
      agent: 'support',
      target: 'tool:notes/add_note',
      until: '2026-01-01T00:00:00Z',
    };
    const draft = draftOf('override.given', { actors: [{ kind: 'human', name: 'bob' }], details });
    const record = {
      ...draft,
      schema: recordSchema,
      id: 'i',
      time: isoTime(0),
      monotonicUs: 0,
      writer: 'w',
      sequence: 1,
    };
    const terms = termsOf(record as RecordEnvelope, { refused, isBackground });
    const wanted = [
      'agent:support',
      'target:tool:notes/add_note',
      'tool:notes/add_note',
      'server:notes',
    ];
    expect(wanted.filter((term) => !terms.has(term))).toEqual([]);
  });

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
      termsVersion: 5,
      digest: '019f5ea151462185dd585162fe49674807f05bfac2a463d5258c5616e796bc7c',
    });
  });
});
