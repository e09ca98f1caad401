import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { markClosed, retiredWriters, unmarkClosed, writerOf } from './retired.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'retired-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

describe('a gateway that is not started any more', () => {
  it('is one whose journal is there, until its log is known to be closed', () => {
    expect(retiredWriters(data, 1)).toEqual([]);
    for (const name of [
      'control-1',
      'gateway-1',
      'gateway-2',
      'gateway-10',
      'gateway-x',
      'mutant',
    ]) {
      mkdirSync(join(data, 'journal', name), { recursive: true });
    }
    expect(retiredWriters(data, 1).toSorted()).toEqual(['gateway-10', 'gateway-2']);
    expect(retiredWriters(data, 2)).toEqual(['gateway-10']);
    markClosed(data, 'gateway-10');
    expect(retiredWriters(data, 2)).toEqual([]);
    unmarkClosed(data, 'gateway-10');
    unmarkClosed(data, 'gateway-2');
    expect(retiredWriters(data, 2)).toEqual(['gateway-10']);
    expect(writerOf(1)).toBe('gateway-2');
  });
});
