import { beforeEach, describe, expect, it } from 'vitest';
import type { CutOff } from '#contracts/tool-server.ts';
import type { Action, Outcome } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import { definition, type WorldDocuments } from '../../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { methodOf } from '../mcp/methods.ts';
import { truncatedKey } from '../results/marker.ts';
import { nextPageName } from '../results/next-page-tool.ts';

const rowSchema = {
  type: 'object',
  properties: { rows: { type: 'array', items: { type: 'object' } } },
  required: ['rows'],
};
const permitting = '@id("yes") permit(principal, action, resource);';

function promising(name: string, outputSchema: JsonObject): ToolDefinition {
  const whole = { ...definition(name, { type: 'object' }).definition, outputSchema };
  return { name, definition: whole, digest: sha256Hex(canonicalBytes(whole)) };
}

const documents = {
  definitions: [
    definition('dump', { type: 'object', properties: { n: { type: 'integer' } } }),
    promising('rows', rowSchema),
    promising('exact', {
      ...rowSchema,
      properties: { rows: { type: 'array', minItems: 5_000 } },
    }),
  ],
  manifest: {
    tools: ['dump', 'rows', 'exact'].map((name) => ({ tool: `fake/${name}` })),
    sensitivity: 'sensitive',
  },
  policies: [permitting],
  server: {
    results: { labels: ['personal'] },
    tools: Object.fromEntries(['dump', 'rows', 'exact'].map((name) => [name, { effect: 'write' }])),
  },
} satisfies WorldDocuments;

const paged = (page: JsonObject): WorldDocuments => ({
  ...documents,
  server: { ...documents.server, results: { labels: ['personal'], page } },
});

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(paged({ bytes: 8_192, rows: 1_000 }));
  worker = await world.enrol();
});

function answers(result: JsonObject, cut?: CutOff): void {
  world.onCall = () => ({
    kind: 'answer',
    result,
    bytes: 2,
    ...(cut === undefined ? {} : { cut }),
  });
}

const text = (letters: number) => ({
  content: [{ type: 'text', text: 'abcdefg\n'.repeat(letters / 8) }],
});
const table = (count: number) => ({
  content: [],
  structuredContent: { rows: Array.from({ length: count }, (_, id) => ({ id })) },
});

async function nextPage(args: JsonObject, by = worker): Promise<Outcome> {
  const read = methodOf('2025-11-25', 'tools/call')?.read({ name: nextPageName, arguments: args });
  if (read === undefined || !('action' in read)) throw new Error('the front refuses it');
  const action: Action = read.action;
  return world.send(await world.present(by), { kind: 'other', method: 'tools/call', action });
}

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

function resultOf(outcome: Outcome): JsonObject {
  if (outcome.kind !== 'result') throw new Error(codeOf(outcome));
  return outcome.result;
}

interface Mark extends JsonObject {
  readonly cursor?: string;
}

function markOf({ _meta: meta }: JsonObject): Mark {
  return ((meta as JsonObject | undefined)?.[truncatedKey] ?? {}) as Mark;
}

const textsOf = ({ content }: JsonObject): string[] =>
  (content as unknown as readonly { readonly text?: string }[]).map(({ text: one = '' }) => one);

async function dump(n = 1): Promise<JsonObject> {
  return resultOf(await world.ask(worker, 'dump', { n }));
}

async function listed(): Promise<readonly unknown[]> {
  const outcome = await world.send(await world.present(worker), { kind: 'list' });
  return outcome.kind === 'listed' ? outcome.page.items.map(({ name }) => name) : [];
}

