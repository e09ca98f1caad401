import { expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { createOutput } from '../output.ts';
import { auditHoldList } from './hold.ts';

it('what waits for another person is told in words, with the verb that the other one types', async () => {
  const waiting = (id: string, act: JsonObject) => ({ id, act, askedBy: 'pia', until: 'T' });
  const lines: string[] = [];
  await auditHoldList.run({
    words: [],
    flags: {},
    out: createOutput('table', (text) => lines.push(text)),
    request: async () => ({
      holds: [],
      waiting: [
        waiting('a-1', { kind: 'release', hold: 'h-1' }),
        waiting('a-2', { kind: 'accept-missing', origin: 'o/main/standard/g' }),
        waiting('a-3', { kind: 'erase-tenant', basis: 'x', request: 'y' }),
      ],
    }),
    dataFolder: '',
    home: '',
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  });
  expect(lines.join('').trimEnd().split('\n').slice(1)).toEqual([
    'waits for another person until T: release h-1, asked by pia; `bailiwick audit agree a-1`',
    'waits for another person until T: accept-missing o/main/standard/g, asked by pia; `bailiwick audit accept-missing o/main/standard/g --reason …`',
    'waits for another person until T: erase-tenant, asked by pia; `bailiwick audit agree a-3`',
  ]);
});
