import { describe, expect, it } from 'vitest';
import type { StopTarget } from './overlay.ts';
import { readReleaseNote, readStopFile, withoutStop, withStop } from './stop-file.ts';
import { stoppableKinds } from './stop-target.ts';

const all: StopTarget = { kind: 'all' };
const worker: StopTarget = { kind: 'agent', tenant: 'main', agent: 'worker' };
const reader: StopTarget = { kind: 'agent', tenant: 'main', agent: 'reader' };
const toolOf = (name: string | undefined): StopTarget => ({
  kind: 'target',
  tenant: 'main',
  target: { kind: 'tool', owner: 'a', name },
});
const dotted = toolOf('b.c');
const note = { by: 'ann', at: '2026-11-26T10:00:00.000Z', reason: 'odd # refunds\n"17"' };

const targets = (text: string) => readStopFile(text, 'main').map(({ target }) => target);

describe('the text of the stop file', () => {
  it('gives back every stop that was put in, with who, when and why [MON-17]', () => {
    let text: string | undefined;
    for (const target of [worker, dotted, all]) text = withStop(text, target, note);
    expect(readStopFile(text ?? '', 'main')).toMatchObject([
      { target: worker, understood: true, ...note },
      { target: dotted, understood: true, ...note },
      { target: all, understood: true, ...note },
    ]);
  });

  it.each(['b.c', 'b/c.d', undefined])(
    'stops the tool that was meant, whatever its name has in it: %s',
    (name) => {
      const target = toolOf(name);
      expect(targets(withStop(undefined, target, note))).toEqual([target]);
    },
  );

  it('lets the stop stand whose note is not understood, and takes a note for nothing more', () => {
    for (const behind of ['# odd', '# {"by":7}', '#{', '# all', '# \u0000']) {
      expect(targets(`agent worker ${behind}\n`)).toEqual([worker]);
    }
  });

  it('never stops less for one stop more: an empty file goes on to stop everything', () => {
    for (const text of ['', '\n\n', '# note\n', 'nonsense\n']) {
      expect(targets(withStop(text, worker, note))).toEqual([all, worker]);
    }
  });

  it('of a version before means what it meant, and so does its note [MON-17]', () => {
    const line = 'tool a/b.c # {"at":"2026-11-26T10:00:00.000Z","by":"ann","reason":"odd"}';
    const whole = 'tool a # {"at":"2026-11-26T10:00:00.000Z","by":"ann","reason":"odd"}';
    expect(targets(`${line}\n${whole}\ntool a.b\n`)).toEqual([
      dotted,
      toolOf(undefined),
      toolOf('b'),
    ]);
    const by = { at: '2026-11-26T11:00:00.000Z', by: 'ben', reason: 'over' };
    const released = readReleaseNote(Buffer.from(JSON.stringify({ line, release: by })), 'main');
    expect(released).toMatchObject({ line: { target: dotted, by: 'ann' }, release: by });
    expect(withoutStop(`${line}\n${whole}\n`, dotted, 'main')).toMatchObject({
      text: `${whole}\n`,
      released: [{ target: dotted }],
    });
  });

  it('carries a target of every kind that can be named in it', () => {
    for (const kind of stoppableKinds) {
      const target: StopTarget = {
        kind: 'target',
        tenant: 'main',
        target: { kind, owner: 'a', name: 'b:/c%20d' },
      };
      if (kind !== 'tool') expect(targets(withStop(undefined, target, note))).toEqual([target]);
      const whole: StopTarget = { ...target, target: { kind, owner: 'a', name: undefined } };
      expect(targets(withStop(undefined, whole, note))).toEqual([whole]);
    }
  });

  it('stops everything rather than less of a name that does not fit into a line', () => {
    for (const name of ['b c', 'b#c', 'b\tc']) {
      const target = { kind: 'prompt', owner: 'a', name } as const;
      expect(
        targets(withStop(undefined, { kind: 'target', tenant: 'main', target }, note)),
      ).toContainEqual(all);
    }
  });

  it('loses exactly the stop that is released, and goes when none is left', () => {
    const both = withStop(withStop(undefined, worker, note), reader, note);
    const one = withoutStop(both, worker, 'main');
    expect(one.released).toMatchObject([{ target: worker, ...note }]);
    expect(targets(one.text ?? '')).toEqual([reader]);
    expect(withoutStop(one.text ?? '', reader, 'main').text).toBeUndefined();
    const none = withoutStop(both, dotted, 'main');
    expect(none).toEqual({ text: both, released: [] });
  });

  it('keeps `all` when an agent is released, and the agent when `all` is', () => {
    const both = withStop(withStop(undefined, all, note), worker, note);
    expect(targets(withoutStop(both, worker, 'main').text ?? '')).toEqual([all]);
    expect(targets(withoutStop(both, all, 'main').text ?? '')).toEqual([worker]);
    expect(targets(withoutStop('what?\nagent worker\n', all, 'main').text ?? '')).toEqual([worker]);
    expect(withoutStop('', all, 'main')).toMatchObject({ text: undefined, released: [{}] });
  });
});
