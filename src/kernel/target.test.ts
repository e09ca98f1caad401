import { describe, expect, it } from 'vitest';
import {
  longestTargetText,
  parseTarget,
  sameTarget,
  targetKinds,
  targetLabel,
  targetText,
} from './target.ts';

describe('a target', () => {
  it('is read back as it was written, with or without a name, whatever stands in the name', () => {
    for (const kind of targetKinds) {
      for (const name of [undefined, 'create_refund', 'a/b:c', 'file:///docs/x y']) {
        const target = { kind, owner: 'billing-1', name };
        expect(parseTarget(targetText(target))).toEqual(target);
      }
    }
  });

  it('of an unknown kind, without owner or with an empty name is nothing', () => {
    for (const text of [
      '',
      'tool',
      'tool:',
      'tool:/x',
      'tool:a/',
      'thing:a/b',
      'a/b',
      ':a/b',
      'tool:a b/c',
    ]) {
      expect(parseTarget(text), text).toBeUndefined();
    }
  });

  it('has a name that no key, column or writer of UTF-8 takes for another, and not longer than it may be', () => {
    for (const name of ['a\nb', '\u0000', '\u0085', '\ud800', 'x'.repeat(2_049)]) {
      expect(parseTarget(`resource:files/${name}`), name).toBeUndefined();
    }
    const longest = { kind: 'resource', owner: 'o'.repeat(128), name: 'x'.repeat(2_048) } as const;
    expect(parseTarget(targetText(longest))).toEqual(longest);
    expect(targetText(longest).length).toBeLessThanOrEqual(longestTargetText);
  });

  it('that is a tool is told without its kind, every other with it', () => {
    expect(targetLabel({ kind: 'tool', owner: 'a', name: 'b' })).toBe('a/b');
    expect(targetLabel({ kind: 'model', owner: 'a', name: 'b' })).toBe('model:a/b');
  });

  it('is the same as another only in all its parts', () => {
    const one = { kind: 'tool', owner: 'a', name: 'b' } as const;
    expect(sameTarget(one, { ...one })).toBe(true);
    for (const other of [{ kind: 'model' }, { owner: 'c' }, { name: undefined }] as const) {
      expect(sameTarget(one, { ...one, ...other })).toBe(false);
    }
  });
});
