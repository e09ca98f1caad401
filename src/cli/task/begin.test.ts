import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type CommandInput, parseFlags } from '../command.ts';
import { createOutput } from '../output.ts';
import { taskBegin } from './begin.ts';

/** The scope that `task begin support ...` asks for. */
async function scopeOf(...argv: readonly string[]): Promise<unknown> {
  const bodies: JsonObject[] = [];
  const input: CommandInput = {
    ...parseFlags(taskBegin, ['support', '--reason', 'ticket', ...argv]),
    out: createOutput('json', () => undefined),
    request: async (_method, _path, body = {}) => {
      bodies.push(body);
      return {};
    },
    dataFolder: '',
    home: '',
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  };
  await taskBegin.run(input);
  return bodies[0]?.['scope'];
}

describe('task begin', () => {
  it('says how many calls, and how much of an argument in all, beside what it is narrowed to', async () => {
    expect(await scopeOf()).toBeUndefined();
    const amounts = ['--calls', '50', '--sum', 'bank/pay:amount=1000', '--sum', 'a/b:c=0'];
    const counted = {
      calls: 50,
      sums: [
        { tool: 'bank/pay', argument: 'amount', atMost: 1_000 },
        { tool: 'a/b', argument: 'c', atMost: 0 },
      ],
    };
    expect(await scopeOf(...amounts)).toEqual(counted);
    expect(await scopeOf(...amounts, '--tool', 'bank/pay')).toEqual({
      tools: [{ tool: 'bank/pay' }],
      ...counted,
    });
  });

  it.each([
    ['--calls', 'many'],
    ['--calls', '1.5'],
    ['--sum', 'bank/pay=5'],
    ['--sum', 'bank/pay:amount=-5'],
  ])('is refused %s %s', async (...argv) => {
    await expect(scopeOf(...argv)).rejects.toMatchObject({ code: 'cli/usage' });
  });
});
