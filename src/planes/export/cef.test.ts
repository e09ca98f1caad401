import { describe, expect, it } from 'vitest';
import { exportedRecord } from '#contracts/event-sink.suite.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { fullDraft } from '../../../test/fakes/record-drafts.ts';
import { cefEvent } from './cef.ts';

const record: RecordEnvelope = { ...exportedRecord(3).record, ...fullDraft };
const write = (over: Partial<RecordEnvelope>) => cefEvent({ ...record, ...over }, '', 'o#3');

/** As a receiver reads it: the head by bars, then names and values, each escape taken back. */
function read(line: string): { head: string[]; fields: Record<string, string> } {
  const parts = [...line.matchAll(/((?:\\.|[^\\|])*)(?:\||$)/gsu)].map(([, one = '']) => one);
  const head = parts.slice(0, 7).map((one) => one.replace(/\\([\\|])/gu, '$1'));
  const extension = line.slice(parts.slice(0, 7).join('|').length + 1);
  const found = [...extension.matchAll(/(?:^| )(\w+)=((?:\\.|(?! \w+=)[^\\=])*)/gsu)];
  const back = (text: string) =>
    text.replace(/\\(.)/gsu, (_, one: string) => (one === 'n' ? '\n' : one));
  return {
    head,
    fields: Object.fromEntries(found.map(([, name, value]) => [name, back(value ?? '')])),
  };
}

describe('a record as CEF', () => {
  it('has its type and severity in the head, and who did what under the names that CEF has', () => {
    const { head, fields } = read(write({}));
    expect(head).toEqual([
      'CEF:0',
      'Bailiwick',
      'Bailiwick',
      '1',
      'policy.outcome',
      'policy.outcome',
      '4',
    ]);
    expect(fields).toMatchObject({
      cs1: 'o#3',
      suser: 'refund-bot',
      request: 'tool:billing/create_refund',
      reason: 'policy/denied',
      src: '127.0.0.1',
      rt: String(Date.parse(record.time)),
    });
  });

  it('lets no text begin a field, end the line, or pass for another one [SYS-075]', () => {
    const hostile = [
      'a act=deny outcome=none',
      'a|b|c',
      'back\\slash\\',
      'two\nlines\r\nCEF:0|Evil|Evil|1|x|x|1|',
      '\u2028para\u2029\u0085\u0000\u001b[2J',
      'ü 🛂 =\\=|',
    ];
    for (const text of hostile) {
      const line = write({
        actors: [{ kind: 'human', name: text }],
        named: text,
        refusal: { stage: 'x', code: 'a/b', message: text },
      });
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      const { head, fields } = read(line);
      expect(head).toHaveLength(7);
      expect(fields['act']).toBe('allow');
      expect(fields['outcome']).toBe('failure');
      const told = text.replace(/\r\n/gu, '\n').replace(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
      expect(fields['suser']).toBe(told);
      expect(fields['msg']).toBe(told);
    }
  });
});
