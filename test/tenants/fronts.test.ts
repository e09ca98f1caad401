import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alone } from '#contracts/fellows.ts';
import { compileConfiguration } from '#gateway/index.ts';
import { nextPageName } from '#gateway/results/next-page-tool.ts';
import { serveGateway, type Serving } from '#gateway/serve.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { modelsPart } from '#planes/models/index.ts';
import { protocols } from '../../src/programs/gateway/catalogue.ts';
import { openClientFace } from '../../src/programs/gateway/client-face.ts';
import { createProof } from '../../sdk/index.ts';
import { FakeKeyring } from '../fakes/fake-keyring.ts';
import { definition, snapshotOf } from '../fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../fakes/gateway-world.ts';
import type { TestInstance } from '../fakes/identity-world.ts';
import { createPipeline, createStages, listeningIn, withPages } from '#gateway/index.ts';

const tenants = ['main', 'other'] as const;
type Tenant = (typeof tenants)[number];
const canaries = { main: 'canary-of-main', other: 'canary-of-other' } as const;
const not = (tenant: Tenant): Tenant => (tenant === 'main' ? 'other' : 'main');

/** The same names in both, and some of each alone. */
function estateOf(tenant: Tenant) {
  const open = { type: 'object', properties: { to: { type: 'string' } } };
  const names = ['pay', 'read', 'large', `alone-${tenant}`];
  // What both have is the same in both: the one fake server shows it to whoever looks.
  const definitions = names.map((name) =>
    definition(name, name.startsWith('alone') ? { ...open, description: canaries[tenant] } : open),
  );
  const read = { effect: 'read' };
  return {
    definitions,
    agent: { purpose: canaries[tenant], rate: { perMinute: 600_000, burst: 100_000 } },
    server: {
      tools: { pay: { effect: 'write' }, read, large: read, [`alone-${tenant}`]: read },
      results: { labels: [], page: { bytes: 4_096 } },
      resources: {},
      prompts: {},
    },
    manifest: {
      tools: names.map((tool) => ({ tool: `fake/${tool}` })),
      targets: ['resource:fake/note:///*', 'prompt:fake/greet', `model:fake/model-${tenant}`],
    },
    policies: [
      `@id("reads") permit(principal, action, resource) unless { action == Action::"fake/pay" };
       @id("asked") @approval("write") permit(principal, action == Action::"fake/pay", resource);`,
    ],
    provider: {
      connect: { url: 'http://127.0.0.1:1/' },
      api: 'openai',
      results: { labels: [] },
      models: { [`model-${tenant}`]: {} },
    },
  };
}

interface Side {
  readonly serving: Serving;
  readonly worker: TestInstance;
}

let world: GatewayWorld;
let sides: Record<Tenant, Side>;
/** What was told to somebody of that tenant and names something of theirs: handles, cursors, sessions, ids. */
const learnt: Record<Tenant, Set<string>> = { main: new Set(), other: new Set() };

beforeAll(async () => {
  const own = estateOf('main');
  world = await createGatewayWorld(own);
  const { parts, identity, control } = world;
  const both = Object.fromEntries(
    tenants.map((tenant): [Tenant, TenantSnapshot] => {
      const made = snapshotOf({ ...estateOf(tenant), secrets: {} }, 2, identity).tenants['main'];
      return [tenant, { ...(made as TenantSnapshot), tenant }];
    }),
  );
  const snapshot = { ...snapshotOf({ ...own, secrets: {} }, 2, identity), tenants: both };
  const compiled = await compileConfiguration(
    [parts.tools, parts.policy, modelsPart],
    snapshot,
    undefined,
  );
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
  control.takeConfiguration(compiled.configuration);
  world.shown = tenants.flatMap((tenant) => estateOf(tenant).definitions);
  // The fake server says more once this many windows were taken; here none of them is looked at.
  world.released.push({ events: [] }, { events: [] });
  // A result says whose it is by what its caller said: nothing else is known of a fake server's caller.
  world.onCall = ({ tool, argumentBytes }) => {
    const said = argumentBytes.toString();
    const text = tool === 'large' ? `${said} `.repeat(600) : said;
    return { kind: 'answer', result: { content: [{ type: 'text', text }] }, bytes: text.length };
  };
  const gateway = parts as unknown as Parameters<typeof openClientFace>[0];
  const face = await openClientFace(gateway, { keyring: new FakeKeyring(), fellows: alone });
  const walked = createPipeline({
    ...parts,
    stages: createStages({ ...parts, publicConsole: 'https://people.example' }),
  });
  const listening = listeningIn(parts);
  const pipeline = withPages(walked, {
    ...parts,
    mayWait: (by) => listening.mayListen(by),
    // Who waits here waits no longer: its time is over at once.
    pause: async (ms) => {
      identity.clock.advance(ms * 60);
    },
  });
  const side = async (tenant: Tenant): Promise<Side> => ({
    serving: await serveGateway(gateway, pipeline, {
      tenant,
      protocols: protocols({ name: 'bailiwick', version: '1' }, face),
      listen: { host: '127.0.0.1', port: 0 },
      tls: undefined,
    }),
    worker: await identity.enrol('worker', undefined, tenant),
  });
  sides = { main: await side('main'), other: await side('other') };
  control.takeRoster(identity.roster);
}, 60_000);

