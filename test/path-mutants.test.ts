import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createOpenCalls, createStages, pathsThrough, routeStages } from '#gateway/index.ts';
import type { Outcome } from '#kernel/call.ts';
import { openGates } from './e2e/mutants.ts';
import { createGatewayWorld } from './fakes/gateway-world.ts';
import { type Danger, dangers, type Gate, harmless, type Room } from './path-dangers.ts';
import { documents, generated, type Way, ways } from './path-ways.ts';

const { parts } = await createGatewayWorld(documents);
const routes = routeStages(pathsThrough(createStages(parts)));

/** The stages of a way, by the functions that they are. */
function gatesOf({ kind, isStreamed = false }: Way): readonly Gate[] {
  const { route } = parts.actions[kind];
  return routes[route].flatMap((name): readonly Gate[] => {
    if (name === 'resolve' && route === 'telling') return ['tell'];
    if (name === 'inspect-out' && isStreamed) return ['inspect-window', 'settle-window'];
    return [name];
  });
}

const hidden: Danger = {
  gate: 'resolve',
  code: 'what its way says',
  of: (way) => way.hidden !== undefined,
  ask: (way) => way.hidden ?? way,
};

const rows = Object.entries(ways).flatMap(([name, way]) =>
  [...dangers, hidden]
    .filter(({ gate, of }) => gatesOf(way).includes(gate) && (of?.(way) ?? true))
    .map((danger) => ({
      name,
      way,
      danger,
      gate: danger.gate,
      code: danger === hidden ? way.hidden?.code : danger.code,
    })),
);

async function setUp(way: Way, mutated: Gate | undefined): Promise<Room> {
  const world = await createGatewayWorld(documents, createOpenCalls(), undefined, (stages, own) =>
    mutated === undefined ? stages : { ...stages, [mutated]: openGates(own)[mutated] },
  );
  world.onExchange = () => ({ kind: 'answer', result: way.answer ?? {}, bytes: 2 });
  world.onGenerate = ({ stream }) => generated(stream);
  const worker = await world.enrol();
  return { world, worker, ask: way.begin?.(world) ?? way.ask };
}

async function run(room: Room, way: Way, danger?: Danger): Promise<string> {
  const { world, worker } = room;
  const { ask, looksAt } = danger?.ask?.(way) ?? { ...way, ask: room.ask };
  if (looksAt !== undefined) return (await world.look(looksAt))?.code ?? 'result';
  const shown = danger?.presents?.({}) ?? (await world.present(worker));
  return codeOf(await world.send(shown, ask));
}

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

/** How often something outside was asked for it; a look before a yes is no call. */
function asked({ world }: Room, way: Way): number {
  const { invocations, requests, generations, looks } = world;
  const calls = invocations.length + requests.length + generations.length;
  return calls + (way.looksAt === undefined ? 0 : looks);
}

/** What comes of it under a danger, and what was outside of the gateway before its end. */
async function under(danger: Danger, way: Way, mutated: Gate | undefined) {
  const room = await setUp(way, mutated);
  await danger.bring?.(room, way);
  const before = asked(room, way);
  const code = await run(room, way, danger);
  const { released, records } = room.world;
  return {
    code,
    asked: asked(room, way) - before,
    windows: released.length,
    parts: records.filter(({ type }) => type === 'policy.outcome-part').length,
    stage: records.at(-1)?.refusal?.stage,
  };
}

/** What is answered from the configuration is stopped by leaving out what is not for the caller. */
const tells: Readonly<Record<string, { told: readonly string[]; leaks: readonly string[] }>> = {
  'tool-list': { told: ['fake__get'], leaks: ['fake__hidden'] },
  'model-list': { told: ['fake/echo'], leaks: ['fake/hidden'] },
};

/** From here on it has been asked for; what is withheld is the answer. */
const behind: readonly Gate[] = [
  'forward',
  'inspect-out',
  'inspect-window',
  'settle-window',
  'settle',
];

const acts = (way: Way): boolean => gatesOf(way).includes('forward');

