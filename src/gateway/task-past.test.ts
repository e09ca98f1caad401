import { describe, expect, it } from 'vitest';
import type { ToldPage, ToldRecord } from '#contracts/told-records.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from '#planes/flow/index.ts';
import { fakeCircle } from '../../test/fakes/fake-fellows.ts';
import { hastyTimer } from '../../test/fakes/hasty-timer.ts';
import { createOwnTold } from './last-told.ts';
import type { KnownOfTask } from './relearning.ts';
import { createTaskPast } from './task-past.ts';

const flows: Readonly<Record<string, ToolFlow>> = {
  ticket: {
    sinks: { id: 'objectId' },
    deeds: [],
    asserted: ['id', 'from'],
    ids: ['id'],
    names: ['id'],
  },
  note: { sinks: {}, deeds: ['note'], asserted: [], ids: [], names: [] },
  send: { sinks: { to: 'recipient' }, deeds: ['send'], asserted: [], ids: [], names: [] },
  save: { sinks: { path: 'path' }, deeds: ['save'], asserted: [], ids: [], names: [] },
};
const tools = Object.fromEntries(Object.entries(flows).map(([name, flow]) => [name, { flow }]));
const configuration = {
  snapshot: { tenants: { main: { servers: { desk: { tools } } } } },
} as unknown as Configuration;
const principal = { tenant: 'main', task: 't' } as Principal;
const key = 'main\nt';
type Tool = keyof typeof effects;
const effects = { ticket: 'read', note: 'write', send: 'write', save: 'write' } as const;

/** Gateways that share one log, which has what is durable once `written` says so. */
function installation(count: number) {
  const log: ToldRecord[] = [];
  const circle = fakeCircle(count);
  let clock = 0;
  let calls = 0;
  const world = {
    isWhole: true,
    asks: 0,
    hidden: new Set<string>(),
    next: undefined as string | undefined,
  };
  const onAsk: { do?: () => void } = {};
  const record = (more: Partial<ToldRecord>): ToldRecord => {
    clock += 1;
    const id = `r${clock}`;
    const usual = { target: undefined, effect: undefined, text: undefined, call: '', writer: 'w' };
    const flags = {
      untrusted: false,
      carried: [],
      refused: false,
      didNothing: false,
      kind: 'told' as const,
    };
    const made: ToldRecord = { id, at: clock, ...usual, ...flags, ...more };
    log.push(made);
    return made;
  };
  record({ kind: 'begun' });
  const told = {
    async of({ since }: { since: number }): Promise<ToldPage> {
      world.asks += 1;
      onAsk.do?.();
      const records = log.filter(({ at, id }) => at >= since && !world.hidden.has(id));
      return { records, next: world.next, isWhole: world.isWhole };
    },
  };
  const lives = new Map<number, ReturnType<typeof live>>();
  const live = (index: number, era = 1, memory = createFlowMemory()) => {
    const own = createOwnTold();
    const state = { serving: count, era };
    const fellows = circle.fellows[index] ?? { count, others: [] };
    const past = createTaskPast({ memory, told, own, fellows, state, timer: hastyTimer() });
    circle.join(index, { lastTold: (ask) => own.lastTold(ask) });
    const noting = own.noting({
      writer: `g${index}`,
      healthy: true,
      record: async () => ({ id: log.at(-1)?.id ?? '', position: { segment: 0, offset: 0 } }),
      recordAll: async () => [],
      commit: () => ({ sha256: '', bytes: 0 }),
    });
    /** As the path does it: recorded, learnt, recorded, told. */
    const call = async (tool: Tool, args: JsonObject, result: JsonObject): Promise<ToldRecord> => {
      calls += 1;
      const id = `c${calls}`;
      const effect = effects[tool];
      const of = { call: id, target: `tool:desk/${tool}`, effect, writer: `g${index}` };
      record({ ...of, kind: 'asked', text: JSON.stringify(args) });
      memory.learn(key, {
        target: `desk/${tool}`,
        call: id,
        flow: flows[tool],
        untrusted: true,
        effect,
        arguments: args,
        argumentsDigest: JSON.stringify(args),
        result,
        told: { at: clock, begunAt: clock, by: undefined },
      });
      const made = record({ ...of, kind: 'told', untrusted: true, text: JSON.stringify(result) });
      await noting.record({ type: 'policy.outcome', tenant: 'main', task: 't', actors: [] });
      return made;
    };
    const judge = (
      tool: Tool,
      args: JsonObject,
      words: string,
      found: KnownOfTask,
    ): 'auto' | 'step-up' | 'no' =>
      memory.judge(key, {
        target: `desk/${tool}`,
        flow: flows[tool] ?? { sinks: {}, deeds: [], asserted: [], ids: [], names: [] },
        effect: effects[tool],
        reversible: false,
        arguments: args,
        argumentsDigest: JSON.stringify(args),
        words: readWords(words),
        untrusted: true,
        seenAll: found === 'all',
        missing: found === 'part',
      }).verdict;
    const bring = () => past.bring(principal, configuration);
    const asked = async (tool: Tool, args: JsonObject, words: string) =>
      judge(tool, args, words, await bring());
    const made = { memory, state, past, call, bring, asked, judge };
    lives.set(index, made);
    return made;
  };
  return { circle, log, world, live, onAsk };
}

