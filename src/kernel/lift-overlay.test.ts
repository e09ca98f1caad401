import { describe, expect, it } from 'vitest';
import { liftOverlayTarget } from './lift-overlay.ts';
import type { OverlayTarget } from './overlay.ts';

const tool: OverlayTarget = {
  kind: 'target',
  tenant: 'main',
  target: { kind: 'tool', owner: 'billing', name: 'pay' },
};
const server: OverlayTarget = {
  kind: 'target',
  tenant: 'main',
  target: { kind: 'tool', owner: 'billing', name: undefined },
};
const effect: OverlayTarget = {
  kind: 'effect',
  tenant: 'main',
  task: 't',
  target: 'tool:billing/pay',
  argumentsDigest: 'd',
};
/** As a store of the version before kept them. */
const old = {
  tool: { kind: 'tool', tenant: 'main', server: 'billing', tool: 'pay' },
  server: { kind: 'tool', tenant: 'main', server: 'billing' },
  effect: { kind: 'effect', tenant: 'main', task: 't', tool: 'billing/pay', argumentsDigest: 'd' },
};

describe('what a version before kept of a stop', () => {
  it.each([
    [old.tool, tool],
    [old.server, server],
    [old.effect, effect],
  ])('is lifted to a target: %j', (stored, now) => {
    expect(liftOverlayTarget(stored)).toEqual(now);
  });

  it.each([
    [{ kind: 'all' }],
    [{ kind: 'tenant', tenant: 'main' }],
    [{ kind: 'agent', tenant: 'main', agent: 'a' }],
    [{ kind: 'effect', tenant: 'main', task: 't' }],
    [{ kind: 'fence', tenant: 'main', task: 't', writer: 'w', life: 'l' }],
    [{ kind: 'region', region: 'eu' }],
    [tool],
    [server],
    [effect],
    ['nonsense'],
  ])('and what was alike, or nobody understands, stays: %j', (stored) => {
    expect(liftOverlayTarget(stored)).toEqual(stored);
  });
});
