import { describe, expect, it } from 'vitest';
import type { StageName } from '#gateway/index.ts';
import { methodOf } from '#gateway/mcp/methods.ts';
import type { Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { openGates } from './e2e/mutants.ts';
import { createOpenCalls } from '#gateway/index.ts';
import {
  createGatewayWorld,
  definition,
  type GatewayWorld,
  type WorldAsk,
  type WorldDocuments,
} from './fakes/gateway-world.ts';
import { presented, type TestInstance } from './fakes/identity-world.ts';

const documents = {
  manifest: {
    tools: [{ tool: 'fake/get' }],
    targets: ['resource:fake/file:///docs/*', 'prompt:fake/summary'],
  },
  server: {
    connect: { url: 'http://127.0.0.1:1/' },
    credential: { secret: 'key', header: 'authorization' },
    tools: { get: { effect: 'read', results: { labels: [] } } },
  },
  secrets: { key: 'lent-value' },
  definitions: [definition('get', { type: 'object', properties: { n: { type: 'string' } } })],
} satisfies WorldDocuments;

const contents = [{ uri: 'file:///docs/a', text: 'a' }];
const messages = [{ role: 'user', content: { type: 'text', text: 'a' } }];

/** Each kind of action that an agent asks for, as a front reads it, and what is answered to it. */
const kinds: Readonly<Record<string, { readonly ask: WorldAsk; readonly answer?: JsonObject }>> = {
  'tool-call': { ask: { kind: 'invoke', tool: 'fake.get', args: {} } },
  'resource-list': asked('resources/list', {}, { resources: [] }),
  'resource-templates': asked('resources/templates/list', {}, { resourceTemplates: [] }),
  'resource-read': asked('resources/read', { uri: 'file:///docs/a' }, { contents }),
  'prompt-list': asked('prompts/list', {}, { prompts: [] }),
  'prompt-get': asked('prompts/get', { name: 'fake.summary', arguments: {} }, { messages }),
  'tool-list': { ask: { kind: 'list' } },
  greet: { ask: { kind: 'greet' } },
  notice: { ask: { kind: 'notice' } },
  refused: { ask: { kind: 'refused', reason: refusal('admit/unknown-method') } },
};

function asked(method: string, params: JsonObject, answer: JsonObject) {
  const read = methodOf('2026-07-28', method)?.read(params);
  if (read === undefined || !('action' in read)) throw new Error('the front refuses it');
  return { ask: { kind: 'other', method, action: read.action }, answer } as const;
}

const reads = '@id("all") permit(principal, action, resource);';

/** What happens to a call, and the one code with which its stage stops it. */
const dangers: readonly (readonly [
  StageName,
  string,
  (world: GatewayWorld) => Promise<void> | void,
])[] = [
  ['admit', 'gateway/shutting-down', (world) => world.control.shutDown()],
  ['identify', 'identity/missing', () => undefined],
  [
    'standing',
    // A suspension is asked again at lend, on purpose; a rate is asked here alone.
    'standing/rate',
    async (world) => {
      const rate = { perMinute: 1, burst: 1 };
      await world.publish({ ...documents, agent: { rate } });
      const { rates, state, tools } = world.parts;
      const view = state.configuration?.of(tools);
      const agent = view?.agent({ tenant: 'main', agent: 'worker' } as Principal);
      if (agent !== undefined) rates.agent('main', agent, world.identity.clock.monotonic());
    },
  ],
  [
    'decide',
    'policy/denied',
    (world) =>
      world.publish({ ...documents, policies: ['@id("no") forbid(principal, action, resource);'] }),
  ],
  [
    'approve',
    'held',
    (world) =>
      world.publish({
        ...documents,
        policies: ['@id("two") @approval("dba") forbid(principal, action, resource);'],
      }),
  ],
  [
    'forward',
    'gateway/internal',
    (world) => {
      const broken = () => {
        throw new TypeError('broken');
      };
      Object.assign(world, { onCall: broken, onExchange: broken });
    },
  ],
  [
    'inspect-out',
    'semantic/label-unavailable',
    async (world) => {
      await world.publish({
        ...documents,
        server: { ...documents.server, tools: {} },
        policies: [reads],
      });
      world.labelsFail = true;
    },
  ],
  ['intend', 'audit/unavailable', (world) => void (world.recordsFail = 'policy.intent')],
  ['lend', 'credentials/unknown-secret', (world) => world.publish({ ...documents, secrets: {} })],
  [
    'settle',
    'audit/outcome-unrecorded',
    (world) => {
      const types = ['policy.outcome', 'policy.listed', 'gateway.greeted', 'gateway.noticed'];
      const { recorder } = world.parts;
      const record = recorder.record.bind(recorder);
      const full: typeof record = (draft, body) =>
        types.includes(draft.type) ? Promise.reject(new Error('full')) : record(draft, body);
      Object.assign(recorder, { record: full });
    },
  ],
];

const acting = [
  'admit',
  'identify',
  'standing',
  'decide',
  'approve',
  'intend',
  'lend',
  'forward',
  'inspect-out',
  'settle',
];
const stagesOf = (kind: string): readonly string[] => {
  if (kind === 'refused') return ['admit', 'identify', 'standing'];
  if (['tool-list', 'greet', 'notice'].includes(kind)) {
    return ['admit', 'identify', 'standing', 'settle'];
  }
  return acting;
};

const rows = Object.keys(kinds).flatMap((kind) =>
  dangers
    .filter(([stage]) => stagesOf(kind).includes(stage))
    .map(([stage, code, bring]) => ({ kind, stage, code, bring })),
);

interface Room {
  readonly world: GatewayWorld;
  readonly worker: TestInstance;
}

async function setUp(kind: string, mutated: StageName | undefined): Promise<Room> {
  const world = await createGatewayWorld(
    documents,
    createOpenCalls(),
    undefined,
    (stages, parts) =>
      mutated === undefined ? stages : { ...stages, [mutated]: openGates(parts)[mutated] },
  );
  world.onExchange = () => ({ kind: 'answer', result: kinds[kind]?.answer ?? {}, bytes: 2 });
  return { world, worker: await world.enrol() };
}

async function run({ world, worker }: Room, kind: string, stage: StageName): Promise<string> {
  const ask = kinds[kind]?.ask ?? { kind: 'greet' };
  const shown = stage === 'identify' ? presented({}) : await world.present(worker);
  return codeOf(await world.send(shown, ask));
}

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

/** What a call of this kind comes to when nothing is in its way. */
const usual = (kind: string): string => {
  const told = {
    'tool-list': 'listed',
    greet: 'greeted',
    notice: 'noticed',
    refused: 'admit/unknown-method',
  };
  return Object.hasOwn(told, kind) ? told[kind as keyof typeof told] : 'result';
};

/** Found as a secret, and put together from pieces. */
const token = ['gh', 'p_', 'aB3dE6gH9'.repeat(4)].join('');

describe('every stage of every kind of action', () => {
  it.each(Object.keys(kinds))(
    'lets a call of kind %s go when nothing is in its way',
    async (kind) => {
      expect(await run(await setUp(kind, undefined), kind, 'admit')).toBe(usual(kind));
    },
  );

  it.each(rows)(
    'stops a call of kind $kind at $stage with $code, and nothing else would have: without the stage it goes through',
    async ({ kind, stage, code, bring }) => {
      const sound = await setUp(kind, undefined);
      await bring(sound.world);
      expect(await run(sound, kind, stage)).toBe(code);
      const mutant = await setUp(kind, stage);
      await bring(mutant.world);
      expect(await run(mutant, kind, stage)).toBe(usual(kind));
    },
  );

  it.each([
    ['resolve', 'tools/not-visible', { kind: 'invoke', tool: 'fake.hidden', args: {} }],
    [
      'inspect-in',
      'semantic/secret-in-arguments',
      { kind: 'invoke', tool: 'fake.get', args: { n: token } },
    ],
  ] as const)(
    'stops a tool call at %s with %s, and without the stage it goes through',
    async (stage, code, ask) => {
      for (const [mutated, expected] of [
        [undefined, code],
        [stage, 'result'],
      ] as const) {
        const { world, worker } = await setUp('tool-call', mutated);
        expect(codeOf(await world.send(await world.present(worker), ask))).toBe(expected);
      }
    },
  );
});
