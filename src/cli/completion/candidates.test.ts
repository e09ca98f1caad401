import { describe, expect, it } from 'vitest';
import { commands } from '../catalogue.ts';
import { complete } from './candidates.ts';

const words = (...given: string[]) => {
  const completed = complete(commands, given);
  return completed.kind === 'words' ? completed.words.map(({ word }) => word) : completed;
};

describe('what may stand next on a command line', () => {
  it('is a noun or a command, then a verb, each once', () => {
    const first = words('');
    expect(first).toEqual(expect.arrayContaining(['approval', 'audit', 'status', 'plan']));
    expect(new Set(first as string[]).size).toBe((first as string[]).length);
    expect(words('appr')).toEqual(['approval']);
    expect(words('approval', '')).toEqual(['list', 'show', 'activity', 'approve', 'reject']);
    expect(words('audit', 'hold', 're')).toEqual(['release']);
    expect(words('audit', 'nonsense', '')).toEqual([]);
  });

  it('is a flag where one is begun, also the one of watching where that is possible', () => {
    expect(words('approval', 'list', '--a')).toEqual(['--all', '--agent']);
    expect(words('approval', 'list', '--w')).toEqual(['--watch', '--wide']);
    expect(words('approval', 'show', '--w')).toEqual(['--wide']);
  });

  it('is a value behind a flag that wants one: words, names, or files', () => {
    expect(words('approval', 'list', '-o', '')).toEqual(['json', 'table']);
    expect(words('approval', 'list', '--output', 'j')).toEqual(['json']);
    expect(words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(words('approval', 'list', '--agent', '')).toEqual({ kind: 'names', of: 'agent' });
    expect(words('status', '--data', '')).toEqual({ kind: 'files' });
    expect(words('agent', 'suspend', 'x', '--reason', '')).toEqual([]);
  });

  it('is a name of what there is, or a file, where the command wants one', () => {
    expect(words('approval', 'approve', '')).toEqual({ kind: 'names', of: 'approval' });
    expect(words('agent', 'suspend', '--reason', 'odd', '')).toEqual({
      kind: 'names',
      of: 'agent',
    });
    expect(words('agent', 'add', '')).toEqual([]);
    expect(words('plan', '')).toEqual({ kind: 'files' });
    expect(words('agent', 'suspend', 'helper', '')).toEqual([]);
    expect(words('connect', '--', '')).toEqual([]);
  });

  it('knows every command by its words', () => {
    // Shells ask it; nobody types it.
    for (const { name } of commands.filter((one) => one.name !== 'completion words')) {
      const path = name.split(' ');
      expect([name, words(...path.slice(0, -1), path.at(-1) ?? '')]).toEqual([
        name,
        expect.arrayContaining([path.at(-1)]),
      ]);
    }
  });
});
