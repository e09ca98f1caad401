import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvalBinding } from '../../test/fakes/approval-asks.ts';
import { listed } from '../../test/fakes/listed.ts';
import { callDigestOf } from './grant.ts';
import { exactly, grantsTarget, parseListed } from './manifest.ts';
import { isPlainPrefix } from './prefix.ts';
import { parseTarget, sameTarget, type Target, targetKinds, targetText } from './target.ts';

/** Pieces out of which one target can be made to look like another. */
const pieces = [
  ...targetKinds.map((kind) => `${kind}:`),
  'files',
  'docs',
  'a',
  'а',
  '/',
  '／',
  ':',
  '：',
  '.',
  '..',
  '%2f',
  '%2e%2e',
  '%252f',
  '*',
  '\\',
  '\n',
  '\u0000',
  '\u200d',
  '\u00e9',
  'e\u0301',
  '\ud800',
];
const words = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((some) => some.join(''));
const anyTarget: fc.Arbitrary<Target> = fc.record({
  kind: fc.constantFrom(...targetKinds),
  owner: fc.oneof(fc.constantFrom('files', 'a'), words),
  name: fc.option(words, { nil: undefined }),
});
const isTarget = (target: Target) => {
  const read = parseTarget(targetText(target));
  return read !== undefined && sameTarget(read, target);
};

describe('a manifest', () => {
  it('grants a target by its own line and no other, whatever both are made of [TOL-21]', () => {
    let compared = 0;
    fc.assert(
      fc.property(anyTarget, anyTarget, (one, other) => {
        fc.pre(isTarget(one));
        compared += 1;
        const manifest = { targets: [exactly(one)] };
        expect(grantsTarget(manifest, one)?.target).toEqual(one);
        expect(grantsTarget(manifest, other) !== undefined).toBe(sameTarget(one, other));
      }),
      { numRuns: 5_000, seed: 26 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });

  it('is not read by the text of a target that nobody parsed', () => {
    const manifest = { targets: [listed('tool:a/b/c')] };
    expect(grantsTarget(manifest, { kind: 'tool', owner: 'a/b', name: 'c' })).toBeUndefined();
    expect(grantsTarget(manifest, { kind: 'tool', owner: 'a', name: 'b/c' })).toBeDefined();
  });

  it('grants what stands below a folder, and nothing that climbs out of it [TOL-21]', () => {
    const manifest = { targets: [listed('resource:files/file:///docs/*')] };
    const grants = (name: string, kind: Target['kind'] = 'resource', owner = 'files') =>
      grantsTarget(manifest, { kind, owner, name }) !== undefined;
    expect(grants('file:///docs/a/b.md')).toBe(true);
    expect(grants('file:///docs/a', 'prompt')).toBe(false);
    expect(grants('file:///docs/a', 'resource', 'wiki')).toBe(false);
    for (const name of [
      'file:///docs',
      'file:///docsx/a',
      'file:///docs/../etc/passwd',
      'file:///docs/a/../../etc',
      'file:///docs/%2e%2e/etc',
      'file:///docs/..%2fetc',
      'file:///docs/a%2fb',
      'file:///docs/%252e%252e/etc',
      'file:///docs//etc',
      'file:///docs/．．/etc',
      'file:///docs/..\\etc',
      'file://evil/docs/a',
      'FILE:///docs/a',
      'file:///dоcs/a',
    ]) {
      expect(grants(name), name).toBe(false);
    }
  });

  it('never grants by a folder what, once every layer is read, is not below it', () => {
    const manifest = { targets: [listed('resource:files/file:///docs/*')] };
    fc.assert(
      fc.property(words, (rest) => {
        const name = `file:///docs/${rest}`;
        if (grantsTarget(manifest, { kind: 'resource', owner: 'files', name }) === undefined)
          return;
        expect(URL.parse(name)?.href.startsWith('file:///docs/')).toBe(true);
        expect(decodeURIComponent(name).split(/[/\\]/)).not.toContain('..');
      }),
      { numRuns: 5_000, seed: 26 },
    );
  });

  it('grants below a folder one spelling of a name, so that a stop that names it holds [TOL-21]', () => {
    const below = { targets: [listed('resource:files/file:///docs/*')] };
    const grants = (name: string) =>
      grantsTarget(below, { kind: 'resource', owner: 'files', name }) !== undefined;
    expect(grants('file:///docs/secret.md')).toBe(true);
    expect(grants('file:///docs/')).toBe(true);
    for (const rest of ['%73ecret.md', 'secret.md#', 'secret.md?', 'secret.md#x', 'secret.md/']) {
      const name = `file:///docs/${rest}`;
      expect(grants(name), name).toBe(false);
      const named = listed(`resource:files/${name}`);
      expect(grantsTarget({ targets: [named] }, named.target), name).toBe(named);
    }
  });

  it('prefers the line that names a target to one that it stands below', () => {
    const below = listed('resource:files/file:///docs/*');
    const named = listed('resource:files/file:///docs/a');
    const target = named.target;
    expect(grantsTarget({ targets: [below, named] }, target)).toBe(named);
  });

  it('has a star behind the last slash and nowhere else', () => {
    expect(parseListed('resource:files/a:b/*')).toMatchObject({ prefix: true });
    for (const text of ['resource:files/a*', '*', 'resource:*/a', 'resource:files/a/*/b/*']) {
      expect(parseListed(text), text).toBe('wildcard');
    }
    expect(parseListed('resource:files')).toMatchObject({ prefix: false });
    expect(parseListed('resource:files/')).toBeUndefined();
    expect(isPlainPrefix('file:///a/b/')).toBe(true);
    expect(isPlainPrefix('file:///a/../b/')).toBe(false);
  });
});

describe('what a yes is bound to', () => {
  it('is another digest for every other target [APR-06]', () => {
    const digestOf = (target: Target) =>
      callDigestOf(approvalBinding({ target: targetText(target) }));
    fc.assert(
      fc.property(anyTarget, anyTarget, (one, other) => {
        fc.pre(isTarget(one) && isTarget(other));
        expect(digestOf(one) === digestOf(other)).toBe(sameTarget(one, other));
      }),
      { numRuns: 1_000, seed: 26 },
    );
    expect(digestOf({ kind: 'tool', owner: 'a', name: 'b' })).not.toBe(
      digestOf({ kind: 'prompt', owner: 'a', name: 'b' }),
    );
  });
});
