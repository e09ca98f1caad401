import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GenerationAnswer } from '#contracts/model-provider.ts';
import type { ToolAnswer } from '#contracts/tool-server.ts';
import type { Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { FakeCredentialSource } from '../../test/fakes/fake-credential-source.ts';
import type { WorldAsk } from '../../test/fakes/gateway-asks.ts';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import { FakeStreamed } from '../../test/fakes/fake-streamed.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { generated, ways } from '../../test/path-ways.ts';
import { createOpenCalls } from './open-calls.ts';

const documents = {
  agent: { rate: { perMinute: 6_000_000, burst: 1_000_000 } },
  server: {
    connect: { url: 'http://127.0.0.1:1/' },
    credentials: ['one', 'two'].map((secret) => ({ secret, header: `x-${secret}` })),
    tools: { get: { effect: 'read', results: { labels: ['untrusted'] } } },
  },
  manifest: {
    tools: [{ tool: 'fake/get' }],
    targets: ['resource:fake/file:///docs/*', 'model:fake/echo'],
  },
  provider: {
    connect: { url: 'http://127.0.0.1:1/' },
    credential: { secret: 'one' },
    models: { echo: {} },
  },
  definitions: [definition('get', { type: 'object', properties: { n: { type: 'integer' } } })],
} satisfies WorldDocuments;

interface Room {
  readonly world: GatewayWorld;
  readonly source: FakeCredentialSource;
  readonly worker: TestInstance;
}

async function setUp(): Promise<Room> {
  const source = new FakeCredentialSource();
  for (const name of ['one', 'two']) source.put('main', name, `value-of-${name}`);
  const world = await createGatewayWorld(
    { ...documents, secrets: { one: 'sealed-one', two: 'sealed-two' } },
    createOpenCalls(),
    source,
  );
  return { world, source, worker: await world.enrol() };
}

const nextTurns = () => new Promise((resolve) => setImmediate(resolve));

/** How the tool server answers, by what is then known of the effect. */
const answers: Readonly<Record<string, () => ToolAnswer>> = {
  good: () => ({ kind: 'answer', result: { content: [] }, bytes: 2 }),
  misfit: () => ({ kind: 'answer', result: {}, bytes: 2 }),
  none: () => failed('none'),
  done: () => failed('done'),
  unknown: () => failed('unknown'),
  throws: () => {
    throw new TypeError('broken');
  },
};

/** What is drawn to be asked, and how many secrets it is lent. */
const kinds = {
  tool: { ask: { kind: 'invoke', tool: 'fake.get', args: { n: 1 } }, secrets: 2 },
  resource: { ask: askOf('resource-read'), secrets: 2 },
  model: { ask: askOf('model-generate'), secrets: 1 },
  streamed: { ask: askOf('model-generate, in windows'), secrets: 1 },
} as const satisfies Record<string, { readonly ask: WorldAsk; readonly secrets: number }>;

function askOf(name: string): WorldAsk {
  const way = ways[name];
  if (way === undefined) throw new Error('no such way');
  return way.ask;
}

/** The same of a model: what an answer becomes when it is a generation, or a stream of one. */
function generation(name: string, isStreamed: boolean): GenerationAnswer {
  const answer = answers[name]?.() ?? failed('unknown');
  if (!isStreamed && answer.kind === 'failed') return answer;
  if (!isStreamed || name === 'good') return generated(isStreamed);
  const stream = new FakeStreamed();
  stream.text('so ');
  if (answer.kind === 'failed') stream.say({ ...answer, kind: 'broken' });
  else stream.say('over');
  return { kind: 'stream', stream };
}

function failed(effect: 'none' | 'done' | 'unknown') {
  return { kind: 'failed', refusal: refusal('tools/upstream-error'), effect, said: 'no' } as const;
}

const exits = fc.record({
  kind: fc.constantFrom(...(['tool', 'resource', 'model', 'streamed'] as const)),
  answer: fc.constantFrom(...Object.keys(answers)),
  prompt: fc.boolean(),
  deaf: fc.boolean(),
  reusableMs: fc.constantFrom(0, 0, 1_000),
  secondIsAway: fc.boolean(),
  /** While the source is asked: the caller goes, or a stop comes. */
  meanwhile: fc.constantFrom('nothing', 'nothing', 'nothing', 'gone', 'stop', 'suspend'),
  goneDuring: fc.boolean(),
  unrecordable: fc.constantFrom<RecordDraft['type'] | undefined>(
    undefined,
    undefined,
    'policy.intent',
    'policy.outcome',
    'policy.outcome-part',
  ),
  labelsFail: fc.boolean(),
});

type Exit = typeof exits extends fc.Arbitrary<infer T> ? T : never;

function effectOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.effect : 'done';
}