afterAll(async () => {
  for (const tenant of tenants) await sides?.[tenant].serving.close(0);
});

interface Asked {
  readonly path: string;
  readonly method: 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject | undefined;
}

async function send(by: Tenant, { path, method, headers, body }: Asked, at: Tenant = by) {
  const { clock } = world.identity;
  // No bound of how often is what is looked for here.
  clock.advance(50);
  world.confirm();
  const url = new URL(path, sides[at].serving.url).href;
  const { worker } = sides[by];
  const { authorization = '' } = await world.present(worker);
  const accessToken = authorization.slice('DPoP '.length);
  const nonce = world.parts.identity.nonce(clock.now());
  const dpop = createProof({ key: worker.key, method, url, accessToken, nonce, now: clock.now() });
  const response = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...headers,
      authorization,
      dpop,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, session: response.headers.get('mcp-session-id') };
}

const capabilities = { elicitation: { url: {}, form: {} }, sampling: {}, roots: {} };
let next = 1;

function modern(method: string, params: JsonObject): Asked {
  const about = params['name'] ?? params['uri'];
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...(params['_meta'] as JsonObject | undefined),
  };
  return {
    path: '/mcp',
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof about === 'string' ? { 'mcp-name': about } : {}),
    },
    body: { jsonrpc: '2.0', id: (next += 1), method, params: { ...params, _meta: meta } },
  };
}

function legacy(method: string, params: JsonObject, session: string | undefined): Asked {
  return {
    path: '/mcp',
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    },
    body: { jsonrpc: '2.0', id: (next += 1), method, params },
  };
}

function model(name: string): Asked {
  const body = { model: name, messages: [{ role: 'user', content: 'hello' }] };
  return { path: '/llm/v1/chat/completions', method: 'POST', headers: {}, body };
}

/** Whatever looks like a name of something in an answer. */
function learn(by: Tenant, text: string, session: string | null): void {
  const pool = learnt[by];
  if (session !== null) pool.add(session);
  if (pool.size > 400) return;
  for (const [, found] of text.matchAll(
    /"(?:handle|approval|cursor|nextCursor|requestState|record|task|session)\\*":\s*\\*"([^"\\]{4,512})/g,
  )) {
    if (found !== undefined) pool.add(found);
  }
  for (const [found] of text.matchAll(/\b\d\.[A-Za-z0-9_-]{22}\.\d\b/g)) pool.add(found);
}

const toolNames = [
  ...tenants.map((of) => `fake.alone-${of}`),
  'fake.pay',
  'fake.read',
  'fake.nobody',
];
const modelNames = [...tenants.map((of) => `fake/model-${of}`), 'fake/model-nobody'];

type Draw = (by: Tenant) => fc.Arbitrary<Asked>;

/** Mostly what the other tenant was told; sometimes one's own. */
function nameOf(by: Tenant): fc.Arbitrary<string> {
  const pool = (of: Tenant) => fc.nat().map((at) => [...learnt[of]][at % learnt[of].size] ?? 'x');
  return fc.oneof({ arbitrary: pool(not(by)), weight: 3 }, { arbitrary: pool(by), weight: 1 });
}