describe('every stage of every kind of action', () => {
  it.each(Object.keys(ways))('lets a call go when nothing is in its way: %s', async (name) => {
    const way = ways[name];
    if (way === undefined) throw new Error('no such way');
    expect(await run(await setUp(way, undefined), way)).toBe(way.usual);
  });

  it.each(rows)(
    'stops $name at $gate with $code, and nothing else would have: without the stage it goes through [POL-01]',
    async ({ way, gate, code, danger }) => {
      const sound = await under(danger, way, undefined);
      expect(sound.code).toBe(code);
      const { endsAt = gate } = danger;
      if (endsAt !== 'unsaid') expect(sound.stage).toBe(endsAt);
      const asks = acts(way) && way.asksNobody !== true;
      expect(sound.asked).toBe(asks && behind.includes(gate) ? 1 : 0);
      // INVARIANT: no window without its part on record.
      expect(sound.windows).toBe(way.isStreamed === true ? (danger.released ?? 0) : 0);
      expect(sound.parts).toBe(sound.windows);

      const mutant = await under(danger, way, gate);
      // A stage that was opened may answer in place of what it would have asked.
      const isAnother = gate === 'forward' || gate === 'resolve';
      // What is told in the end is judged once more, and by then a window too many has left.
      const isLate = way.isJudgedAgain === true && gate === 'inspect-window';
      expect(mutant.code).toBe(isLate ? code : isAnother && acts(way) ? 'result' : way.usual);
      const asksThen = asks || gate === 'resolve';
      if (acts(way) && gate !== 'forward') expect(mutant.asked).toBe(asksThen ? 1 : 0);
      if (way.isStreamed !== true || isAnother) return;
      expect(mutant.windows).toBe(2);
      expect(mutant.parts).toBe(gate === 'settle-window' ? 0 : 2);
    },
  );

  it.each(Object.entries(tells))(
    'tells by %s what is for this agent, and without its stage what is not as well [GOV-16]',
    async (name, { told, leaks }) => {
      const way = ways[name];
      if (way === undefined) throw new Error('no such way');
      expect(await namesTold(way, undefined)).toEqual(told);
      expect(await namesTold(way, 'tell')).toEqual(expect.arrayContaining([...told, ...leaks]));
    },
  );
});

async function namesTold(way: Way, mutated: Gate | undefined): Promise<readonly unknown[]> {
  const { world, worker } = await setUp(way, mutated);
  const outcome = await world.send(await world.present(worker), way.ask);
  return outcome.kind === 'listed' ? outcome.page.items.map(({ name }) => name) : [];
}

describe('the table of stages', () => {
  it('has a row for each kind and each of its stages, or says why nothing there has to be stopped', () => {
    for (const kind of Object.keys(parts.actions)) {
      const own = Object.entries(ways).filter(([, way]) => way.kind === kind);
      expect(
        own.map(([name]) => name),
        kind,
      ).not.toEqual([]);
      for (const [name, way] of own) {
        const bare = gatesOf(way).filter(
          (gate) =>
            !rows.some((row) => row.name === name && row.gate === gate) &&
            !(gate === 'tell' && Object.hasOwn(tells, name)) &&
            !Object.hasOwn(harmless, `${kind} ${gate}`),
        );
        expect(bare, name).toEqual([]);
      }
    }
  });

  it('has rows in windows for each kind that answers in windows', () => {
    for (const kind of Object.keys(parts.actions)) {
      const file = new URL(`../src/gateway/actions/${kind}.ts`, import.meta.url);
      const streams = /\bTakenStream\b/.test(readFileSync(file, 'utf8'));
      const own = Object.values(ways).filter((way) => way.kind === kind);
      expect(
        own.some(({ isStreamed }) => isStreamed === true),
        kind,
      ).toBe(streams);
    }
  });

  it('excuses nothing that has a row, and no stage that is not there', () => {
    for (const excused of Object.keys(harmless)) {
      const all = Object.entries(ways).flatMap(([name, way]) =>
        gatesOf(way).map((gate) => ({ name, gate, key: `${way.kind} ${gate}` })),
      );
      const excusing = all.filter(({ key }) => key === excused);
      expect(excusing).not.toEqual([]);
      for (const { name, gate } of excusing) {
        expect(rows.some((row) => row.name === name && row.gate === gate)).toBe(false);
      }
    }
  });
});
