import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { parseUpOptions } from './options.ts';

const gateways = (given: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  parseUpOptions(given, { BAILIWICK_HOME: '/somewhere', ...env }).gateways;

describe('how many gateways are started', () => {
  it('is one unless it is said, or one for each core', () => {
    expect(gateways([])).toBe(1);
    expect(gateways(['--gateways', '2'])).toBe(2);
    expect(gateways([], { BAILIWICK_GATEWAYS: '3' })).toBe(3);
    expect(gateways(['--gateways', '2'], { BAILIWICK_GATEWAYS: '3' })).toBe(2);
    const cores = Math.min(limits.gateways, availableParallelism());
    expect(gateways(['--gateways', 'auto'])).toBe(cores);
  });

  it('is at least one and at most the bound', () => {
    expect(gateways(['--gateways', String(limits.gateways)])).toBe(limits.gateways);
    for (const wrong of ['0', '-1', '1.5', 'many', '', String(limits.gateways + 1)]) {
      expect(() => gateways([`--gateways=${wrong}`])).toThrow('--gateways');
    }
  });
});
