import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { CommandInput } from '../command.ts';
import { auditExports } from './exports.ts';

async function shown(exports: readonly JsonObject[]) {
  let text = '';
  const input = {
    request: async () => ({ exports }),
    out: { print: (_: unknown, human: () => string) => void (text = human()) },
  } as unknown as CommandInput;
  return { code: await auditExports.run(input), text };
}

const well: JsonObject = {
  sink: 'siem',
  kind: 'webhook',
  form: 'record',
  place: 'siem.example',
  lag: 0,
  sent: 700,
  failures: 0,
  dead: 1,
  stuck: [],
};

describe('bailiwick audit exports', () => {
  it('shows each sink and how far it is, and ends in 1 with the reason while one stands still', async () => {
    expect(await shown([])).toMatchObject({
      code: 0,
      text: expect.stringContaining('--exports') as string,
    });
    const { code, text } = await shown([well]);
    expect([code, text.split('\n').length]).toEqual([0, 2]);
    for (const word of ['siem.example', '700']) expect(text).toContain(word);
    const failing = await shown([{ ...well, fault: 'it answers \u001b[31m503' }]);
    expect(failing.code).toBe(1);
    expect(failing.text).toContain('siem: it answers');
    expect(failing.text).not.toContain('\u001b');
    const stuck = await shown([{ ...well, stuck: ['this is another log'] }]);
    expect([stuck.code, stuck.text]).toEqual([1, expect.stringContaining('another log') as string]);
  });
});
