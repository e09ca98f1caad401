import { describe, expect, it } from 'vitest';
import { canonicalBytes, type Json } from '#kernel/json/index.ts';
import { fullDraft } from '../../../test/fakes/record-drafts.ts';
import { parseRecord } from './parse-record.ts';

const record = {
  ...fullDraft,
  schema: 2,
  id: '0199c0de-0000-7000-8000-000000000000',
  time: '2026-11-21T00:00:00.000Z',
  monotonicUs: 5,
  writer: 'gateway-1',
  sequence: 1,
};
const bytesOf = (over: object): Buffer => canonicalBytes({ ...record, ...over } as unknown as Json);
const unreadable = expect.objectContaining({ code: 'audit/unreadable-record' });

describe('the reader of leaves', () => {
  it('reads what the recorder of this schema writes', () => {
    expect(parseRecord(bytesOf({}))).toEqual(record);
  });

  it('passes over a field that is new and not required', () => {
    expect(parseRecord(bytesOf({ mood: 'calm' }))).toMatchObject({ id: record.id });
    expect(parseRecord(bytesOf({ required: ['labels'] }))).toMatchObject({ id: record.id });
  });

  it('refuses a field that it has to understand and does not', () => {
    for (const required of [
      ['mood'],
      ['labels', 'mood'],
      ['toolName'],
      ['toString'],
      'mood',
      [1],
    ]) {
      expect(() => parseRecord(bytesOf({ mood: 'calm', required }))).toThrow(unreadable);
    }
  });

  it('refuses another schema, an unknown type and half a record [IDN-20]', () => {
    const wrong = [
      { schema: 3 },
      { schema: 0 },
      { schema: 1.5 },
      { schema: '2' },
      { schema: null },
      { type: 'policy.dreamt' },
      { id: 5 },
      { writer: null },
      { sequence: 1.5 },
      { actors: [] },
      { actors: [{ kind: 'robot', name: 'x' }] },
      { actors: 'ada' },
    ];
    for (const over of wrong) expect(() => parseRecord(bytesOf(over))).toThrow(unreadable);
  });

  it('refuses bytes that are no record at all', () => {
    for (const text of ['', '{', 'null', '[]', '{"schema":1,"schema":1}']) {
      expect(() => parseRecord(Buffer.from(text))).toThrow(unreadable);
    }
  });
});
