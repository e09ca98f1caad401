import { describe, expect, it } from 'vitest';
import { inTableWidth, table } from './output.ts';

const header = ['TIME', 'TYPE', 'RECORD'];
const id = '0199c0de-0000-7000-8000-000000000002';
const rows = [
  ['2026-11-27T08:00:00.000Z', 'gateway.refused', id],
  ['2026-11-27T08:00:01.000Z', 'policy.intent', id],
];

describe('a table', () => {
  it('has each row on one line where nobody says how wide it may be', () => {
    const lines = table(header, rows).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(`2026-11-27T08:00:00.000Z  gateway.refused  ${id}`);
  });

  it('goes on below where a terminal is narrower, and nothing of it is cut off', () => {
    const told = inTableWidth(60, () => table(header, rows));
    expect(told.split('\n')).toEqual([
      'TIME                      TYPE',
      '    RECORD',
      '2026-11-27T08:00:00.000Z  gateway.refused',
      `    ${id}`,
      '2026-11-27T08:00:01.000Z  policy.intent',
      `    ${id}`,
    ]);
    expect(inTableWidth(79, () => table(header, rows)).split('\n')).toHaveLength(3);
  });

  it('leaves what is wider than the terminal as it is', () => {
    const told = inTableWidth(20, () => table(['RECORD'], [[id]]));
    expect(told).toBe(`RECORD\n${id}`);
  });
});
