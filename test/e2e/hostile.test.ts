import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWholeLog } from './crash-log.ts';
import { seeded } from '../fakes/seeded.ts';
import { misbehaviours } from './hostile-answers.ts';
import { stdioMisbehaviours } from './hostile-stdio.ts';
import {
  type AskKind,
  askKinds,
  askServer,
  type HostileServer,
  hostileServers,
  hostileTools,
  type HostileWorld,
  methodOf,
  startHostileWorld,
} from './hostile-world.ts';
import type { ToolAnswer } from './wire.ts';

/** More of both is what `./bailiwick soak` is for; the same seed brings the same campaign back. */
const rounds = Number(process.env['BAILIWICK_HOSTILE_CASES'] ?? 24);
const greetings = Math.ceil(rounds / 12);
const looks = Math.ceil(rounds / 12);
const seed = Number(process.env['BAILIWICK_HOSTILE_SEED'] ?? 9);
/** Of what is called like this alone: for whoever mends one. */
const only = new RegExp(process.env['BAILIWICK_HOSTILE_ONLY'] ?? '');
const met = misbehaviours.filter(({ name }) => only.test(name));

interface Case {
  readonly server: HostileServer;
  readonly kind: AskKind;
  readonly name: string;
  readonly told: readonly string[];
  readonly spoilsNext?: true | undefined;
}

interface Done {
  readonly at: Case;
  readonly became: string;
  readonly record: string | undefined;
}

const every: readonly Case[] = hostileServers.flatMap((server) =>
  askKinds.flatMap((kind): Case[] =>
    server === 'stdio'
      ? Object.entries(stdioMisbehaviours).flatMap(([name, { told, spoilsNext }]) =>
          kind.endsWith('/list') || !only.test(name)
            ? []
            : [{ server, kind, name, told, spoilsNext }],
        )
      : met.map(({ name, told }) => ({ server, kind, name, told })),
  ),
);

let world: HostileWorld;
const done: Done[] = [];

beforeAll(async () => {
  world = await startHostileWorld();
}, 60_000);
afterAll(() => world?.instance.remove());

/** Each of a shuffled table before any comes again, so that a small part of it is of all kinds. */
function drawn<One>(all: readonly One[], most: number, random: () => number): One[] {
  const left = [...all];
  return Array.from({ length: Math.min(most, all.length) }, () => {
    const [one] = left.splice(Math.floor(random() * left.length), 1);
    if (one === undefined) throw new Error('there are fewer cases');
    return one;
  });
}

function becameOf({ told, body, isError }: ToolAnswer): string {
  if (body.result !== undefined && !isError) return 'served';
  return `${told?.effect}`;
}

