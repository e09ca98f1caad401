import { describe, expect, it } from 'vitest';
import { compileBounds, judgeBounds } from './bounds.ts';

describe('a bound by a prefix', () => {
  const declared = { has: () => true, defaultOf: () => undefined };
  const bounds = compileBounds(
    { bounds: { path: [{ kind: 'prefix', value: '/srv/' }] } },
    declared,
  );

  it.each([
    '/srv/..%20/etc',
    '/srv/..%3b/etc',
    '/srv/..%E3%80%80/etc',
    '/srv/%EF%BC%8E%EF%BC%8E/etc',
    '/srv/%E2%80%A4%E2%80%A4/etc',
    '/srv/a%ef%bc%8fetc',
    '/srv/.\u200b./etc',
    '/srv/..\u00ad/etc',
    '/srv/.\u034f./etc',
    '/srv/..\ufe0f/etc',
    '/srv/..:/etc',
    '/srv/..::$DATA/etc',
    '/srv/%E9/etc',
  ])('is not left by any layer of escapes: %j [TOL-21]', (path) => {
    expect(judgeBounds(bounds, { path })?.code).toBe('tools/outside-envelope');
  });

  it('lets through what stays below it', () => {
    expect(judgeBounds(bounds, { path: '/srv/a b/caf%C3%A9 100%.md' })).toBeUndefined();
  });
});
