import { describe, expect, it } from 'vitest';
import { type CpuProfile, groupProfile, type Share } from './profile.ts';
import { labelOf } from './profile-labels.ts';

const src = 'file:///anywhere/src';

/** Node 1 calls 2 calls 3 …; each runs for the microseconds that it is given. */
function stackOf(...frames: [functionName: string, url: string, us: number][]): CpuProfile {
  return {
    nodes: frames.map(([functionName, url], at) => ({
      id: at + 1,
      callFrame: { functionName, url },
      ...(at + 1 < frames.length ? { children: [at + 2] } : {}),
    })),
    samples: [...frames.map((_, at) => at + 1), 1],
    timeDeltas: [0, ...frames.map(([, , us]) => us)],
  };
}

const share = (shares: readonly Share[], label: string) =>
  shares.find((one) => one.label === label);

describe('a profile', () => {
  it('tells the time of a stage with and without what it calls', () => {
    const grouped = groupProfile(
      stackOf(
        ['decide', `${src}/gateway/stages/decide.ts`, 10],
        ['judge', `${src}/planes/policy/gate.ts`, 30],
      ),
    );
    expect(share(grouped.stages, 'decide')).toEqual({
      label: 'decide',
      selfUs: 10,
      inclusiveUs: 40,
    });
    expect(share(grouped.rooms, 'planes/policy')).toMatchObject({ selfUs: 30, inclusiveUs: 30 });
    expect(share(grouped.rooms, 'gateway/stages')).toMatchObject({ selfUs: 10, inclusiveUs: 40 });
  });

  it('counts a room once that stands in a stack twice', () => {
    const grouped = groupProfile(
      stackOf(
        ['record', `${src}/planes/audit/recorder.ts`, 5],
        ['seal', `${src}/planes/audit/sealer.ts`, 7],
      ),
    );
    expect(share(grouped.rooms, 'planes/audit')).toEqual({
      label: 'planes/audit',
      selfUs: 12,
      inclusiveUs: 12,
    });
  });

  it('gives what native code without a file did to whoever called it', () => {
    const grouped = groupProfile(
      stackOf(['bytes', `${src}/kernel/json/canonical.ts`, 1], ['latin1Write', '', 4]),
    );
    expect(share(grouped.rooms, 'kernel/json')).toMatchObject({ selfUs: 5 });
  });

  it('says which part of Node it was, and that collection is nobody’s', () => {
    const grouped = groupProfile(
      stackOf(
        ['serve', `${src}/gateway/http/serve.ts`, 1],
        ['end', 'node:_http_outgoing', 2],
        ['writev', '', 8],
        ['(garbage collector)', '', 16],
      ),
    );
    expect(share(grouped.internals, 'HTTP out')).toMatchObject({ selfUs: 2, inclusiveUs: 26 });
    expect(share(grouped.internals, 'sockets')).toMatchObject({ selfUs: 8 });
    expect(share(grouped.internals, 'gc')).toMatchObject({ selfUs: 16 });
    expect(share(grouped.rooms, 'gateway/http')).toMatchObject({ selfUs: 1, inclusiveUs: 27 });
  });

  it('leaves out what was idle', () => {
    const grouped = groupProfile(stackOf(['(root)', '', 0], ['(idle)', '', 900]));
    expect(grouped.busyUs).toBe(0);
  });
});

describe('a frame', () => {
  it('is of the stage by whose file or folder it is, and of a step beside them', () => {
    const stage = (file: string) => labelOf({ functionName: 'f', url: `${src}/${file}` }).stage;
    expect(stage('gateway/stages/admit.ts')).toBe('admit');
    expect(stage('gateway/stages/inspect-in/scan.ts')).toBe('inspect-in');
    expect(stage('gateway/terminal.ts')).toBe('terminal');
    expect(stage('gateway/state.ts')).toBeUndefined();
  });

  it('is of its package, or of its folder, of adapters with their kind', () => {
    const room = (url: string) => labelOf({ functionName: 'f', url }).room;
    expect(room('file:///x/node_modules/undici/lib/pool.js')).toBe('undici');
    expect(room('file:///x/node_modules/@a/b/src/c.js')).toBe('@a/b');
    expect(room(`${src}/adapters/policy-engine/cedar/judge.ts`)).toBe(
      'adapters/policy-engine/cedar',
    );
  });
});
