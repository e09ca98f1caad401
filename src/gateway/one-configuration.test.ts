import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanePart } from '#contracts/plane-part.ts';
import type { Outcome } from '#kernel/call.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { modelsPart } from '#planes/models/index.ts';
import type { WorldAsk } from '../../test/fakes/gateway-asks.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { documents, generated, ways } from '../../test/path-ways.ts';
import { createConfigurations } from './configuration.ts';

const first = 1;
const last = 9;

interface Seen {
  /** Numbers of the configurations that its stages asked, in order. */
  readonly numbers: number[];
}

/** Who asks a view, without the view knowing. */
const asking = new AsyncLocalStorage<Seen>();

/** The same part, whose views say which configuration they are of to the call that asks them. */
function watch<View extends object>(part: PlanePart<View>): void {
  const compile = part.compile.bind(part);
  const plain = new WeakMap<View, View>();
  Object.assign(part, {
    async compile(snapshot: Snapshot, before: View | undefined) {
      const compiled = await compile(snapshot, before && plain.get(before));
      if (compiled.kind === 'refused') return compiled;
      const view = new Proxy(compiled.view, {
        get(target, name) {
          asking.getStore()?.numbers.push(snapshot.number);
          return Reflect.get(target, name) as unknown;
        },
      });
      plain.set(view, compiled.view);
      return { kind: 'compiled', view } as const;
    },
  });
}

// One part for all worlds, so it is watched once.
watch(modelsPart);

/** What is asked in turn, and how often at least a view is asked about it. */
const kinds: readonly { readonly ask: WorldAsk; readonly views: number }[] = [
  // Standing, resolve, decide, lend and the check of the result.
  { ask: askOf('tool-call'), views: 5 },
  // Standing, resolve and decide.
  { ask: askOf('model-generate'), views: 3 },
  { ask: askOf('model-generate, in windows'), views: 3 },
  // Standing and decide; what is offered is read from the Snapshot itself.
  { ask: askOf('resource-read'), views: 2 },
];

function askOf(name: string): WorldAsk {
  const way = ways[name];
  if (way === undefined) throw new Error('no such way');
  return way.ask;
}

/** Takes a few turns of the loop, and refuses what it is told to. */
function refusing(numbers: ReadonlySet<number>, turns: () => number): PlanePart<object> {
  return {
    name: 'refusing',
    async compile({ number }) {
      for (let left = turns(); left > 0; left -= 1) await turn();
      return numbers.has(number)
        ? { kind: 'refused', problems: [{ message: 'no' }] }
        : { kind: 'compiled', view: {} };
    },
  };
}

interface Room {
  readonly world: GatewayWorld;
  readonly worker: TestInstance;
  readonly base: Snapshot;
}

async function open(): Promise<Room> {
  const world = await createGatewayWorld({
    ...documents,
    agent: { rate: { perMinute: 10_000_000, burst: 1_000_000 } },
    policies: ['@id("yes") permit(principal, action, resource);'],
  });
  const { configuration } = world.parts.state;
  if (configuration === undefined) throw new Error('nothing is in force');
  watch(world.parts.tools);
  watch(world.parts.policy);
  return { world, worker: await world.enrol(), base: configuration.snapshot };
}

interface Plan {
  /** Above the last: a call; else the Snapshot of that number comes. */
  readonly acts: readonly number[];
  readonly refused: ReadonlySet<number>;
  readonly turns: readonly number[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  acts: fc.array(fc.integer({ min: first + 1, max: last + 12 }), { minLength: 12, maxLength: 30 }),
  refused: fc.uniqueArray(fc.integer({ min: first + 1, max: last })).map((all) => new Set(all)),
  turns: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 7, maxLength: 7 }),
});