describe('a result that is not told whole', () => {
  it('comes in pages that say all of it: each names the next in words and for programs, and is on record [TOL-04]', async () => {
    answers(text(40_000));
    let page = await dump();
    const told: string[] = [];
    for (;;) {
      const texts = textsOf(page);
      told.push(texts[0] ?? '');
      const { cursor } = markOf(page);
      if (cursor === undefined) break;
      expect(texts.at(-1)).toContain(`call the tool ${nextPageName} with {"cursor":"${cursor}"}`);
      expect(world.invocations).toHaveLength(1);
      page = resultOf(await nextPage({ cursor }));
      expect(world.records.at(-1)).toMatchObject({
        type: 'policy.outcome',
        named: nextPageName,
        target: { target: 'tool:fake/dump', effectClass: 'read' },
        labels: { out: ['confidentiality:personal'] },
        details: { page: told.length + 1, of: world.invocations[0]?.callId },
      });
    }
    expect(told.length).toBeGreaterThan(5);
    expect(told.join('')).toBe(textsOf(text(40_000)).join(''));
    expect(markOf(page)).toMatchObject({ page: told.length, pages: told.length, heldBytes: 0 });
    const first = world.records.find(({ type }) => type === 'policy.outcome');
    expect(first?.details).toMatchObject({
      pages: told.length,
      kept: true,
      heldBack: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: expect.any(Number) },
    });
  });

  it('is cut between two rows, and still fits what the tool promises [TOL-04]', async () => {
    answers(table(2_500));
    const first = resultOf(await world.ask(worker, 'rows', {}));
    const rows = [first];
    for (let mark = markOf(first); mark.cursor !== undefined; mark = markOf(rows.at(-1) ?? {})) {
      rows.push(resultOf(await nextPage({ cursor: mark.cursor })));
    }
    const all = rows.flatMap(
      ({ structuredContent }) => (structuredContent as { rows: unknown[] }).rows,
    );
    expect(all).toEqual(table(2_500).structuredContent.rows);
    expect(first['isError']).toBeUndefined();
  });

  it('says that it breaks the promise where it cannot be cut and keep it', async () => {
    answers(table(6_000));
    const first = resultOf(await world.ask(worker, 'exact', {}));
    expect(first).toMatchObject({ isError: true });
    expect(first['structuredContent']).toBeUndefined();
    expect(markOf(first)).toMatchObject({
      structuredContent: 'left-out',
      cursor: expect.any(String),
    });
  });

  it('is told whole up to its bounds, at their very edge, by the same bytes as before', async () => {
    await world.publish(documents);
    answers(table(limits.resultPageRows));
    expect(resultOf(await world.ask(worker, 'rows', {}))).toEqual(table(limits.resultPageRows));
    answers(table(limits.resultPageRows + 1));
    const over = resultOf(await world.ask(worker, 'rows', {}));
    expect(markOf(over)).toMatchObject({ page: 1, cursor: expect.any(String) });
    answers({ content: [{ type: 'text', text: 'x'.repeat(limits.resultPageBytes + 1) }] });
    expect(markOf(await dump())).toEqual({});
  });

  it('that its server went on with is cut where nobody read on, without its very end, and says so [TOL-04]', async () => {
    const half = ['gh', 'p_', 'aB3dE6gH9'].join('');
    answers(
      { content: [{ type: 'text', text: `${'abcdefg\n'.repeat(20_000)}${half}` }] },
      { path: ['content', 0, 'text'], bytes: 1_000_000_000 },
    );
    const pages = [await dump()];
    for (;;) {
      const { cursor } = markOf(pages.at(-1) ?? {});
      if (cursor === undefined) break;
      pages.push(resultOf(await nextPage({ cursor })));
    }
    const told = pages.flatMap(textsOf).join('');
    expect(told).not.toContain(half.slice(0, 6));
    expect(told).toContain('the rest was dropped');
    expect(markOf(pages[0] ?? {})).toMatchObject({ cutOffAfterBytes: limits.resultBytes });
    const outcome = world.records.find(({ type }) => type === 'policy.outcome');
    expect(outcome?.details).toMatchObject({ cutOffAtBytes: 1_000_000_000 });
  });

  it('that would have more pages than are kept is told by its first one alone, and is on record whole', async () => {
    const letters = 8_192 * limits.resultPages;
    answers(text(letters));
    const first = await dump();
    expect(textsOf(first).at(-1)).toContain(`page 1 of at least ${limits.resultPages}.`);
    expect(textsOf(first).at(-1)).toContain('bytes more could not be kept');
    expect(markOf(first)).not.toHaveProperty('cursor');
    const outcome = world.records.find(({ type }) => type === 'policy.outcome');
    const bytes = canonicalBytes(text(letters)).length;
    expect(outcome?.details).toMatchObject({ kept: false, heldBack: { bytes } });
  });

  it('is cleaned whole before it is cut: a secret that lies over two pages is told by neither', async () => {
    const token = ['gh', 'p_', 'aB3dE6gH9'.repeat(4)].join('');
    answers({
      content: [{ type: 'text', text: `${'x'.repeat(6_100)} ${token} ${'y'.repeat(9_000)}` }],
    });
    const first = await dump();
    const second = resultOf(await nextPage({ cursor: markOf(first).cursor ?? '' }));
    const told = textsOf(first)[0]?.concat(textsOf(second)[0] ?? '') ?? '';
    for (let at = 0; at + 8 <= token.length; at += 1)
      expect(told).not.toContain(token.slice(at, at + 8));
  });
});

