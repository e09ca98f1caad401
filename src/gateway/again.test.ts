import { describe, expect, it } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import type { Principal } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { createOpenCalls } from './open-calls.ts';
import { createPipeline, type StageName, stageNames, type Stages } from './pipeline.ts';
import type { Terminal } from './terminal.ts';
import type { Stage, Walk } from './walk.ts';

const principal = { kind: 'agent', tenant: 'main', agent: 'a', instance: 'i' } as Principal;
const call = { id: 'c', action: { kind: 'tool-call' } } as Call;

/** Stages that let everything pass, but for those given; and every terminal exit that was made. */
function pathOf(given: Partial<Record<StageName, Stage>>) {
  const passed: StageName[] = [];
  const exits: { stage: StageName; walk: Walk; why: string }[] = [];
  const stages = Object.fromEntries(
    stageNames.map((name): [StageName, Stage] => [
      name,
      (walk) => {
        passed.push(name);
        return given[name]?.(walk);
      },
    ]),
  ) as Stages;
  const outcome = { kind: 'refused' } as Outcome;
  const terminal: Terminal = {
    settle: async () => undefined,
    success: (walk) => {
      exits.push({ stage: 'settle', walk, why: 'success' });
      return outcome;
    },
    async exit(walk, stage, exit) {
      exits.push({ stage, walk, why: exit.kind === 'held' ? 'held' : exit.code });
      return outcome;
    },
  };
  const run = () =>
    createPipeline({
      stages,
      terminal,
      openCalls: createOpenCalls(),
      clock: new ManualClock(),
    }).run(call);
  return { passed, exits, run };
}

const identified: Stage = (walk) => {
  walk.principal = principal;
  return undefined;
};

describe('a walk that is told to start again', () => {
  it('begins at admit with nothing gathered but who asked, and ends once', async () => {
    const seen: (Walk['decision'] | undefined)[] = [];
    const path = pathOf({
      identify: identified,
      resolve: (walk) => {
        seen.push(walk.decision);
        return undefined;
      },
      decide: (walk) => {
        walk.decision = { effect: 'approve' } as Walk['decision'];
        return undefined;
      },
      approve: (walk) => (walk.lookedFor === undefined ? { kind: 'again' } : undefined),
    });
    await path.run();
    const upTo = stageNames.slice(0, stageNames.indexOf('approve') + 1);
    expect(path.passed).toEqual([...upTo, ...stageNames]);
    expect(seen).toEqual([undefined, undefined]);
    expect(path.exits.map(({ why }) => why)).toEqual(['success']);
    expect(path.exits[0]?.walk.lookedFor).toEqual(principal);
  });

  it('does so once: the second time is a refusal with one terminal exit', async () => {
    const path = pathOf({ identify: identified, approve: () => ({ kind: 'again' }) });
    await path.run();
    expect(path.exits).toMatchObject([{ stage: 'approve', why: 'gateway/internal' }]);
    expect(path.passed.filter((name) => name === 'approve')).toHaveLength(2);
  });

  it('never does so after an intent, nor before anybody is known', async () => {
    const late = pathOf({
      identify: identified,
      intend: (walk) => {
        walk.intent = 'i1';
        return undefined;
      },
      lend: () => ({ kind: 'again' }),
    });
    await late.run();
    expect(late.exits).toMatchObject([{ stage: 'lend', why: 'gateway/internal' }]);
    const early = pathOf({ admit: () => ({ kind: 'again' }) });
    await early.run();
    expect(early.exits).toMatchObject([{ stage: 'admit', why: 'gateway/internal' }]);
  });
});
