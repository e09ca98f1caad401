import { beforeEach, describe, expect, it } from 'vitest';
import type { ToolAnswer } from '#contracts/tool-server.ts';
import type { Action, Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { createGatewayWorld, type GatewayWorld } from '../../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { resourceMethods } from '../mcp/resources.ts';

const handbook = 'file:///docs/handbook.md';
const secret = 'lent-Zk3+value/9';

const documents = {
  manifest: { targets: ['resource:fake/file:///docs/*', 'prompt:fake/summary'] },
  server: {
    credential: { secret: 'key', header: 'authorization', prefix: 'Bearer ' },
    results: { maxBytes: 10_000 },
  },
  secrets: { key: secret },
  definitions: [],
};

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(documents);
  worker = await world.enrol();
});

function answered(result: JsonObject): ToolAnswer {
  return { kind: 'answer', result, bytes: 2 };
}

function saidNo(code: number, said = 'Resource not found'): ToolAnswer {
  const no = refusal('tools/upstream-error', { details: { upstreamCode: code } });
  return { kind: 'failed', refusal: no, effect: 'none', said };
}

/** As the front reads it. */
function actionOf(method: string, params: JsonObject): Action {
  const read = resourceMethods[method]?.read(params);
  if (read === undefined || !('action' in read)) throw new Error('the front refuses it');
  return read.action;
}

async function ask(method: string, params: JsonObject, handle?: string): Promise<Outcome> {
  const presented = await world.present(worker);
  const action = actionOf(method, params);
  return world.send(presented, { kind: 'other', method, action, handle });
}

const read = (uri: string, handle?: string) => ask('resources/read', { uri }, handle);

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

function resultOf(outcome: Outcome): JsonObject {
  if (outcome.kind !== 'result') throw new Error(codeOf(outcome));
  return outcome.result;
}

const lastRecord = () => world.records.at(-1);