async function walkOut({ world, source, worker }: Room, exit: Exit): Promise<Outcome> {
  const abort = new AbortController();
  source.soon = false;
  Object.assign(source, { prompt: exit.prompt, deaf: exit.deaf, reusableMs: exit.reusableMs });
  Object.assign(world, { recordsFail: exit.unrecordable, labelsFail: exit.labelsFail });
  world.onCall = () => {
    if (exit.goneDuring) abort.abort();
    return answers[exit.answer]?.() ?? failed('unknown');
  };
  world.onExchange = () => {
    if (exit.goneDuring) abort.abort();
    const answer = answers[exit.answer]?.() ?? failed('unknown');
    return exit.answer === 'good' ? { ...answer, result: { contents: [] } } : answer;
  };
  world.onGenerate = ({ stream }) => {
    if (exit.goneDuring) abort.abort();
    return generation(exit.answer, stream);
  };
  const presented = await world.present(worker);
  const outcome = world.send(presented, kinds[exit.kind].ask, abort.signal);
  await nextTurns();
  const target = { kind: 'agent', tenant: 'main', agent: 'worker' } as const;
  if (exit.meanwhile === 'gone') abort.abort();
  if (exit.meanwhile === 'stop') world.overlay({ kind: 'all' }, 'stop');
  if (exit.meanwhile === 'suspend') world.overlay(target, 'suspend');
  for (const [at, { answer }] of source.waiting.splice(0).entries()) {
    answer(at === 1 && exit.secondIsAway ? refusal('credentials/unavailable') : undefined);
  }
  const ended = await outcome;
  await nextTurns();
  world.release();
  world.identity.clock.advance(2_000);
  return ended;
}

describe('a loan', () => {
  it('ends exactly once for every exit after it was made, with the effect that the caller is told', async () => {
    const room = await setUp();
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(exits, async (exit) => {
        const before = room.source.given.length;
        const outcome = await walkOut(room, exit);
        const given = room.source.given.slice(before);
        expect(given.map(({ ends }) => ends.length)).toEqual(given.map(() => 1));
        const ends = new Set(given.flatMap((one) => one.ends));
        const isLent = given.length === kinds[exit.kind].secrets;
        if (isLent) expect([...ends]).toEqual([effectOf(outcome)]);
        else expect([...ends].every((effect) => effect === 'none')).toBe(true);
        seen.add(`${given.length} ${[...ends].join(' ')} ${outcome.kind}`);
      }),
      { numRuns: 600, seed: 7 },
    );
    // A property over exits that never come would hold as well.
    for (const one of ['done result', 'done refused', 'unknown refused', 'none refused']) {
      expect([...seen]).toContain(`2 ${one}`);
      expect([...seen]).toContain(`1 ${one}`);
    }
    expect([...seen]).toContain('1 done streamed');
  });

  it.each([
    ['a stop of everything', 'stop/active', 'stop'],
    ['a suspension', 'standing/agent-suspended', 'suspend'],
    ['the caller, who goes', 'gateway/cancelled', 'gone'],
  ] as const)(
    'that a source took its time for is not used after %s: nothing leaves',
    async (_, code, meanwhile) => {
      const room = await setUp();
      const usual = {
        kind: 'tool',
        answer: 'good',
        prompt: false,
        deaf: false,
        reusableMs: 0,
      } as const;
      const outcome = await walkOut(room, {
        ...usual,
        meanwhile,
        secondIsAway: false,
        goneDuring: false,
        unrecordable: undefined,
        labelsFail: false,
      });
      expect(outcome).toMatchObject({ kind: 'refused', effect: 'none', refusal: { code } });
      expect(room.world.invocations).toEqual([]);
      const last = room.world.records.at(-1);
      expect(last).toMatchObject({ type: 'policy.outcome', refusal: { stage: 'lend', code } });
      expect(room.source.given.map(({ ends }) => ends)).toEqual([['none'], ['none']]);
    },
  );

  it('is not waited for longer than a source may take; the call is refused with its record', async () => {
    expect(limits.credentialWaitMs).toBeLessThan(limits.upstreamTimeoutMs);
    const room = await setUp();
    room.source.soon = false;
    const abort = new AbortController();
    const presented = await room.world.present(room.worker);
    const ask = { kind: 'invoke', tool: 'fake.get', args: {} } as const;
    const outcome = room.world.send(presented, ask, abort.signal);
    await nextTurns();
    room.source.waiting[0]?.answer(refusal('credentials/unavailable'));
    room.source.waiting[1]?.answer();
    expect(await outcome).toMatchObject({ refusal: { code: 'credentials/unavailable' } });
    expect(room.world.records.at(-1)).toMatchObject({
      type: 'policy.outcome',
      effect: 'none',
      refusal: { stage: 'lend', code: 'credentials/unavailable' },
    });
  });
});