/** Every way in which a client can name something, at every front. */
const draws: Readonly<Record<string, Draw>> = {
  'tools/list': (by) =>
    fc.option(nameOf(by)).map((cursor) => modern('tools/list', cursor === null ? {} : { cursor })),
  'tools/call': (by) =>
    fc
      .record({ name: fc.constantFrom(...toolNames), handle: fc.option(nameOf(by)) })
      .map(({ name, handle }) =>
        modern('tools/call', {
          name,
          arguments: { to: canaries[by] },
          ...(handle === null ? {} : { _meta: { 'dev.bailiwick/approval': handle.slice(0, 64) } }),
        }),
      ),
  retried: (by) =>
    fc
      .record({
        name: fc.constantFrom(...toolNames),
        prefix: fc.constantFrom('', 'page.', 'yes.'),
        state: nameOf(by),
      })
      .map(({ name, prefix, state }) =>
        modern('tools/call', {
          name,
          arguments: { to: canaries[by] },
          requestState: `${prefix}${state}`.slice(0, 69),
          inputResponses: { approval: { action: 'accept', content: { send: true } } },
        }),
      ),
  page: (by) =>
    nameOf(by).map((cursor) => modern('tools/call', { name: nextPageName, arguments: { cursor } })),
  offers: (by) =>
    fc
      .record({
        method: fc.constantFrom('resources/list', 'prompts/list', 'resources/templates/list'),
        cursor: nameOf(by),
      })
      .map(({ method, cursor }) => modern(method, { cursor })),
  session: (by) =>
    fc
      .record({ session: nameOf(by), name: fc.constantFrom(...toolNames), listed: fc.boolean() })
      .map(({ session, name, listed }) =>
        listed
          ? legacy('tools/list', {}, session)
          : legacy('tools/call', { name, arguments: { to: canaries[by] } }, session),
      ),
  ended: (by) =>
    nameOf(by).map((session) => ({
      ...legacy('ping', {}, session),
      method: 'DELETE',
      body: undefined,
    })),
  replied: (by) =>
    fc.record({ id: nameOf(by), session: nameOf(by) }).map(({ id, session }) => {
      const asked = legacy('ping', {}, session);
      return { ...asked, body: { jsonrpc: '2.0', id, result: { action: 'accept' } } };
    }),
  cancelled: (by) =>
    nameOf(by).map((requestId) => {
      const asked = legacy('ping', {}, undefined);
      return {
        ...asked,
        body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } },
      };
    }),
  model: () => fc.constantFrom(...modelNames).map(model),
};

/** What differs from answer to answer, and what its caller had named. */
function normal(text: string, ...named: readonly string[]): string {
  // A refusal that comes again and again is counted, and has no record of its own.
  let plain = text.replaceAll(
    /,?\\?"(?:record|authorizationContextId|dev\.bailiwick\/record)\\?":\\?"[^"\\]*\\?"/g,
    '',
  );
  for (const name of named) plain = plain.replaceAll(name, 'NAME');
  return plain.replaceAll('{,', '{').replaceAll(/"id":\d+/g, '"id"');
}

async function begun(by: Tenant): Promise<string> {
  const asked = legacy(
    'initialize',
    { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'c', version: '1' } },
    undefined,
  );
  const { session } = await send(by, asked);
  return session ?? '';
}

