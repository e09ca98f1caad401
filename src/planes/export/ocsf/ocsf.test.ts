import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type RecordDraft, type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { requiredParts } from '#planes/audit/index.ts';
import { ocsfFolder, OcsfSchema } from '../../../../test/fakes/ocsf-schema.ts';
import { draftOf, everyType, fullDraft } from '../../../../test/fakes/record-drafts.ts';
import { ocsfEvent } from './index.ts';

const key = 'bailiwick.local/main/standard/gateway-1#7#0199c0de-0000-7000-8000-000000000007';

function recordOf(draft: RecordDraft): RecordEnvelope {
  return {
    ...draft,
    schema: recordSchema,
    id: '0199c0de-0000-7000-8000-000000000001',
    time: '2026-11-27T12:00:00.123Z',
    monotonicUs: 5,
    writer: 'gateway-1',
    sequence: 9,
  };
}

/** No more than its type must have. */
function bareOf(draft: RecordDraft): RecordDraft {
  const parts: readonly string[] = ['type', 'tenant', 'actors', ...requiredParts[draft.type]];
  const left = Object.entries(draft).filter(([part]) => parts.includes(part));
  return Object.fromEntries(left) as unknown as RecordDraft;
}

const eventOf = (draft: RecordDraft, leaf?: string): JsonObject => {
  const record = recordOf(draft);
  return ocsfEvent(record, leaf ?? canonicalText(record as unknown as Json), key);
};

const human = { kind: 'human', name: 'ann@corp' } as const;
const system = { kind: 'system', name: 'system/export' } as const;
const folder = ocsfFolder();

describe('records as OCSF 1.9', () => {
  it.skipIf(folder === undefined)(
    `are valid events by its own schema, of every type, whole and with no more than they must have [SYS-075]${
      folder === undefined ? ' (SKIPPED: no ../shared/data/ocsf beside the clone)' : ''
    }`,
    () => {
      const schema = new OcsfSchema(folder ?? '');
      const chains = [[system], [human], [human, ...fullDraft.actors], fullDraft.actors];
      let judged = 0;
      for (const type of everyType) {
        for (const actors of chains) {
          for (const effectClass of ['read', 'write', 'delete'] as const) {
            const target = { target: 'model:openai/gpt-5', digest: 'd', effectClass };
            const full = draftOf(type, { actors, target });
            for (const draft of [full, bareOf(full), { ...bareOf(full), source: '10.1.2.3' }]) {
              expect([type, schema.problems(eventOf(draft) as never)]).toEqual([type, []]);
              judged += 1;
            }
          }
        }
      }
      expect(judged).toBe(everyType.length * 36);
      // What it is judged by can say no.
      const good = eventOf(draftOf('policy.outcome'));
      const wrong = [
        { ...good, activity_id: 44 },
        { ...good, actor: {} },
        { ...good, time: 'now' },
        { ...good, surplus: 1 },
        { ...good, api: { operation: 3, request: {} } },
        { ...good, src_endpoint: { ip: 'gateway' } },
      ];
      for (const one of wrong) expect(schema.problems(one as never)).not.toEqual([]);
    },
  );

  it('are of the class that their type says, with what was asked, decided and done', () => {
    const classOf = (draft: RecordDraft) => {
      const { class_uid: of, activity_id: activity } = eventOf(draft);
      return [of, activity];
    };
    expect(classOf(draftOf('policy.outcome'))).toEqual([6003, 3]);
    expect(classOf(draftOf('identity.signed-in', { actors: [human] }))).toEqual([3002, 1]);
    expect(classOf(draftOf('identity.elevated', { actors: [human] }))).toEqual([3003, 3]);
    expect(classOf(draftOf('lifecycle.agent-suspended'))).toEqual([3004, 12]);
    expect(classOf(draftOf('tool.quarantined'))).toEqual([2004, 1]);
    expect(classOf(draftOf('log.opened', { actors: [system] }))).toEqual([1008, 6]);
    const control = (over: Partial<RecordDraft>, type: RecordDraft['type'] = 'policy.outcome') => {
      const { refusal: _, approval: __, ...plain } = draftOf(type);
      const event = eventOf({ ...plain, ...over });
      return [event['action_id'], event['disposition_id'], event['status_id']];
    };
    const { decision, refusal, approval } = fullDraft;
    expect(control({})).toEqual([1, 1, 1]);
    expect(control(approval === undefined ? {} : { approval })).toEqual([1, 8, 1]);
    expect(control(refusal === undefined ? {} : { refusal })).toEqual([1, 27, 2]);
    const denied = { ...decision, effect: 'deny' } as NonNullable<typeof decision>;
    expect(control({ decision: denied, ...(refusal && { refusal }) }, 'gateway.refused')).toEqual([
      2, 2, 2,
    ]);
    expect(control({}, 'gateway.held')).toEqual([2, 14, 99]);
  });

  it('stay as they are: what a receiver was sent last year is what it is sent again', () => {
    const golden = new URL('./ocsf.golden.json', import.meta.url);
    const types = [
      'policy.intent',
      'gateway.refused',
      'identity.signed-in',
      'delegation.begun',
      'tool.approved',
      'policy.doubted',
      'export.changed',
    ] as const;
    const actors = [human, ...fullDraft.actors];
    // Of which records have more parts one day: of a leaf that stays.
    const events = types.map((type) => eventOf(draftOf(type, { actors }), 'a leaf'));
    expect(events).toEqual(parseJson(readFileSync(golden)));
  });
});
