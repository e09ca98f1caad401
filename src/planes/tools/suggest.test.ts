import { describe, expect, it } from 'vitest';
import type { Json } from '#kernel/json/value.ts';
import { suggestManifest } from './suggest.ts';

const schema = {
  properties: {
    amount: { type: 'number' },
    currency: { enum: ['EUR', 'USD', 'JPY'] },
    path: { type: 'string' },
    note: { type: 'string' },
    flag: { type: 'boolean' },
  },
};
const calls = (values: readonly Record<string, Json>[], target = 'tool:billing/pay') =>
  values.map((one) => ({ target, arguments: one }));
const suggest = (values: readonly Record<string, Json>[]) =>
  suggestManifest(calls(values), () => schema);

describe('a manifest that is suggested', () => {
  it('lists what was really called, and nothing else', () => {
    const seen = [
      { target: 'tool:b/two', arguments: undefined },
      { target: 'tool:a/one', arguments: {} },
      { target: 'tool:b/two', arguments: {} },
      { target: 'resource:a/file:///x', arguments: undefined },
      { target: 'model:openai/gpt-5', arguments: undefined },
      { target: 'tool:a', arguments: undefined },
    ];
    expect(suggestManifest(seen, () => undefined)).toEqual({
      tools: [{ tool: 'a/one' }, { tool: 'b/two' }],
      targets: ['model:openai/gpt-5', 'resource:a/file:///x'],
      calls: 6,
      unbounded: [],
    });
  });

  it('bounds numbers roundly, lists words of the schema, and names folders of several texts', () => {
    const values = [17, 230, 3, 41, 12.5].map((amount, at) => ({
      amount,
      currency: at % 2 === 0 ? 'EUR' : 'USD',
      path: `/srv/docs/${at}/secret-${at}.txt`,
    }));
    expect(suggest(values).tools).toEqual([
      {
        tool: 'billing/pay',
        arguments: {
          amount: { min: 0, max: 500 },
          currency: { oneOf: ['EUR', 'USD'] },
          path: { prefix: '/srv/docs/' },
        },
      },
    ]);
  });

  it('gives no value of a call away, and says of each argument without a bound why', () => {
    const values = Array.from({ length: 6 }, (_, at) => ({
      note: `customer Maria ${at}`,
      flag: true,
      extra: 'hidden-4711',
      ...(at === 0 ? {} : { amount: 123_457 }),
    }));
    const made = suggest(values);
    expect(made.tools).toEqual([{ tool: 'billing/pay' }]);
    expect(made.unbounded).toEqual([
      'billing/pay amount: not every call gave it, and what is bounded must be given',
      'billing/pay extra: its schema does not name it',
      'billing/pay flag: values of its type have no bound',
      'billing/pay note: its texts lie in no folder of their own',
    ]);
    expect(JSON.stringify(made)).not.toMatch(/Maria|4711|123/);
    expect(suggest([{ amount: 5 }]).unbounded).toEqual([
      'billing/pay amount: only 1 calls gave it',
    ]);
  });

  it('names no folder of one value, none that climbs, and no bare host', () => {
    const of = (texts: readonly string[]) => suggest(texts.map((path) => ({ path }))).tools[0];
    const same = Array.from({ length: 6 }, () => '/srv/only/one.txt');
    expect(of(same)).toEqual({ tool: 'billing/pay' });
    const spread = (prefix: string) => Array.from({ length: 6 }, (_, at) => `${prefix}${at}`);
    expect(of(spread('/srv/../x/'))).toEqual({ tool: 'billing/pay' });
    expect(of(spread('https://a.example.com'))).toEqual({ tool: 'billing/pay' });
    expect(of(spread('https://a.example.com/v1/'))).toMatchObject({
      arguments: { path: { prefix: 'https://a.example.com/v1/' } },
    });
    expect(of(spread('/'))).toEqual({ tool: 'billing/pay' });
  });

  it('is roomy for what is negative, nought or tiny', () => {
    const of = (numbers: readonly number[]) =>
      suggest(numbers.map((amount) => ({ amount }))).tools[0]?.arguments?.['amount'];
    expect(of([-3, -30, 4, 0, 1])).toEqual({ min: -50, max: 5 });
    expect(of([0, 0, 0, 0, 0])).toEqual({ min: 0, max: 0 });
    expect(of([0.3, 0.2, 0.1, 0.25, 0.3])).toEqual({ min: 0, max: 0.5 });
    expect(of([1000, 1, 1, 1, 1])).toEqual({ min: 0, max: 1000 });
  });
});