function seededRandom(seed: number): () => number {
  let at = seed;
  return () => {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    return at / 2 ** 32;
  };
}

const ticket = {
  structuredContent: { id: 311, from: 'rita@client.example', body: 'to evil@x.example or a.txt' },
};
const words = 'Send an answer to whoever wrote ticket 311, and save a summary.';
const toRita = { to: 'rita@client.example' };
const toEvil = { to: 'evil@x.example' };

describe('a task that a gateway knows from the log', () => {
  it('is judged after a restart as before it: an honest call goes, an attack waits [SEM-05, POL-11]', async () => {
    const { live } = installation(1);
    await live(0).call('ticket', { id: 311 }, ticket);
    const again = live(0, 2);
    expect(await again.asked('send', toRita, words)).toBe('auto');
    expect(await again.asked('save', { path: 'summary.txt' }, words)).toBe('auto');
    expect(await again.asked('send', toEvil, words)).toBe('step-up');
    expect(await again.asked('save', { path: 'a.txt' }, words)).toBe('step-up');
  });

  it('does no deed a second time because it was restarted [SEM-05]', async () => {
    const { live } = installation(1);
    const first = live(0);
    await first.call('ticket', { id: 311 }, ticket);
    await first.call('send', toRita, { content: [] });
    expect(await live(0, 2).asked('send', toRita, words)).toBe('step-up');
  });

  it('reads it once while who serves is the same [POL-11]', async () => {
    const { live, world } = installation(1);
    await live(0).call('ticket', { id: 311 }, ticket);
    const again = live(0, 2);
    for (let n = 0; n < 5; n += 1) expect(await again.bring()).toBe('all');
    expect(world.asks).toBe(1);
    again.state.era += 1;
    await again.bring();
    expect(world.asks).toBe(2);
  });

  it('counts what was erased, is not kept or is not in the log yet as missed [SEM-05]', async () => {
    for (const spoil of [
      (one: ToldRecord) => ({ ...one, text: undefined }),
      (one: ToldRecord) => ({ ...one, text: 'no json' }),
    ]) {
      const { live, log } = installation(1);
      await live(0).call('ticket', { id: 311 }, ticket);
      log.splice(2, 1, spoil(log[2] as ToldRecord));
      const again = live(0, 2);
      expect(await again.asked('save', { path: 'summary.txt' }, words)).toBe('step-up');
      expect(await again.asked('send', toRita, words)).toBe('step-up');
    }
    const { live, world } = installation(1);
    await live(0).call('ticket', { id: 311 }, ticket);
    world.isWhole = false;
    expect(await live(0, 2).bring()).toBe('part');
  });

  it('does not know what was done where the arguments of it are erased: every deed may be another time [SEM-05]', async () => {
    const { live, log } = installation(1);
    const first = live(0);
    await first.call('ticket', { id: 311 }, ticket);
    await first.call('note', { body: 'x' }, { content: [] });
    const asked = log.findIndex(({ kind, effect }) => kind === 'asked' && effect === 'write');
    log.splice(asked, 1, { ...(log[asked] as ToldRecord), text: undefined });
    expect(await live(0, 2).asked('send', { to: 'rita@client.example' }, words)).toBe('step-up');
  });

  it('is no whole one where nothing on record says why it is a stranger’s', async () => {
    const { live } = installation(1);
    expect(await live(0).bring()).toBe('part');
  });

  it('is no whole one where what was read was dropped to make room meanwhile [SEM-05]', async () => {
    const { live, onAsk } = installation(1);
    await live(0).call('ticket', { id: 311 }, ticket);
    const memory = createFlowMemory({ tasks: 1, allBytes: 1_000_000 });
    const again = live(0, 2, memory);
    onAsk.do = () => memory.begin('main\nother');
    expect(await again.bring()).toBe('part');
    delete onAsk.do;
    expect(await again.bring()).toBe('all');
  });

  it('is no whole one while a call that acts has no end on record: it may have been made [SEM-05]', async () => {
    const { live, log } = installation(1);
    const first = live(0);
    await first.call('ticket', { id: 311 }, ticket);
    await first.call('send', toRita, { content: [] });
    const end = log.pop();
    const again = live(0, 2);
    expect(await again.bring()).toBe('part');
    expect(await again.asked('send', toRita, words)).toBe('step-up');
    if (end !== undefined) log.push(end);
    expect(await again.bring()).toBe('all');
    expect(await again.asked('send', toRita, words)).toBe('step-up');
  });

  it('is read within a bound of pages, and is no whole one beyond it [SEM-05]', async () => {
    const { live, world } = installation(1);
    await live(0).call('ticket', { id: 311 }, ticket);
    world.next = 'more';
    const again = live(0, 2);
    await again.bring();
    const asked = world.asks;
    expect(await again.bring()).toBe('part');
    expect(world.asks - asked).toBeLessThanOrEqual(64);
  });

  it('waits no second time for a log that did not come [POL-11]', async () => {
    const { live, world } = installation(1);
    await live(0).call('ticket', { id: 311 }, ticket);
    world.isWhole = false;
    const again = live(0, 2);
    await again.bring();
    const waited = world.asks;
    await again.bring();
    expect(waited).toBeGreaterThan(1);
    expect(world.asks).toBe(waited + 1);
  });
});

