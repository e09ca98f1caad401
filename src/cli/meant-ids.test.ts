import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { auditQuery } from './audit/query.ts';
import type { CommandInput } from './command.ts';
import { changeShow } from './document/review.ts';
import { createOutput } from './output.ts';
import { policyExplain } from './policy/explain.ts';

const record = '0199f0d2-7c1e-7cc0-b1a5-2f9d5e0a7b11';
const change = '0199f3a2-7c1e-7cc0-b1a5-2f9d5e0a7b11';

function given(words: readonly string[]) {
  const asked: string[] = [];
  let printed = '';
  const answers: Readonly<Record<string, JsonObject>> = {
    '/v1/records': { records: [{ record: { id: record } }] },
    '/v1/changes': { reviews: [{ id: change }] },
  };
  const input = {
    words,
    flags: {},
    out: createOutput('table', (text) => void (printed += text)),
    request: async (method: string, path: string) => {
      asked.push(`${method} ${path}`);
      return answers[path.split('?')[0] ?? ''] ?? { lines: [], steps: [], review: {}, records: [] };
    },
    note: () => undefined,
  } as unknown as CommandInput;
  return { input, asked, printed: () => printed };
}

describe('a command line of somebody who is new here', () => {
  it('takes the beginning of an id of a change and of a record, as everywhere', async () => {
    const ofChange = given([change.slice(0, 8)]);
    await changeShow.run(ofChange.input);
    expect(ofChange.asked.at(-1)).toBe(`GET /v1/changes/${change}`);
    const ofRecord = given([record.slice(0, 8)]);
    await policyExplain.run(ofRecord.input);
    expect(ofRecord.asked.at(-1)).toBe(`POST /v1/records/${record}/explain`);
  });

  it('hears that arguments are not searched, where nothing is found', async () => {
    const asked = given(['refund', '900']);
    await auditQuery.run(asked.input);
    expect(asked.printed()).toContain('arguments and results are sealed and not searched');
  });
});
