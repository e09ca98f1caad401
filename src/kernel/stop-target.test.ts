import { describe, expect, it } from 'vitest';
import { someSnapshot } from '#contracts/snapshot-feed.suite.ts';
import {
  parseStopTarget,
  sameStopTarget,
  type StopNames,
  stopNames,
  stoppableKinds,
  stopTargetText,
  stopTargetWords,
  readStopNames,
  unknownStop,
} from './stop-target.ts';
import type { TargetKind } from './target.ts';

const of = (kind: TargetKind, owner: string, name: string | undefined) => ({
  kind: 'target' as const,
  tenant: 'main',
  target: { kind, owner, name },
});
const tool = (server: string, name: string | undefined) => of('tool', server, name);

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
    ['resource', 'docs/file:///a/b.md', of('resource', 'docs', 'file:///a/b.md')],
    ['resource', 'docs', of('resource', 'docs', undefined)],
    ['prompt', 'docs/greet.me', of('prompt', 'docs', 'greet.me')],
    ['model', 'openai/gpt-4o', of('model', 'openai', 'gpt-4o')],
    ['model', 'openai', of('model', 'openai', undefined)],
    ['host', 'api.example.com', of('host', 'api.example.com', undefined)],
  ])('is a target of any kind: %s %s', (kind, name, meant) => {
    const target = parseStopTarget(kind, name, 'main');
    expect(target).toEqual(meant);
    expect(stopTargetText(meant)).toBe(`${kind} ${name}`);
  });

  it('is said in words for every kind that can be stopped', () => {
    for (const kind of stoppableKinds) expect(stopTargetWords).toContain(`| ${kind} `);
    expect(stopTargetWords).toContain('tool SERVER[/TOOL]');
    expect(stopTargetWords).toContain('model PROVIDER[/MODEL]');
  });

  it.each([
    ['resource', 'docs/file:///a b'],
    ['resource', 'docs/file:///a#b'],
    ['resource', `docs/${'x'.repeat(2_049)}`],
    ['prompt', 'docs/'],
    ['model', '/gpt'],
    ['host', 'a b'],
    ['target', 'tool:a/b'],
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
    const one = tool('a', undefined);
    const again = {
      target: { name: undefined, owner: 'a', kind: 'tool' },
      tenant: 'main',
    } as const;
    expect(sameStopTarget(one, { ...again, kind: 'target' })).toBe(true);
    expect(sameStopTarget({ ...one, tenant: 'other' }, one)).toBe(false);
    expect(sameStopTarget(tool('a', 'x'), one)).toBe(false);
    expect(sameStopTarget(of('prompt', 'a', 'x'), tool('a', 'x'))).toBe(false);
  });
});

describe('a name that is not there', () => {
  const names: StopNames = {
    tenants: ['main'],
    agents: ['support', 'worker'],
    instances: ['i-1'],
    targets: ['tool:billing', 'tool:billing/create_refund', 'model:openai', 'prompt:billing'],
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
    expect(unknown('model', 'opnai')).toMatchObject({
      message: 'there is no model `opnai`; did you mean `openai`?',
    });
    expect(unknown('prompt', 'billing/create_refund')).toMatchObject({ details: undefined });
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
      ['model', 'openai'],
      ['prompt', 'billing'],
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
    const before = '{"agents":[],"instances":[],"tenants":[],"tools":["billing","billing/pay"]}';
    expect(readStopNames(Buffer.from(before))?.targets).toEqual([
      'tool:billing',
      'tool:billing/pay',
    ]);
  });

  it('is looked up in the configuration and the roster, per tenant', () => {
    const model = { kind: 'model', owner: 'openai', name: 'gpt-5' } as const;
    const roster = {
      number: 1,
      instances: {
        k1: { tenant: 'main', agent: 'a', instance: 'i-1' },
        k2: { tenant: 'other', agent: 'a', instance: 'i-2' },
      },
    };
    const found = stopNames(someSnapshot(1), roster, 'main', [{ target: model }]);
    expect(found.instances).toEqual(['i-1']);
    // What a document declares is a name, and its owner is, whether a manifest grants it or not.
    expect(found.targets).toEqual(expect.arrayContaining(['model:openai', 'model:openai/gpt-5']));
    expect(stopNames(undefined, undefined, 'main', []).agents).toEqual([]);
  });
});
