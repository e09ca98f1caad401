import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { parseUpOptions } from './options.ts';

const gateways = (given: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  parseUpOptions(given, { BAILIWICK_HOME: '/somewhere', ...env }).gateways;

describe('where people and clients of other machines come', () => {
  const met = (given: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const { publicUrl, publicGateway } = parseUpOptions(given, {
      BAILIWICK_HOME: '/somewhere',
      ...env,
    });
    return [publicUrl, publicGateway];
  };

  it('is nowhere unless it is said, and an https origin', () => {
    expect(met([])).toEqual([undefined, undefined]);
    expect(met(['--public-url', 'https://p.example/'])).toEqual(['https://p.example', undefined]);
    const env = { BAILIWICK_PUBLIC_GATEWAY: 'https://a.example:8443' };
    expect(met([], env)).toEqual([undefined, 'https://a.example:8443']);
  });

  it('is never anything else', () => {
    for (const wrong of [
      'http://p.example',
      'p.example',
      'https://p.example/below',
      'https://p.example?x',
      'https://a@p.example',
      'https://P.example:443/#x',
    ]) {
      expect(() => met(['--public-url', wrong])).toThrow('--public-url');
      expect(() => met(['--public-gateway', wrong])).toThrow('--public-gateway');
    }
  });
});

describe('the archive of the logs', () => {
  const archive = (given: string) =>
    parseUpOptions(['--archive', given, '--data', '/data'], { AWS_REGION: 'eu-central-1' }).archive;

  it('is a folder outside the data, or a bucket by its URL', () => {
    expect(archive('/mnt/archive')).toBe('/mnt/archive');
    expect(archive('s3://logs/prod')).toBe('s3://logs/prod');
  });

  it('stops the start where it is neither', () => {
    expect(() => archive('/data/archive')).toThrow('outside the data folder');
    expect(() => archive('s3://logs?secret=x')).toThrow('`secret` is not known');
    expect(() => archive('ftp://logs')).toThrow('not known');
  });
});

describe('a second signature of the heads', () => {
  const second = (given: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    parseUpOptions(given, { BAILIWICK_HOME: '/somewhere', ...env }).secondSignature;

  it('is none unless it is asked for, and of one kind', () => {
    expect(second([])).toBeUndefined();
    expect(second(['--second-signature', 'ml-dsa-44'])).toBe('ml-dsa-44');
    expect(second([], { BAILIWICK_SECOND_SIGNATURE: 'ml-dsa-44' })).toBe('ml-dsa-44');
    for (const wrong of ['ml-dsa-65', 'on', 'ML-DSA-44']) {
      expect(() => second(['--second-signature', wrong])).toThrow('--second-signature');
    }
  });
});

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
