import { describe, expect, it } from 'vitest';
import { someSnapshot } from '#contracts/snapshot-feed.suite.ts';
import {
  parseStopTarget,
  sameStopTarget,
  type StopNames,
  stopNames,
  stopTargetText,
  readStopNames,
  unknownStop,
} from './stop-target.ts';

const tool = (server: string, name: string | undefined) => ({
  kind: 'tool',
  tenant: 'main',
  server,
  tool: name,
});

describe('what a person names to stop it', () => {
  it.each([
    ['a/b.c', tool('a', 'b.c')],
    ['a.b/c', tool('a', 'b/c')],
    ['a.b.c', tool('a', 'b.c')],
    ['a/b/c', tool('a', 'b/c')],
    ['a', tool('a', undefined)],
  ])('parts server from tool at the first slash or dot: %s', (name, meant) => {
    const target = parseStopTarget('tool', name, 'main');
    expect(target).toEqual(meant);
    const [kind = '', again] = stopTargetText(target ?? { kind: 'all' }).split(' ');
    expect(parseStopTarget(kind, again, 'main')).toEqual(meant);
  });

  it.each([
    ['tool', '/x'],
    ['tool', 'a/'],
    ['tool', 'A/b'],
    ['tool', 'a/b c'],
    ['agent', ''],
    ['agent', 'a b'],
    ['agent', undefined],
    ['instance', '../x'],
    ['all', 'x'],
    ['everything', undefined],
    ['', undefined],
  ])('does not guess: %s %s', (kind, name) => {
    expect(parseStopTarget(kind, name, 'main')).toBeUndefined();
  });

  it('is the same by what it means, not by how its fields lie', () => {
    const one = { tool: undefined, server: 'a', tenant: 'main', kind: 'tool' } as const;
    expect(
      sameStopTarget(one, { kind: 'tool', tenant: 'main', server: 'a', tool: undefined }),
    ).toBe(true);
    expect(sameStopTarget({ ...one, tenant: 'other' }, one)).toBe(false);
    expect(sameStopTarget({ ...one, tool: 'x' }, one)).toBe(false);
  });
});

describe('a name that is not there', () => {
  const names: StopNames = {
    tenants: ['main'],
    agents: ['support', 'worker'],
    instances: ['i-1'],
    tools: ['billing', 'billing/create_refund'],
  };
  const unknown = (kind: string, name?: string) => {
    const target = parseStopTarget(kind, name, 'main');
    return target === undefined ? 'no target' : unknownStop(target, names);
  };

  it('is told with the nearest one that is', () => {
    expect(unknown('agent', 'suport')).toMatchObject({
      code: 'stop/unknown-target',
      message: 'there is no agent `suport`; did you mean `support`?',
      details: { nearest: 'support' },
    });
    expect(unknown('tool', 'billing.create_refunds')).toMatchObject({
      details: { nearest: 'billing/create_refund' },
    });
    for (const far of [unknown('tenant', 'other'), unknown('instance', 'zzzzzz')]) {
      expect(far).toMatchObject({ code: 'stop/unknown-target', details: undefined });
    }
  });

  it('is not one that is there, nor everything', () => {
    for (const [kind, name] of [
      ['all', undefined],
      ['agent', 'worker'],
      ['instance', 'i-1'],
      ['tool', 'billing'],
      ['tool', 'billing.create_refund'],
      ['tenant', 'main'],
    ] as const) {
      expect(unknown(kind, name)).toBeUndefined();
    }
  });

  it('is refused too when nobody can read the names, but for everything', () => {
    const worker = { kind: 'agent', tenant: 'main', agent: 'worker' } as const;
    expect(unknownStop(worker, undefined)?.code).toBe('stop/unknown-target');
    expect(unknownStop({ kind: 'all' }, undefined)).toBeUndefined();
    expect(readStopNames(Buffer.from('{'))).toBeUndefined();
    const written = Buffer.from(JSON.stringify(names));
    expect(readStopNames(written)).toEqual(names);
    expect(readStopNames(Buffer.from('{"agents":"worker"}'))?.agents).toEqual([]);
  });

  it('is looked up in the configuration and the roster, per tenant', () => {
    const roster = {
      number: 1,
      instances: {
        k1: { tenant: 'main', agent: 'a', instance: 'i-1' },
        k2: { tenant: 'other', agent: 'a', instance: 'i-2' },
      },
    };
    const found = stopNames(someSnapshot(1), roster, 'main');
    expect(found.instances).toEqual(['i-1']);
    expect(stopNames(undefined, undefined, 'main').agents).toEqual([]);
  });
});