describe('a cursor of a result', () => {
  async function cursor(): Promise<string> {
    answers(text(20_000));
    return markOf(await dump()).cursor ?? '';
  }

  it('is good for nobody else, and in no other form, and all are told alike [TOL-04]', async () => {
    const mine = await cursor();
    const other = await world.enrol();
    const no = await nextPage({ cursor: mine }, other);
    expect(codeOf(no)).toBe('tools/unknown-page');
    const forms = [
      mine.replace(/\d+$/, '99'),
      mine.replace(/\d+$/, '1'),
      mine.slice(0, -1),
      `1${mine}`,
      `0${mine}`,
      mine.replace(/\d+$/, '00002'),
      'x',
    ];
    for (const form of forms) {
      const outcome = await nextPage({ cursor: form });
      expect(outcome).toMatchObject({ refusal: no.kind === 'refused' ? no.refusal : {} });
    }
    expect(codeOf(await nextPage({}))).toBe('tools/unknown-page');
    expect(codeOf(await nextPage({ cursor: mine, x: 1 }))).toBe('tools/unknown-page');
    expect(codeOf(await nextPage({ cursor: mine }))).toBe('result');
    const refused = expect.objectContaining({ type: 'gateway.refused', named: nextPageName });
    expect(world.records).toEqual(expect.arrayContaining([refused]));
  });

  it('opens nothing that the call itself may not have any more: a stop, a rule, a manifest, a quarantine', async () => {
    const mine = await cursor();
    const page = { bytes: 8_192, rows: 1_000 };
    const forbidding = `${permitting}\n@id("no") forbid(principal, action == Action::"fake/dump", resource) when { context.input has n && context.input.n == 1 };`;
    await world.publish({ ...paged(page), policies: [forbidding] });
    expect(codeOf(await nextPage({ cursor: mine }))).toBe('policy/denied');
    await world.publish({ ...paged(page), manifest: { tools: [{ tool: 'fake/rows' }] } });
    expect(codeOf(await nextPage({ cursor: mine }))).toBe('tools/unknown-page');
    await world.publish(paged(page));
    expect(codeOf(await nextPage({ cursor: mine }))).toBe('result');
    const target = { kind: 'tool', owner: 'fake', name: 'dump' } as const;
    world.overlay({ kind: 'target', tenant: 'main', target }, 'stop');
    expect(codeOf(await nextPage({ cursor: mine }))).toMatch(/^stop\//);
  });

  it('is read by a tool that is listed for whoever has something to read on, or may have', async () => {
    expect(await listed()).toContain(nextPageName);
    await world.publish(documents);
    expect(await listed()).not.toContain(nextPageName);
    answers(table(limits.resultPageRows + 1));
    await world.ask(worker, 'rows', {});
    expect(await listed()).toContain(nextPageName);
  });
});
