import { describe, expect, it } from 'vitest';
import { parseUpOptions } from './options.ts';

const here = ['--data', '/tmp/plain/data', '--keys', '/tmp/plain/keys'];

describe('a listener that other machines reach', () => {
  it.each([
    ['--gateway', '0.0.0.0:7080', '--public-gateway'],
    ['--gateway', '[::]:7080', '--public-gateway'],
    ['--control', '10.0.0.7:7081', '--public-url'],
    ['--control', 'gate.example:7081', '--public-url'],
  ])(
    '%s %s is refused without a proxy that is named, and taken with it [AUD-19]',
    (flag, at, proxy) => {
      expect(() => parseUpOptions([...here, flag, at], {})).toThrow(
        expect.objectContaining({
          code: 'cli/usage',
          suggestedAction: expect.stringContaining(`${proxy} https://`),
        }),
      );
      const named = [...here, flag, at, proxy, 'https://bailiwick.example'];
      expect(() => parseUpOptions(named, {})).not.toThrow();
    },
  );

  it.each(['127.0.0.1:0', '127.8.0.1:7080', 'localhost:7080', '[::1]:7080'])(
    'is none at %s',
    (at) => {
      expect(() => parseUpOptions([...here, '--gateway', at, '--control', at], {})).not.toThrow();
    },
  );
});