describe('a resource that is read', () => {
  const contents = [{ uri: handbook, mimeType: 'text/markdown', text: 'Ask first.', more: 1 }];

  it('is stopped by its name, and has no second name below a folder [POL-16]', async () => {
    const target = { kind: 'resource', owner: 'fake', name: handbook } as const;
    world.overlay({ kind: 'target', tenant: 'main', target }, 'stop');
    expect(codeOf(await read(handbook))).toMatch(/^stop\//);
    for (const uri of [
      'file:///docs/%68andbook.md',
      `${handbook}#`,
      `${handbook}?`,
      `${handbook}#x`,
      'file:///docs/handbook%2Emd',
      'file:///docs/..%20/private',
    ]) {
      expect(codeOf(await read(uri)), uri).toBe('offers/not-visible');
    }
    expect(world.requests).toEqual([]);
  });

  it('comes from the server that the manifest names, over all gates and on record [AUD-01]', async () => {
    world.onExchange = () => answered({ contents, resultType: 'complete' });
    expect(resultOf(await read(handbook))).toMatchObject({ contents });
    const [sent] = world.requests;
    expect(sent).toMatchObject({ method: 'resources/read', named: handbook, resultBytes: 10_000 });
    expect(parseJson(sent?.params ?? Buffer.alloc(0))).toEqual({ uri: handbook });
    expect(sent?.lent).toMatchObject([{ kind: 'header', value: `Bearer ${secret}` }]);
    expect(world.records.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['policy.intent', 'policy.outcome']),
    );
    expect(lastRecord()).toMatchObject({
      effect: 'done',
      decision: { effect: 'allow', rules: ['builtin/read'] },
      labels: { out: ['integrity:untrusted'] },
    });
  });

  it('is untrusted: the labels are durable before it is told, or it is withheld [SEM-02]', async () => {
    world.onExchange = () => answered({ contents });
    world.labelsFail = true;
    expect(codeOf(await read(handbook))).toBe('semantic/label-unavailable');
  });

  it.each([
    'file:///private/salaries.csv',
    'file:///docs/../private/salaries.csv',
    'file:///docs/%2e%2e/private/salaries.csv',
    'http://other/docs/a',
  ])('outside the manifest is not visible, and no server is asked: %s', async (uri) => {
    expect(codeOf(await read(uri))).toBe('offers/not-visible');
    expect(world.requests).toEqual([]);
    expect(lastRecord()).toMatchObject({
      type: 'gateway.refused',
      decision: { rules: ['builtin/tool-not-in-manifest'] },
    });
  });

  it('with a secret in its URI is refused, and no record keeps it, hidden or not [SEM-04]', async () => {
    const key = ['AK', 'IA', 'ABCDEFGH'.repeat(2)].join('');
    expect(codeOf(await read(`file:///docs/a?key=${key}`))).toBe('semantic/secret-in-arguments');
    expect(codeOf(await read(`file:///private/a?key=${key}`))).toBe('offers/not-visible');
    expect(world.requests).toEqual([]);
    expect(world.records).toHaveLength(2);
    expect(JSON.stringify(world.records)).not.toContain(key);
    expect(lastRecord()?.named).toMatch(/^unknown:[0-9a-f]{16}$/);
  });

  it.each([-32_002, -32_602])(
    'that is not there is told as one that is hidden is (code %d)',
    async (code) => {
      world.onExchange = () => saidNo(code, `no ${handbook} in /srv/secret-folder`);
      const missing = await read(handbook);
      const hidden = await read('file:///private/x');
      if (missing.kind !== 'refused' || hidden.kind !== 'refused') throw new Error('told');
      expect(missing.refusal).toEqual(hidden.refusal);
      expect(missing.effect).toBe('none');
    },
  );

  it('that two servers could mean is refused, unless one is named exactly', async () => {
    const twice = { targets: [...documents.manifest.targets, 'resource:other/file:///docs/*'] };
    await world.publish({ ...documents, manifest: twice, servers: ['other'] });
    expect(codeOf(await read(handbook))).toBe('offers/ambiguous');
    expect(world.requests).toEqual([]);
    const exact = { targets: [...twice.targets, `resource:other/${handbook}`] };
    await world.publish({ ...documents, manifest: exact, servers: ['other'] });
    world.onExchange = () => answered({ contents });
    expect(codeOf(await read(handbook))).toBe('result');
  });

  it.each([
    ['of another resource', [{ uri: 'file:///private/salaries.csv', text: 'x' }]],
    ['of nothing', [{ text: 'x' }]],
    ['that are no contents', [{ uri: handbook }]],
    ['that are two things at once', [{ uri: handbook, text: 'x', blob: 'eA==' }]],
    ['that are no list', 'x'],
  ])('with contents %s is a server that broke the protocol', async (_what, given) => {
    world.onExchange = () => answered({ contents: given });
    expect(codeOf(await read(handbook))).toBe('tools/upstream-protocol');
    expect(lastRecord()).toMatchObject({ type: 'policy.outcome', effect: 'done' });
  });

  it('never carries what was lent, in texts, blobs or names, to agent or log [CRD-01]', async () => {
    const blob = (text: string) => Buffer.from(text).toString('base64');
    world.onExchange = () =>
      answered({
        contents: [
          { uri: handbook, text: `key ${secret}` },
          { uri: `${handbook}/2`, blob: blob(`.${secret}.`) },
          { uri: `${handbook}/3`, blob: blob(blob(secret)), [secret]: 1 },
        ],
      });
    const told = resultOf(await read(handbook));
    const { contents: parts } = told as { contents: readonly { blob?: string }[] };
    const texts = parts.map((part) => Buffer.from(part.blob ?? '', 'base64').toString());
    for (const text of [JSON.stringify(told), JSON.stringify(world.records), ...texts]) {
      for (const form of [secret, blob(secret)]) expect(text).not.toContain(form.slice(0, 18));
    }
  });

  it('is bounded as results are', async () => {
    world.onExchange = () => answered({ contents: [{ uri: handbook, blob: 'A'.repeat(10_000) }] });
    expect(codeOf(await read(handbook))).toBe('tools/result-too-large');
  });

  it('is denied by a rule about resources, and its server is not asked [POL-01]', async () => {
    const forbid = '@id("none") forbid(principal, action, resource is Resource);';
    await world.publish({ ...documents, policies: [forbid] });
    expect(codeOf(await read(handbook))).toBe('policy/denied');
    expect(codeOf(await ask('resources/list', {}))).toBe('policy/denied');
    expect(world.requests).toEqual([]);
  });

  it('waits for a human where its document says that reading writes [APR-01]', async () => {
    const server = { ...documents.server, resources: { effect: 'write' } };
    await world.publish({ ...documents, server });
    world.onExchange = () => answered({ contents });
    const held = await read(handbook);
    if (held.kind !== 'held') throw new Error(codeOf(held));
    expect(world.requests).toEqual([]);
    await world.approve(held.approval.approvalId);
    const { handle } = held.approval;
    expect(codeOf(await read(`${handbook}?x`, handle))).not.toBe('result');
    expect(codeOf(await read(handbook, handle))).toBe('result');
    expect(world.requests).toHaveLength(1);
  });

  it('stops with its whole tool server', async () => {
    const whole = { kind: 'tool', owner: 'fake', name: undefined } as const;
    const stop = { kind: 'target', tenant: 'main', target: whole } as const;
    world.onExchange = () => answered({ contents, resources: [] });
    world.overlay(stop, 'stop');
    expect(codeOf(await read(handbook))).toMatch(/^stop\//);
    expect(codeOf(await ask('resources/list', {}))).toMatch(/^stop\//);
    expect(codeOf(await read('file:///private/x'))).toBe('offers/not-visible');
    expect(world.requests).toEqual([]);
    world.release();
    expect(codeOf(await read(handbook))).toBe('result');
  });
});

describe('a list of resources', () => {
  const items = [
    { uri: handbook, name: 'handbook', size: 3 },
    { uri: 'file:///private/salaries.csv', name: 'salaries' },
  ];

  it('is what its server lists, without what the manifest does not grant [TOL-21]', async () => {
    world.onExchange = () => answered({ resources: items, ttlMs: 9 });
    expect(resultOf(await ask('resources/list', {}))).toEqual({ resources: [items[0]] });
    expect(lastRecord()).toMatchObject({
      type: 'policy.outcome',
      labels: { out: expect.anything() },
    });
  });

  it('goes on where its server went on, by a cursor of ours', async () => {
    world.onExchange = ({ params }) =>
      params.includes('page 2')
        ? answered({ resources: [] })
        : answered({ resources: items, nextCursor: 'page 2' });
    const { nextCursor } = resultOf(await ask('resources/list', {}));
    expect(nextCursor).not.toBe('page 2');
    const last = resultOf(await ask('resources/list', { cursor: nextCursor ?? '' }));
    expect(last).toEqual({ resources: [] });
    expect(world.requests.map(({ params }) => params.toString())).toEqual([
      '{}',
      '{"cursor":"page 2"}',
    ]);
    expect(codeOf(await ask('resources/list', { cursor: 'page 2' }))).toBe('tools/invalid-cursor');
    const long = 'c'.repeat(limits.offerCursorBytes);
    world.onExchange = () => answered({ resources: items, nextCursor: long });
    expect(codeOf(await ask('resources/list', {}))).toBe('tools/upstream-protocol');
  });

  it('of templates has those from which a granted URI could be made', async () => {
    const template = (uriTemplate: string) => ({ uriTemplate, name: 'a document' });
    const resourceTemplates = [template('file:///docs/{name}'), template('file:///private/{name}')];
    world.onExchange = () => answered({ resourceTemplates });
    expect(resultOf(await ask('resources/templates/list', {}))).toEqual({
      resourceTemplates: resourceTemplates.slice(0, 1),
    });
  });

  it('is empty for an agent without resources, and no server learns that it asked', async () => {
    await world.publish({ ...documents, manifest: { targets: ['prompt:fake/summary'] } });
    const told = await ask('resources/list', {});
    expect(told).toMatchObject({ kind: 'listed', page: { items: [], nextCursor: undefined } });
    expect(world.requests).toEqual([]);
    expect(world.records.map(({ type }) => type)).toEqual(['policy.listed']);
    world.recordsFail = 'policy.listed';
    expect(codeOf(await ask('resources/list', {}))).toBe('audit/unavailable');
  });

  it('is empty where its server serves none, and a fault where it fails', async () => {
    world.onExchange = () => saidNo(-32_601);
    expect(resultOf(await ask('resources/list', {}))).toEqual({ resources: [] });
    world.onExchange = () => saidNo(-32_000, 'broken');
    expect(codeOf(await ask('resources/list', {}))).toBe('tools/upstream-error');
    world.onExchange = () => answered({ resources: [{ name: 'no uri' }] });
    expect(codeOf(await ask('resources/list', {}))).toBe('tools/upstream-protocol');
  });
});

describe('the params of a resource', () => {
  it.each([
    ['resources/read', {}],
    ['resources/read', { uri: 5 }],
    ['resources/read', { uri: '' }],
    ['resources/read', { uri: 'no-scheme' }],
    ['resources/read', { uri: 'file:///a\nb' }],
    ['resources/read', { uri: `file:///${'a'.repeat(2_048)}` }],
    ['resources/read', { uri: handbook, inputResponses: [] }],
    ['resources/read', { uri: handbook, _meta: 5 }],
    ['resources/list', { cursor: 5 }],
    ['resources/list', { cursor: 'c'.repeat(limits.offerCursorBytes + 1) }],
    ['resources/templates/list', { _meta: 5 }],
  ] as const)('are refused at the front where they mean nothing: %s %j', (method, params) => {
    expect(resourceMethods[method]?.read(params as unknown as JsonObject)).toMatchObject({
      kind: 'refusal',
    });
  });

  it('are canonical bytes of what was asked', () => {
    const { argumentBytes } = actionOf('resources/read', { uri: handbook }) as {
      argumentBytes: Buffer;
    };
    expect(argumentBytes).toEqual(canonicalBytes({ uri: handbook }));
  });
});