/** Calls in the order in which they were made. */
async function play({ world, worker, base }: Room, plan: Plan) {
  let at = 0;
  const turns = (): number => plan.turns[(at += 1) % plan.turns.length] ?? 0;
  const wait = async (): Promise<void> => {
    for (let left = turns(); left > 0; left -= 1) await turn();
  };
  world.onCall = async () => {
    await wait();
    return { kind: 'answer', result: { content: [] }, bytes: 2 };
  };
  world.onExchange = async () => {
    await wait();
    return { kind: 'answer', result: ways['resource-read']?.answer ?? {}, bytes: 2 };
  };
  world.onGenerate = async ({ stream }) => {
    await wait();
    return generated(stream);
  };
  const { tools, policy } = world.parts;
  const configurations = createConfigurations(
    [tools, policy, modelsPart, refusing(plan.refused, turns)],
    () => undefined,
  );
  const inForce: number[] = [];
  configurations.follow({
    expected: (number) => world.control.expectConfiguration(number),
    inForce(configuration) {
      inForce.push(configuration.number);
      world.control.takeConfiguration(configuration);
    },
    refused: () => undefined,
  });
  const take = (number: number) => configurations.take({ ...base, number, digest: `d${number}` });
  take(first);
  while (configurations.current === undefined) await turn();
  // The token is there, so that every call begins at admit in the turn in which it is made.
  const presented = [];
  for (const act of plan.acts) if (act > last) presented.push(await world.present(worker));
  const calls: {
    readonly seen: Seen;
    readonly views: number;
    readonly outcome: Promise<Outcome>;
  }[] = [];
  for (const act of plan.acts) {
    if (act <= last) take(act);
    else {
      const seen: Seen = { numbers: [] };
      const by = presented[calls.length];
      const kind = kinds[act % kinds.length];
      if (by === undefined || kind === undefined) throw new Error('nobody asks');
      const { ask, views } = kind;
      calls.push({ seen, views, outcome: asking.run(seen, () => world.send(by, ask)) });
    }
    await wait();
  }
  const outcomes = await Promise.all(calls.map(({ outcome }) => outcome));
  const numbers = calls.map(({ seen }) => seen.numbers);
  return { numbers, views: calls.map(({ views }) => views), outcomes, inForce };
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? 0));
}

describe('whatever Snapshots come, are refused, come late or twice, while calls are on their way', () => {
  it('each call is judged by one configuration in all its stages, numbers never fall, and nobody sees a refused one [POL-06]', async () => {
    let swappedUnderWay = 0;
    const ended = new Set<string>();
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const room = await open();
        const before = room.world.records.length;
        const { numbers, views, outcomes, inForce } = await play(room, plan);
        const told = outcomes.map((one) => (one.kind === 'refused' ? one.refusal.code : one.kind));
        expect(told.filter((one) => one !== 'result' && one !== 'streamed')).toEqual([]);
        for (const [index, seen] of numbers.entries()) {
          expect(seen.length).toBeGreaterThanOrEqual(views[index] ?? 0);
          expect(new Set(seen).size).toBe(1);
        }
        const judgedBy = numbers.map((seen) => seen[0] ?? 0);
        expect(isRising(judgedBy)).toBe(true);
        expect(isRising(inForce)).toBe(true);
        expect([...judgedBy, ...inForce].filter((one) => plan.refused.has(one))).toEqual([]);
        // The records of a call name the one that judged it, from its intent to its outcome.
        const recorded = Map.groupBy(
          room.world.records.slice(before).filter(({ snapshot }) => snapshot !== undefined),
          ({ call }) => call,
        );
        for (const records of recorded.values()) {
          expect(new Set(records.map(({ snapshot }) => snapshot)).size).toBe(1);
        }
        for (const one of told) ended.add(one);
        if (new Set(judgedBy).size > 1) swappedUnderWay += 1;
      }),
      { numRuns: 40, seed: 20_261_126 },
    );
    // The property is of something: in many runs the configuration changed between calls.
    expect(swappedUnderWay).toBeGreaterThan(10);
    expect([...ended].sort()).toEqual(['result', 'streamed']);
  }, 120_000);
});