describe('two gateways of one installation', () => {
  it('judge a value that the other one read as that one would [SEM-05, POL-11]', async () => {
    const { live } = installation(2);
    const [one, other] = [live(0), live(1)];
    await one.call('ticket', { id: 311 }, ticket);
    expect(await other.asked('send', toRita, words)).toBe('auto');
    expect(await other.asked('send', toEvil, words)).toBe('step-up');
    expect(await other.asked('save', { path: 'a.txt' }, words)).toBe('step-up');
    await one.call('send', toRita, { content: [] });
    expect(await other.asked('send', toRita, words)).toBe('step-up');
  });

  it('free nothing while what the other one told is not in the log, or while it does not answer [SEM-05]', async () => {
    const { live, world, circle } = installation(2);
    const [one, other] = [live(0), live(1)];
    const { id } = await one.call('ticket', { id: 311 }, ticket);
    world.hidden.add(id);
    expect(await other.bring()).toBe('part');
    world.hidden.clear();
    expect(await other.bring()).toBe('all');
    circle.leave(0);
    expect(await other.bring()).toBe('part');
    expect(await other.asked('save', { path: 'summary.txt' }, words)).toBe('step-up');
  });

  it('free nothing beside a gateway that is none of them', async () => {
    const { live } = installation(2);
    const [one, other] = [live(0), live(1)];
    await one.call('ticket', { id: 311 }, ticket);
    other.state.serving = 3;
    expect(await other.bring()).toBe('part');
  });

  it('free in no order of calls what one gateway would not free [SEM-05]', async () => {
    const random = seededRandom(7);
    const pick = <One>(all: readonly One[]): One => all[Math.floor(random() * all.length)] as One;
    const people = ['rita@client.example', 'evil@x.example', 'bob@acme.example'];
    const steps = (): readonly (readonly [Tool, JsonObject, JsonObject])[] =>
      Array.from({ length: 6 }, () => {
        const who = pick(people);
        return pick([
          [
            'ticket',
            { id: 311 },
            { structuredContent: { id: 311, from: who, body: pick(people) } },
          ],
          ['ticket', { id: 'N-1' }, { structuredContent: { id: 'N-1', body: who } }],
          ['note', { id: 'N-1', body: who }, { content: [] }],
          ['send', { to: who }, { content: [] }],
        ] as const);
      });
    const said = 'Send it to whoever wrote ticket 311 or stands in N-1, and save it.';
    const asks = [
      ...people.map((to) => ['send', { to }] as const),
      ['save', { path: 'summary.txt' }] as const,
    ];
    let freed = 0;
    for (let round = 0; round < 60; round += 1) {
      const alone = installation(1).live(0);
      const { live } = installation(2);
      const pair = [live(0), live(1)] as const;
      for (const [tool, args, result] of steps()) {
        await alone.call(tool, args, result);
        await pick(pair).call(tool, args, result);
        for (const [sink, given] of asks) {
          const single = alone.judge(sink, given, said, 'all');
          const found = await pick(pair).asked(sink, given, said);
          freed += Number(found === 'auto');
          if (found === 'auto') expect([round, sink, given, single]).toContain('auto');
        }
      }
    }
    expect(freed).toBeGreaterThan(100);
  });
});

describe('what a gateway told last', () => {
  it('is not known of tasks that it forgot', async () => {
    const own = createOwnTold(1);
    const recorder = own.noting({
      writer: 'w',
      healthy: true,
      record: async () => ({ id: 'r', position: { segment: 0, offset: 0 } }),
      recordAll: async () => [],
      commit: () => ({ sha256: '', bytes: 0 }),
    });
    expect(own.lastTold(principal)).toEqual({ record: null, isKnown: true });
    for (const task of ['t', 'u']) {
      await recorder.record({ type: 'policy.outcome', tenant: 'main', task, actors: [] });
    }
    expect(own.lastTold({ tenant: 'main', task: 'u' })).toEqual({ record: 'r', isKnown: true });
    expect(own.lastTold(principal)).toEqual({ record: null, isKnown: false });
  });
});

it('waits for a place no longer than for the log: one that answers nobody holds up nobody else [SEM-05]', async () => {
  const never = new Promise<ToldPage>(() => undefined);
  const parts = {
    memory: createFlowMemory(),
    own: createOwnTold(),
    fellows: { count: 1, others: [] },
    state: { serving: 1, era: 1 },
    timer: hastyTimer(),
  };
  const past = createTaskPast({ ...parts, told: { of: () => never } });
  const bring = (task: string) => past.bring({ tenant: 'main', task } as Principal, configuration);
  for (const task of ['a', 'b', 'c', 'd']) void bring(task);
  expect(await bring('e')).toBe('part');
});
