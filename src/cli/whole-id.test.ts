import { describe, expect, it } from 'vitest';
import type { Command, CommandInput } from './command.ts';
import { type Listed, wholeId } from './whole-id.ts';

const command = { name: 'task show' } as Command;
const ids = ['0199c0de-0000-7000-8000-000000000001', '0199c0de-0000-7000-8000-000000000002'];

function find(given: string, all: readonly string[] = ids, more: Partial<Listed> = {}) {
  const asked: string[] = [];
  const input = {
    words: [given],
    request(_: string, path: string) {
      asked.push(path);
      return Promise.resolve({ tasks: all.map((id) => ({ id })) });
    },
  } as unknown as CommandInput;
  const listed = { path: '/v1/tasks', list: 'tasks', what: 'task', word: 'ID' } as const;
  const found = wholeId(command, input, { ...listed, idOf: ({ id }) => id, ...more });
  return { found, asked };
}

describe('the beginning of an id', () => {
  it('is enough where it is one’s alone, also as it is shown in a table', async () => {
    for (const given of [
      ids[1] ?? '',
      `${ids[1]?.slice(0, 35)}`,
      '0199C0DE-0000-7000-8000-000000000002',
    ]) {
      await expect(find(given, ids.slice(1)).found).resolves.toBe(ids[1]);
    }
    await expect(find('0199c0de…', ids.slice(1)).found).resolves.toBe(ids[1]);
  });

  it('asks nobody when it is whole, or no id at all', async () => {
    const whole = find(ids[0] ?? '');
    await expect(whole.found).resolves.toBe(ids[0]);
    const other = find('a/b');
    await expect(other.found).resolves.toBe('a%2Fb');
    expect([whole.asked, other.asked]).toEqual([[], []]);
  });

  it('is nothing where it could be two or none, also among the newest of a list that never ends', async () => {
    await expect(find('0199').found).rejects.toThrow(`2 tasks begin with 0199: ${ids.join(', ')}`);
    await expect(find('ffff').found).rejects.toThrow('no task begins with ffff');
    await expect(
      find('ffff', ids, { isEndless: true, among: ' of the newest' }).found,
    ).rejects.toThrow('no task of the newest begins with ffff');
  });
});