describe('an agent of another tenant, at every front', () => {
  it('reads, lists and is told by errors nothing of this one, whatever name, handle, cursor or session it has heard of [DAT-01]', async () => {
    for (const by of tenants) {
      const calls = ['pay', 'read', 'large', `alone-${by}`].map((tool) =>
        modern('tools/call', { name: `fake.${tool}`, arguments: { to: canaries[by] } }),
      );
      for (const asked of [...calls, modern('tools/list', {}), model(`fake/model-${by}`)]) {
        const { text } = await send(by, asked);
        learn(by, text, null);
      }
      learn(by, '', await begun(by));
      expect(learnt[by].size).toBeGreaterThanOrEqual(3);
    }
    const served: Record<string, number> = {};
    const one = fc.constantFrom(...Object.keys(draws)).chain((kind) =>
      fc.constantFrom(...tenants).chain((by) =>
        fc.record({
          kind: fc.constant(kind),
          by: fc.constant(by),
          elsewhere: fc.integer({ min: 0, max: 9 }),
          asked: (draws[kind] as Draw)(by),
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(one, async ({ kind, by, elsewhere, asked }) => {
        const isElsewhere = elsewhere === 0;
        const before = world.invocations.length;
        const { status, text, session } = await send(by, asked, isElsewhere ? not(by) : by);
        expect(text).not.toContain(canaries[not(by)]);
        const sent = JSON.stringify(asked.body ?? '');
        for (const name of [`alone-${not(by)}`, `model-${not(by)}`]) {
          if (!sent.includes(name)) expect(text).not.toContain(name);
        }
        if (isElsewhere)
          expect([status, world.invocations.length]).toEqual([
            status >= 400 || kind === 'cancelled' ? status : 0,
            before,
          ]);
        if (status === 200 && !text.includes('"error"') && !text.includes('isError":true')) {
          served[`${kind} ${by}`] = (served[`${kind} ${by}`] ?? 0) + 1;
        }
        learn(by, text, session);
      }),
      { numRuns: 1_000, seed: 20_261_128 },
    );
    // It was not all refused at the door.
    for (const by of tenants) {
      for (const kind of ['tools/list', 'tools/call', 'model', 'retried'])
        expect(served[`${kind} ${by}`] ?? 0).toBeGreaterThan(0);
    }
    for (const record of world.records) {
      const other = not(record.tenant as Tenant);
      expect(JSON.stringify(record)).not.toContain(canaries[other]);
    }
    for (const { argumentBytes } of world.invocations) {
      const said = argumentBytes.toString();
      expect(tenants.filter((of) => said.includes(canaries[of])).length).toBeLessThan(2);
    }
  }, 60_000);

  it('is answered about what is the other’s as about what is nobody’s, to the letter [DAT-01]', async () => {
    world.identity.clock.advance(61_000);
    const session = await begun('main');
    const held = await send(
      'main',
      modern('tools/call', { name: 'fake.pay', arguments: { to: `${canaries.main} again` } }),
    );
    const [, handle = ''] = /"requestState":"page\.([^"]+)"/.exec(held.text) ?? [];
    const large = await send(
      'main',
      modern('tools/call', { name: 'fake.large', arguments: { to: canaries.main } }),
    );
    const [cursor = ''] = /\b\d\.[A-Za-z0-9_-]{22}\.\d\b/.exec(large.text) ?? [];
    expect([session, handle, cursor].map((one) => one.length > 10)).toEqual([true, true, true]);
    const call = (name: string, more: JsonObject = {}) =>
      modern('tools/call', { name, arguments: { to: canaries.other }, ...more });
    const madeUp = (real: string) => real.replace(/[a-z]/g, 'q');
    const pairs: readonly (readonly [string, string, (name: string) => Asked])[] = [
      ['fake.alone-main', 'fake.alone-nope', (name) => call(name)],
      ['fake/model-main', 'fake/model-nope', model],
      [
        cursor,
        madeUp(cursor),
        (name) => modern('tools/call', { name: nextPageName, arguments: { cursor: name } }),
      ],
      [
        handle,
        madeUp(handle),
        (name) => call('fake.pay', { _meta: { 'dev.bailiwick/approval': name } }),
      ],
      [
        handle,
        madeUp(handle),
        (name) => call('fake.pay', { requestState: `page.${name}`, inputResponses: {} }),
      ],
      [session, madeUp(session), (name) => legacy('tools/list', {}, name)],
      [
        session,
        madeUp(session),
        (name) => ({ ...legacy('ping', {}, name), method: 'DELETE', body: undefined }),
      ],
    ];
    for (const [real, none, ask] of pairs) {
      const [one, two] = [await send('other', ask(real)), await send('other', ask(none))];
      expect([one.status, normal(one.text, real)]).toEqual([two.status, normal(two.text, none)]);
      expect(one.text).not.toContain(canaries.main);
    }
    // They are names of something: their owner's are good, and nobody else has used or ended them.
    const page = await send(
      'main',
      modern('tools/call', { name: nextPageName, arguments: { cursor } }),
    );
    expect(page.text).toContain(canaries.main);
    const own = await send('main', legacy('tools/list', {}, session));
    expect([own.status, own.text.includes('alone-main')]).toEqual([200, true]);
  });
});