/** The next good one. What is told to have had no effect may be asked again: a process starts anew meanwhile. */
async function askAgain(server: HostileServer, kind: AskKind, word: string): Promise<ToolAnswer> {
  for (let tries = 0; ; tries += 1) {
    const answer = await askServer(world, server, kind, word);
    if (becameOf(answer) !== 'none' || tries > 100) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A server that is not itself yet answers nobody for a while, and whoever asks is told what is known. */
async function askUntilServed(server: HostileServer, kind: AskKind, word: string): Promise<void> {
  for (let tries = 0; tries < 4; tries += 1) {
    const became = becameOf(await askServer(world, server, kind, `spoiled~${tries}~${word}`));
    if (became === 'served') return;
  }
}

/** What is wrong with how the product met it; nothing, as a rule. */
async function meet(at: Case, word: string): Promise<readonly string[]> {
  const { server, kind, name, told, spoilsNext } = at;
  if (server !== 'stdio') {
    const does = misbehaviours.find((one) => one.name === name)?.does;
    if (does === undefined) throw new Error(name);
    world.fakes[server].answerNext(methodOf(kind), does);
  }
  const [bad, neighbour] = await Promise.all([
    askServer(world, server, kind, word),
    askServer(world, 'good', 'tools/call', word),
  ]);
  if (spoilsNext === true) await askUntilServed(server, kind, word);
  const next = await askAgain(server, kind, `after~${word}`);
  const became = becameOf(bad);
  done.push({ at, became, record: bad.record ?? recordOf(bad) });
  const problems: string[] = [];
  const wrong = (what: string, answer: ToolAnswer): void => {
    problems.push(
      `${server}: ${kind}: ${name}: ${what}: ${JSON.stringify(answer.body).slice(0, 400)}`,
    );
  };
  if (!told.includes(became)) wrong(`it is told as ${became}`, bad);
  if (became !== 'served' && !`${bad.told?.code}`.startsWith('tools/'))
    wrong('it has no code', bad);
  if (becameOf(neighbour) !== 'served') wrong('a neighbour is harmed', neighbour);
  if (becameOf(next) !== 'served') wrong('the next call is harmed', next);
  if (JSON.stringify(next.body).includes('forged')) wrong('the next call is answered by it', next);
  return problems;
}

function recordOf({ told }: ToolAnswer): string | undefined {
  return (told as { readonly record?: string } | undefined)?.record;
}

describe(`tool servers that misbehave in every way (seed ${seed})`, () => {
  it(
    'are answered for in time, with what may have happened, and harm nobody beside them [SYS-043]',
    async () => {
      const random = seeded(seed);
      // What a first call makes is there before it is counted.
      for (const server of hostileServers) await askServer(world, server, 'tools/call', 'first');
      const before = world.held();
      const problems: string[] = [];
      for (const [at, one] of drawn(every, rounds, random).entries()) {
        problems.push(...(await meet(one, `${wordOf(one)}~${at}`)));
      }
      expect(problems).toEqual([]);
      await expect
        .poll(() => world.held().files, { timeout: 40_000 })
        .toBeLessThan(before.files + 24);
      const after = world.held();
      expect(after.processes).toBeLessThanOrEqual(before.processes + 1);
      expect(after.bytes - before.bytes).toBeLessThan(256 * 1_048_576);
    },
    Math.max(60_000, rounds * 4_000),
  );

  it(
    'are known by nothing that they say when they are greeted, and no call is lost to it [SYS-043]',
    async () => {
      const random = seeded(seed + 1);
      const problems: string[] = [];
      const table = (['modern', 'legacy'] as const).flatMap((server) =>
        (['server/discover', 'initialize'] as const).flatMap((greeting) =>
          met.map((one) => ({ server, greeting, ...one })),
        ),
      );
      for (const { server, greeting, name, does } of drawn(table, greetings, random)) {
        const fake = world.fakes[server];
        const where = `${server}: ${greeting}: ${name}`;
        // Told so, it is greeted again by the next call.
        fake.answerNext('tools/call', (response) => response.writeHead(400).end());
        fake.forgetSessions();
        await askServer(world, server, 'tools/call', 'turned away');
        fake.answerNext(greeting, does);
        const told = becameOf(await askServer(world, server, 'tools/call of a write', where));
        // INVARIANT: nothing was sent to one that was not greeted.
        if (!['none', 'served'].includes(told)) problems.push(`${where}: told as ${told}`);
        const next = becameOf(await askAgain(server, 'tools/call', where));
        if (next !== 'served') problems.push(`${where}: the next call is ${next}`);
        fake.forgetHostile();
      }
      expect(problems).toEqual([]);
    },
    Math.max(60_000, greetings * 15_000),
  );

  it(
    'change nothing of what was approved by a list that misbehaves [SYS-043]',
    async () => {
      const random = seeded(seed + 2);
      const problems: string[] = [];
      const table = (['modern', 'legacy'] as const).flatMap((server) =>
        met.map((one) => ({ server, ...one })),
      );
      for (const { server, name, does } of drawn(table, looks, random)) {
        const fake = world.fakes[server];
        const before = fake.requestsOf('tools/list').length;
        await expect
          .poll(() => fake.listeners(), { message: `${server}: ${name}: listens`, timeout: 30_000 })
          .toBeGreaterThan(0);
        // The more often its list changes, the longer its word waits: up to a minute.
        fake.answerNext('tools/list', does);
        fake.setTools(hostileTools);
        await expect
          .poll(() => fake.requestsOf('tools/list').length, {
            message: `${server}: ${name}: is looked at again`,
            timeout: 75_000,
          })
          .toBeGreaterThan(before);
        const next = becameOf(await askAgain(server, 'tools/call', name));
        if (next !== 'served') problems.push(`${server}: ${name}: a call is ${next}`);
      }
      expect(problems).toEqual([]);
    },
    Math.max(60_000, looks * 90_000),
  );

  it('have one intent and one outcome on record for each call, and its effect is what was told', async () => {
    await world.close();
    const log = readWholeLog(world.instance.data);
    for (const { at, became, record } of done) {
      const outcome = log.byId.get(`${record}`);
      const where = [at.server, at.kind, at.name, became].join(': ');
      expect([where, outcome?.effect]).toEqual([where, became === 'served' ? 'done' : became]);
      const intent = `${outcome?.intent}`;
      expect([where, log.byId.get(intent)?.type]).toEqual([where, 'policy.intent']);
      expect([where, log.outcomes.get(intent)?.length]).toEqual([where, 1]);
    }
    expect(done.length).toBe(Math.min(rounds, every.length));
  });
});

/** A server by command misbehaves by the word that it is asked with. */
function wordOf({ server, name }: Case): string {
  return server === 'stdio' ? name : 'fine';
}
