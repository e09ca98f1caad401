import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenAiProvider } from '#adapters/model-provider/openai/index.ts';
import type { ModelConnection } from '#contracts/model-provider.ts';
import { chunkStream } from '#gateway/llm/chunks.ts';
import { readChat } from '#gateway/llm/chat-request.ts';
import { canonicalBytes, canonicalText, type JsonObject } from '#kernel/json/index.ts';
import { createModelKind } from '#planes/models/index.ts';
import type { Behaviour } from './fakes/fake-model-provider/behaviours.ts';
import { contentPlace, cut, places, respond, saying } from './fakes/fake-model-provider/saying.ts';
import { chunk } from './fakes/fake-model-provider/completion.ts';
import {
  type FakeModelProvider,
  startFakeModelProvider,
} from './fakes/fake-model-provider/index.ts';
import { createGatewayWorld, type GatewayWorld } from './fakes/gateway-world.ts';
import type { TestInstance } from './fakes/identity-world.ts';
import { secretSamples } from './fakes/secret-samples.ts';

const key = 'lent-Zk3+value/9-of-the-provider';
const canary = 'canary-of-this-test-0123';

let provider: FakeModelProvider;
let connection: ModelConnection;
let world: GatewayWorld;
let agent: TestInstance;

beforeAll(async () => {
  provider = await startFakeModelProvider({ key });
  const spec = {
    connect: { url: provider.url },
    credential: { secret: 'key' },
    results: { labels: [] },
    models: { echo: {} },
  };
  const parsed = createModelKind([{ kind: 'openai' }]).parse('fake', spec);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed));
  connection = createOpenAiProvider().open(parsed.entry);
  world = await createGatewayWorld({
    agent: { rate: { perMinute: 6_000_000, burst: 1_000_000 } },
    manifest: { targets: ['model:fake/echo'] },
    provider: spec,
    canaries: [canary],
    secrets: { key },
    definitions: [],
  });
  world.onGenerate = (generation) => connection.generate(generation);
  agent = await world.enrol();
});
afterAll(async () => {
  await connection.close();
  await provider.close();
});

/** What must not be told: planted here, lent there, or known by its shape. */
const planted: Readonly<Record<string, () => string>> = {
  'a canary': () => canary,
  'what was lent': () => key,
  ...Object.fromEntries(
    ['github-token', 'npm-token', 'anthropic-key', 'aws-access-key', 'jwt'].map((name) => [
      name,
      secretSamples[name] ?? (() => ''),
    ]),
  ),
};

/** Asks once; everything of it that is outside of the gateway or on record. */
async function ask(behaviour: Behaviour, stream: boolean) {
  provider.answerNext(behaviour);
  const messages = [{ role: 'user', content: 'hello' }];
  const { action } = readChat(canonicalBytes({ model: 'fake/echo', messages, stream }));
  const before = { windows: world.released.length, records: world.records.length };
  const outcome = await world.send(await world.present(agent), {
    kind: 'other',
    method: 'POST chat/completions',
    action,
  });
  const windows = world.released.slice(before.windows);
  const records = world.records.slice(before.records);
  const form = chunkStream('fake/model', true);
  const wire = [...windows.map((window) => form.window(window)), form.end(outcome)];
  const lanes = new Map<string, string>();
  for (const event of windows.flatMap(({ events }) => events)) {
    if (event.kind === 'text') lanes.set(event.lane, (lanes.get(event.lane) ?? '') + event.text);
  }
  const told = outcome.kind === 'result' ? outcome.result : outcome;
  const bodies = records.map((record) => String(world.bodies.get(record) ?? ''));
  const said = JSON.stringify([told, windows, [...lanes.values()]]);
  return {
    kind: outcome.kind,
    said,
    everything: [said, JSON.stringify(records), bodies, Buffer.concat(wire)].join('\n'),
  };
}

describe('what a model says', () => {
  it.each(Object.keys(places))(
    'never carries a secret out in %s, whole or cut anywhere, while all around it is told [CRD-01, SEM-04]',
    async (name) => {
      const place = places[name] ?? contentPlace;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...Object.keys(planted)),
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
          fc.boolean(),
          async (what, sizes, stream) => {
            const secret = planted[what]?.() ?? '';
            const text = `before ${secret} after`.slice(0, place.isWhole ? 256 : undefined);
            const { kind, said, everything } = await ask(saying(place, text, sizes), stream);
            expect(kind).toBe(stream ? 'streamed' : 'result');
            expect(said).toMatch(/before .* after|before \[/);
            expect(everything).not.toContain(secret);
            // Nor a part of it that is worth having.
            expect(everything).not.toContain(secret.slice(-16));
          },
        ),
        { numRuns: 60, seed: 20_261_126 },
      );
    },
  );

  it('never carries one out in why it failed, before it began or in the middle [CRD-01, TOL-05]', async () => {
    for (const [what, make] of Object.entries(planted)) {
      const secret = make();
      // All but its last letter, which the upstream never says.
      const half = secret.slice(0, -1);
      const error: JsonObject = { error: { message: `no: ${secret} is wrong`, type: 'x' } };
      const before: Behaviour = (response) => {
        response.writeHead(500, { 'content-type': 'application/json' });
        response.end(canonicalText(error));
      };
      const inside: Behaviour = (response, asked) =>
        respond(response, [
          ...cut(`half of ${half}`, [3]).map((content) => chunk(asked, { content })),
          error,
        ]);
      for (const [behaviour, stream] of [
        [before, false],
        [before, true],
        [inside, true],
      ] as const) {
        const { kind, everything } = await ask(behaviour, stream);
        expect(kind, what).toBe('refused');
        expect(everything).not.toContain(half);
        expect(everything).not.toContain(half.slice(-16));
      }
    }
  });
});
