import { createCallCounts } from '#planes/monitoring/index.ts';
import { describe, expect, it } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { createOpenCalls } from './open-calls.ts';
import { stagesThatPass } from '../../test/fakes/stages-that-pass.ts';
import { actions } from '../programs/gateway/catalogue.ts';
import type { Ended } from './gates.ts';
import { createPipeline } from './pipeline.ts';
import { Exit } from './progress.ts';
import { type StageName, stageNames } from './stage-names.ts';
import type { Terminal } from './terminal.ts';

const principal = { kind: 'agent', tenant: 'main', agent: 'a', instance: 'i' } as Principal;
const call = { id: 'c', action: { kind: 'tool-call' } } as Call;
const lookFirst = new Exit({ kind: 'look-first', server: 'fake' });

/** Stages that let everything pass, but for those given; and every terminal exit that was made. */
function pathOf(given: Parameters<typeof stagesThatPass>[0], unseen?: Refusal) {
  const exits: Ended[] = [];
  const looks: string[] = [];
  const outcome = { kind: 'refused' } as Outcome;
  const terminal: Terminal = {
    settle: async () => ({ recordId: 'r' }),
    async exit(ended) {
      exits.push(ended);
      return outcome;
    },
  };
  const { stages, passed } = stagesThatPass({
    forward: () => ({ answer: { kind: 'answer' } }),
    settle: terminal.settle,
    ...given,
  });
  const { run } = createPipeline({
    counts: createCallCounts(),
    actions: actions({} as Parameters<typeof actions>[0]),
    stages,
    terminal,
    openCalls: createOpenCalls(),
    amounts: { leave: () => undefined },
    outflow: { leave: () => undefined },
    look: async (_run, tenant, server) => {
      looks.push(`${tenant} ${server}`);
      return unseen;
    },
    clock: new ManualClock(),
  });
  return { passed, exits, looks, run: () => run(call) };
}

const identified = () => ({ principal });

describe('a walk that waits for a look at its server', () => {
  it('begins at admit with nothing found but who asked, and ends once', async () => {
    const seen: unknown[] = [];
    const path = pathOf({
      identify: identified,
      resolve: (walk: object) => {
        const known = Object.entries(walk).filter(
          ([name, value]) => value !== undefined || name === 'lookedFor',
        );
        seen.push(known.map(([name]) => name).sort());
        return {};
      },
      approve: ({ lookedFor }: { readonly lookedFor?: Principal }) =>
        lookedFor === undefined ? lookFirst : {},
    });
    expect((await path.run()).kind).toBe('result');
    const upTo = stageNames.slice(0, stageNames.indexOf('approve') + 1);
    expect(path.passed).toEqual([...upTo, ...stageNames]);
    expect(path.looks).toEqual(['main fake']);
    const atFirst = ['call', 'file', 'lookedFor', 'principal', 'startedAt'];
    expect(seen).toEqual([atFirst, atFirst]);
    expect(path.exits).toEqual([]);
  });

  it('is refused where it stood when the server could not be looked at', async () => {
    const no = refusal('tools/upstream-unreachable');
    const path = pathOf({ identify: identified, approve: () => lookFirst }, no);
    await path.run();
    expect(path.exits).toMatchObject([{ at: 'approve', why: no, walk: { lookedFor: undefined } }]);
    expect(path.passed.filter((name) => name === 'admit')).toHaveLength(1);
  });

  it('does so once: the second time is a refusal with one terminal exit', async () => {
    const path = pathOf({ identify: identified, approve: () => lookFirst });
    await path.run();
    expect(path.exits).toMatchObject([
      { at: 'approve', why: { kind: 'look-first' }, walk: { lookedFor: principal, principal } },
    ]);
    expect(path.passed.filter((name) => name === 'approve')).toHaveLength(2);
  });

  it('never does so after an intent, nor before anybody is known', async () => {
    const late: StageName[] = [];
    for (const [stages, at] of [
      [{ identify: identified, intend: () => ({ intent: 'i1' }), lend: () => lookFirst }, 'lend'],
      [{ admit: () => lookFirst }, 'admit'],
    ] as const) {
      const path = pathOf(stages);
      await path.run();
      expect(path.exits).toMatchObject([{ at }]);
      expect(path.looks).toEqual([]);
      late.push(at);
    }
    expect(late).toEqual(['lend', 'admit']);
  });
});
