import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { CommandInput } from '../command.ts';
import { createOutput, type Format } from '../output.ts';
import { auditAnnotate } from './annotate.ts';
import { auditShow } from './commands.ts';
import { auditTimeline } from './query.ts';

const about = '0199c0de-0000-7000-8000-000000000000';
const said = '0199c0de-0000-7000-8000-000000000001';
const back = '0199c0de-0000-7000-8000-000000000002';
const record = {
  id: about,
  time: '2026-11-27T08:00:00.000Z',
  type: 'policy.intent',
  actors: [{ kind: 'agent', name: 'support' }],
};

const later = (id: string, details: JsonObject, more: JsonObject = {}): JsonObject => ({
  origin: 'log/main/control-1',
  index: 7,
  annotates: { kind: 'record', id: about },
  ...more,
  record: {
    id,
    time: '2026-11-27T09:00:00.000Z',
    type: 'log.annotated',
    actors: [{ kind: 'human', name: 'ann' }],
    details,
  },
});

async function printed(
  command: typeof auditShow,
  answer: JsonObject,
  how: {
    readonly words?: readonly string[];
    readonly flags?: CommandInput['flags'];
    readonly format?: Format;
  } = {},
): Promise<{ readonly text: string; readonly notes: string; readonly asked: unknown[] }> {
  let text = '';
  let notes = '';
  const asked: unknown[] = [];
  await command.run({
    words: how.words ?? [about],
    flags: how.flags ?? {},
    out: createOutput(how.format ?? 'table', (more) => (text += more)),
    request: async (...of) => {
      asked.push(of);
      return answer;
    },
    dataFolder: '',
    home: '',
    env: {},
    readStdin: async () => '',
    note: (more) => (notes += more),
    ask: undefined,
  });
  return { text, notes, asked };
}

const hostile = 'ok\n2026-11-27  policy.intent  \u001b[2K\u001b]0;x\u0007\u202eevil\u200b';

describe('later words in a terminal', () => {
  it('stand under the record, under words of their own, with who said them and what was taken back [AUD-20]', async () => {
    const annotations = [
      later(said, { note: 'here it began' }, { withdrawnBy: back }),
      later(back, { note: 'no', withdraws: true }, { annotates: { kind: 'record', id: said } }),
    ];
    const answer = { origin: 'log/main/gateway-1', index: 3, record, annotations, reach: [] };
    const { text } = await printed(auditShow, { ...answer, annotationsCut: true });
    const [above = '', below = ''] = text.split('\n\n');
    expect(above).toContain('policy.intent');
    expect(above).not.toContain('here it began');
    expect(below.replace(/ {2,}/g, ' | ').trimEnd().split('\n')).toEqual([
      'Said later, by whom it says; what is above was recorded without it:',
      'TIME | WHO | ABOUT | STATE | NOTE | ANNOTATION',
      `2026-11-27T09:00:00.000Z | ann | record ${about} | withdrawn by ${back} | here it began | ${said}`,
      `2026-11-27T09:00:00.000Z | ann | record ${said} | withdraws | no | ${back}`,
      'more was said later than is told: `audit query action:log.annotated`',
    ]);
    const { text: bare } = await printed(auditShow, { ...answer, annotations: [] });
    expect(bare).not.toContain('Said later');
    const { text: unknown } = await printed(auditShow, { ...answer, annotations: null });
    expect(unknown).toContain('what was said later is not known');
  });

  it.each(['table', 'json', 'jsonl'] as const)(
    'as %s are one line of text that moves nothing, however hostile',
    async (format) => {
      const annotations = [later(said, { note: hostile })];
      const answer = { records: [{ origin: 'l', index: 0, record }], annotations, reach: [] };
      const { text } = await printed(auditTimeline, answer, { format });
      expect(text).toContain('policy.intent');
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
      expect(text.split('\n').filter((line) => line.includes('evil'))).toHaveLength(1);
      expect(text.split('\n').some((line) => line.startsWith('2026-11-27  policy'))).toBe(false);
    },
  );

  it('are lines of their own behind the records, and say what they are about', async () => {
    const annotations = [later(said, { note: 'here' })];
    const answer = { records: [{ origin: 'l', index: 0, record }], annotations, reach: [] };
    const told = await printed(
      auditTimeline,
      { ...answer, annotationsCut: true },
      { format: 'jsonl' },
    );
    const lines = told.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JsonObject);
    expect(lines.map(({ annotates }) => annotates)).toEqual([
      undefined,
      { kind: 'record', id: about },
    ]);
    expect(told.notes).toContain('more was said later');
  });

  it('are asked for by `audit annotate`, which tells the record that they became', async () => {
    const answer = { id: said, annotates: { kind: 'task', id: 'refunds-17' } };
    const { text, asked } = await printed(auditAnnotate, answer, {
      words: ['refunds-17'],
      flags: { note: 'INC-17' },
    });
    expect(asked).toEqual([
      ['POST', '/v1/annotations', { about: 'refunds-17', note: 'INC-17', withdraw: false }],
    ]);
    expect(text).toBe(`the task is annotated: refunds-17; the record of it is ${said}\n`);
    await expect(async () => printed(auditAnnotate, answer)).rejects.toMatchObject({
      code: 'cli/usage',
    });
  });
});
