import { describe, expect, it } from 'vitest';
import { parseStopFile } from './stop-file.ts';

const targets = (text: string) => parseStopFile(text, 'main').map(({ target }) => target);

describe('the stop file', () => {
  it('names agents, tools, tenants or everything, one a line [MON-17]', () => {
    expect(
      targets('# note\nagent support\ntool billing/create_refund\ntool crm\ntenant t2\n'),
    ).toEqual([
      { kind: 'agent', tenant: 'main', agent: 'support' },
      {
        kind: 'target',
        tenant: 'main',
        target: { kind: 'tool', owner: 'billing', name: 'create_refund' },
      },
      { kind: 'target', tenant: 'main', target: { kind: 'tool', owner: 'crm', name: undefined } },
      { kind: 'tenant', tenant: 't2' },
    ]);
  });

  it.each(['', 'all', '  \n', 'agent', 'nonsense x', 'agent a b', '\u0000\u0001', 'tool'])(
    'stops everything for %j, because what is not understood must not let anything pass [MON-17]',
    (text) => {
      expect(targets(text)).toContainEqual({ kind: 'all' });
    },
  );
});
