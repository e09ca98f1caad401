import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { DataScope, ToolFlow } from '#kernel/tool.ts';
import { outsideOf } from './data-scope.ts';

const flow: ToolFlow = {
  sinks: { path: 'path', url: 'url', to: 'recipient', id: 'objectId', account: 'account' },
  deeds: [],
  asserted: [],
  ids: [],
  names: [],
};
const scope: DataScope = {
  paths: ['/projects/apollo/'],
  hosts: ['acme.example'],
  ids: ['APL-'],
  accounts: ['DE89 3704 0044 0532 0130 00'],
  outside: 'signal',
};
const outside = (given: JsonObject, of = scope) =>
  outsideOf(given, flow, of).map(({ argument }) => argument);

describe('a scope of data', () => {
  it.each<readonly [string, string, string]>([
    ['path', '/projects/apollo/plan.md', '/projects/zeus/plan.md'],
    ['path', '/projects/apollo/a/b', '/projects/apollo/../zeus/plan.md'],
    ['path', '/projects/apollo/x', '/projects/apollo/%2e%2e/zeus'],
    ['url', 'https://files.acme.example/x', 'https://acme.example.evil.example/x'],
    ['to', 'ann@acme.example', 'ann@evil.example'],
    ['to', 'ann@mail.acme.example', 'somebody'],
    ['id', 'APL-12', 'ZEU-12'],
    ['account', 'DE89370400440532013000', 'DE02120300000000202051'],
  ])('holds what goes by `%s` to %s, and not to %s [MON-02]', (argument, within, beyond) => {
    expect(outside({ [argument]: within })).toEqual([]);
    expect(outside({ [argument]: beyond })).toEqual([argument]);
  });

  it('says nothing of kinds that it does not name, and of free text', () => {
    expect(outside({ to: 'ann@evil.example' }, { paths: ['/a/'], outside: 'signal' })).toEqual([]);
    expect(outside({ note: 'see https://evil.example/x' })).toEqual([]);
  });

  it('finds each of a list, and counts what is too much as outside [MON-02]', () => {
    const list = { ...flow, sinks: { 'to[]': 'recipient' } } as ToolFlow;
    const to = Array.from({ length: 40 }, (_, at) => `x${at}@evil.example`);
    expect(outsideOf({ to }, list, scope)).toHaveLength(16);
    expect(outsideOf({ to: ['a@acme.example', ...to.slice(0, 1)] }, list, scope)).toEqual([
      { argument: 'to[1]', kind: 'recipient' },
    ]);
  });
});
