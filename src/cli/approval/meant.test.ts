import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { ControlProblem } from '../../../sdk/index.ts';
import type { CommandInput } from '../command.ts';
import { recordOrApproval } from './meant.ts';

const gone = new ControlProblem(404, { code: 'api/not-found', message: 'no such record' });
const asked: string[] = [];
const input = (approval: JsonObject | undefined) =>
  ({
    async request(_method: string, path: string) {
      asked.push(path);
      if (approval === undefined) throw gone;
      return approval;
    },
  }) as unknown as CommandInput;
const refused = async () => Promise.reject(gone);

describe('whoever names an approval where a record is asked for', () => {
  it('is told what it is and how to see it', async () => {
    await expect(recordOrApproval(input({ id: 'a-1' }), 'a-1', refused)).rejects.toMatchObject({
      code: 'api/not-found',
      message: '`a-1` is an approval and no record',
      suggestedAction: expect.stringContaining('bailiwick approval show a-1'),
    });
    expect(asked).toEqual(['/v1/approvals/a-1']);
  });

  it('hears the first answer where it is neither, and where it is a record', async () => {
    await expect(recordOrApproval(input(undefined), 'x', refused)).rejects.toBe(gone);
    const record = { record: {} };
    expect(await recordOrApproval(input(undefined), 'x', async () => record)).toBe(record);
  });
});
