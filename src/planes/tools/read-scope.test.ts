import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { readScope } from './read-scope.ts';

describe('what a task may in all', () => {
  const sum = { tool: 'bank/pay', argument: 'amount', atMost: 1_000 };

  it('is written as calls and sums, by tools or any target, with or without a list', () => {
    const model = { target: 'model:acme/large', argument: 'max_tokens', atMost: 5 };
    expect(readScope({ calls: 50, sums: [sum, model] })).toEqual({
      amounts: [
        {
          calls: 50,
          sums: [{ target: 'tool:bank/pay', argument: 'amount', atMost: 1_000 }, model],
        },
      ],
    });
    expect(readScope({ calls: 1, tools: [{ tool: 'bank/pay' }] })).toMatchObject({
      targets: [{ target: { owner: 'bank', name: 'pay' } }],
      amounts: [{ calls: 1 }],
    });
  });

  it('is refused when it is not what can be counted', () => {
    const bad: readonly Json[] = [
      { calls: 0 },
      { calls: 1.5 },
      { sums: [{ ...sum, atMost: -1 }] },
      { sums: [{ ...sum, tool: 'bank' }] },
      { sums: [{ ...sum, target: 'tool:bank/pay' }] },
      { sums: [{ argument: 'amount', atMost: 1 }] },
      { sums: Array.from({ length: limits.taskSums + 1 }, () => sum) },
    ];
    for (const one of bad) {
      expect(() => readScope(one as JsonObject)).toThrow('this is not what a task');
    }
    const most = Array.from({ length: limits.taskSums }, () => sum);
    expect(readScope({ sums: most }).amounts?.[0]?.sums).toHaveLength(limits.taskSums);
  });
});
