import { describe, expect, it } from 'vitest';
import { parseStopTarget } from './stop-target.ts';
import { parseToolAddress, readTarget, splitToolText, toolSpellings } from './tool.ts';

const spellings = ['notes/add_note', 'notes__add_note', 'notes.add_note', 'tool:notes/add_note'];

describe('a tool that somebody names', () => {
  it.each(spellings)('as `%s` is one and the same wherever it is read', (text) => {
    const id = { server: 'notes', tool: 'add_note' };
    const target = { kind: 'tool', owner: 'notes', name: 'add_note' };
    expect(splitToolText(text)).toEqual(id);
    expect(parseToolAddress(text)).toEqual(id);
    expect(readTarget(text)).toEqual(target);
    expect(toolSpellings(text)).toEqual(['notes/add_note', 'notes__add_note', 'notes.add_note']);
    const stopped = { kind: 'target', tenant: 'main', target };
    expect(parseStopTarget('tool', text, 'main')).toEqual(stopped);
  });

  it('is parted at the first mark: names of tools may have all of them', () => {
    expect(splitToolText('notes__a.b/c__d')).toEqual({ server: 'notes', tool: 'a.b/c__d' });
    expect(readTarget('notes')).toEqual({ kind: 'tool', owner: 'notes', name: undefined });
    expect(toolSpellings('notes')).toEqual([]);
  });

  it('is not told of what is another kind of thing', () => {
    const uri = 'resource:files/file:///docs/x.md';
    const target = { kind: 'resource', owner: 'files', name: 'file:///docs/x.md' };
    expect(readTarget(uri)).toEqual(target);
    expect(parseStopTarget(uri, undefined, 'main')).toMatchObject({ target });
    expect(parseStopTarget('nonsense', undefined, 'main')).toBeUndefined();
  });
});
