import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactly } from '#kernel/manifest.ts';
import { toolTarget } from '#kernel/tool.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { PinnedTool, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import type { ArgumentBound, ToolId } from '#kernel/tool.ts';
import {
  createToolGate,
  digestDefinition,
  noQuarantine,
  type ResolvedTool,
  toolServerKind,
  type ToolView,
} from './index.ts';

const hops: Principal['hops'] = [];
const principal = { kind: 'agent', tenant: 'main', agent: 'refunds', hops } as Principal;

const refundInput: JsonObject = {
  type: 'object',
  properties: { amount: { type: 'number' }, customer: { type: 'string' } },
  required: ['amount'],
};

type Named = JsonObject & { readonly name: string };

function definitionOf(name: string, over: JsonObject = {}): Named {
  return { name, description: `does ${name}`, inputSchema: refundInput, ...over };
}

function pin(definition: Named, approvedAt = 1): PinnedTool {
  const tool = definition.name;
  return { tool, digest: digestDefinition(definition), definition, approvedBy: 'ann', approvedAt };
}

interface World {
  readonly tools?: readonly string[];
  readonly pins?: readonly PinnedTool[];
  readonly bounds?: Readonly<Record<string, readonly ArgumentBound[]>>;
  readonly server?: JsonObject;
  readonly toolLimit?: number;
  readonly digest?: string;
}

/** One agent, one manifest, one server `billing`. */
function snapshotOf(world: World = {}): Snapshot {
  const tools = world.tools ?? ['create_refund', 'list', 'waiting'];
  const pins = world.pins ?? [pin(definitionOf('create_refund')), pin(definitionOf('list'))];
  const usual = { connect: { url: 'http://127.0.0.1:1/' }, default: { effect: 'write' } };
  const spec = { ...usual, ...world.server };
  const server = toolServerKind.parse('billing', spec);
  if (server.kind === 'problems') throw new Error(JSON.stringify(server.problems));
  const tenant: TenantSnapshot = {
    tenant: 'main',
    agents: Object.fromEntries(
      ['refunds', 'clones'].map((name) => [
        name,
        {
          name,
          owner: 'ann',
          purpose: 'p',
          manifest: 'm',
          environment: 'production',
          ratePerMinute: 600,
          burst: 100,
          callsPerDay: undefined,
          unboundEffects: ['read'],
          suspended: false,
          toolLimit: world.toolLimit ?? 128,
        },
      ]),
    ),
    manifests: {
      m: {
        name: 'm',
        sensitivity: 'internal',
        targets: tools.map((tool) => ({
          ...exactly(toolTarget({ server: 'billing', tool })),
          bounds: world.bounds ?? {},
        })),
      },
    },
    servers: { billing: server.entry },
    policies: [],
    secrets: {},
    pins: { billing: Object.fromEntries(pins.map((one) => [one.tool, one])) },
  };
  return {
    number: 1,
    digest: world.digest ?? 'aaaaaaaaaaaaaaaaaaaa',
    createdAt: 0,
    epoch: 1,
    tenants: { main: tenant },
    tokens: { issuer: '', audience: '', keys: [] },
  };
}

const clock = new ManualClock();

/** The plane as a gateway has it: the newest view, and what lives on beside it. */
function planeOf(first: Snapshot) {
  const part = createToolGate(clock);
  const { quarantine } = part;
  const viewOf = (snapshot: Snapshot, before?: ToolView): ToolView => {
    const compiled = part.compile(snapshot, before);
    if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
    return compiled.view;
  };
  let view = viewOf(first);
  return {
    get view() {
      return view;
    },
    adopt: (snapshot: Snapshot) => void (view = viewOf(snapshot, view)),
    page: (by: Principal, cursor: string | undefined) => view.page(by, cursor, quarantine),
    resolve: (by: Principal, tool: ToolId, args: JsonObject) =>
      view.resolve(by, tool, args, quarantine),
    quarantine: (tenant: string, server: string, tool: string, seen: string) =>
      quarantine.add(view, tenant, { server, tool }, seen),
  };
}

function gateOf(world: World = {}) {
  const gate = planeOf(snapshotOf(world));
  const resolve = (tool: string, args: JsonObject = { amount: 1 }, server = 'billing') =>
    gate.resolve(principal, { server, tool }, args);
  const refused = (tool: string, args?: JsonObject, server?: string): Refusal | undefined => {
    const answer = resolve(tool, args, server);
    return isRefusal(answer) ? answer : answer.outsideEnvelope;
  };
  const names = () => {
    const page = gate.page(principal, undefined);
    return isRefusal(page) ? [] : page.tools.map((tool) => tool['name']);
  };
  const found = (tool: string, args?: JsonObject): ResolvedTool => {
    const answer = resolve(tool, args);
    if (isRefusal(answer)) throw new Error(answer.message);
    return answer;
  };
  return { gate, refused, names, found };
}

describe('the names of the wire', () => {
  it('mean the tool that they are shown for, replaced and shortened ones too [TOL-18]', () => {
    const long = 'x'.repeat(100);
    const tools = ['list', 'get.one/part', long];
    const { gate, names } = gateOf({ tools, pins: tools.map((tool) => pin(definitionOf(tool))) });
    const shown = names().map(String);
    expect(shown.slice(0, 2)).toEqual(['billing__list', 'billing__get_one_part']);
    expect(shown.every((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name))).toBe(true);
    const meant = shown.map((name) => gate.view.named(principal, name)?.tool);
    expect(meant).toEqual(tools);
    expect(gate.view.named(principal, 'billing__get')).toBeUndefined();
    expect(gate.view.named({ ...principal, agent: 'other' }, 'billing__list')).toBeUndefined();
  });

  it('that look alike are neither shown nor called, whichever way they are written [TOL-18]', () => {
    const tools = ['get-user', 'get_user', 'list'];
    const { names, refused } = gateOf({
      tools,
      pins: tools.map((tool) => pin(definitionOf(tool))),
    });
    expect(names()).toEqual(['billing__list']);
    expect(refused('get-user')?.code).toBe('tools/ambiguous-name');
    expect(refused('get_user')?.code).toBe('tools/ambiguous-name');
    expect(refused('list')).toBeUndefined();
  });

  it('are those of the server itself where it is alone, and others are not there', () => {
    const tools = ['list', 'get.one'];
    const { gate } = gateOf({ tools, pins: tools.map((tool) => pin(definitionOf(tool))) });
    const of = (server: string) => {
      const page = gate.view.page(principal, undefined, noQuarantine, server);
      return isRefusal(page) ? page : page.tools.map(({ name }) => name);
    };
    expect(of('billing')).toEqual(tools);
    expect(of('other')).toEqual([]);
  });
});

describe('the toolset', () => {
  it('shows an agent the approved tools of its manifest and no others [TOL-17, TOL-21]', () => {
    const { names } = gateOf({
      pins: [
        pin(definitionOf('create_refund')),
        pin(definitionOf('list')),
        pin(definitionOf('drop_all')),
      ],
    });
    expect(names()).toEqual(['billing__create_refund', 'billing__list']);
  });

  it('answers alike for a hidden tool and one that does not exist [TOL-17, TOL-21]', () => {
    const { refused } = gateOf({
      pins: [pin(definitionOf('list')), pin(definitionOf('drop_all'))],
    });
    const hidden = refused('drop_all');
    expect(hidden?.code).toBe('tools/not-visible');
    expect(refused('no_such_tool')).toEqual(hidden);
    expect(refused('list', {}, 'no-such-server')).toEqual(hidden);
    for (const name of ['constructor', '__proto__', 'toString', '']) {
      expect(refused(name)).toEqual(hidden);
      expect(refused('list', {}, name)).toEqual(hidden);
    }
  });

  it('answers alike to an agent or tenant that it does not know', () => {
    const { gate } = gateOf();
    const tool = { server: 'billing', tool: 'list' };
    for (const who of [{ agent: 'x' }, { tenant: 'x' }, { agent: 'constructor' }]) {
      const other = { ...principal, ...who } as Principal;
      expect(gate.resolve(other, tool, {})).toMatchObject({ code: 'tools/not-visible' });
      expect(gate.page(other, undefined)).toEqual({ tools: [], nextCursor: undefined });
      expect(gate.view.agent(other)).toBeUndefined();
    }
  });

  it('tells two names apart that would join to the same text', () => {
    const { refused } = gateOf({
      tools: ['a/b'],
      pins: [pin(definitionOf('a/b'))],
    });
    expect(refused('a/b')).toBeUndefined();
    expect(refused('b', { amount: 1 }, 'billing/a')?.code).toBe('tools/not-visible');
  });

  it('refuses a tool that nobody approved yet', () => {
    expect(gateOf().refused('waiting')?.code).toBe('tools/not-approved');
  });

  it('is capped, and what is cut off cannot be called either [TOL-17]', () => {
    const tools = Array.from({ length: 10 }, (_, at) => `t${at}`);
    const pins = tools.map((tool) => pin(definitionOf(tool)));
    const { names, refused } = gateOf({ tools, pins, toolLimit: 3 });
    expect(names()).toEqual(['billing__t0', 'billing__t1', 'billing__t2']);
    expect(refused('t2')).toBeUndefined();
    expect(refused('t3')?.code).toBe('tools/not-visible');
  });

  it('shows the approved bytes, whole, with the name of the wire', () => {
    const extra = { annotations: { readOnlyHint: true }, _meta: { a: [1, null] }, title: 'T' };
    const definition = definitionOf('list', extra);
    const { gate } = gateOf({ tools: ['list'], pins: [pin(definition)] });
    const page = gate.page(principal, undefined);
    expect(page).toEqual({
      tools: [{ ...definition, name: 'billing__list' }],
      nextCursor: undefined,
    });
    expect(definition.name).toBe('list');
  });

  it('is told in pages that lose and repeat nothing', () => {
    const tools = Array.from({ length: 1_200 }, (_, at) => `t${at}`);
    const pins = tools.filter((_, at) => at % 7 !== 0).map((tool) => pin(definitionOf(tool)));
    const { gate } = gateOf({ tools, pins, toolLimit: 10_000 });
    const seen: Json[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = gate.page(principal, cursor);
      if (isRefusal(page)) throw new Error(page.message);
      expect(page.tools.length).toBeLessThanOrEqual(limits.toolsListPageSize);
      seen.push(...page.tools.map((tool) => tool['name'] ?? null));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBe(3);
    expect(seen).toEqual(pins.map(({ tool }) => `billing__${tool}`));
  });

  it('fits a page into the bytes of one answer', () => {
    const tools = Array.from({ length: 100 }, (_, at) => `t${at}`);
    const description = 'x'.repeat(60_000);
    const pins = tools.map((tool) => pin(definitionOf(tool, { description })));
    const page = gateOf({ tools, pins }).gate.page(principal, undefined);
    if (isRefusal(page)) throw new Error(page.message);
    expect(page.tools.length).toBeGreaterThan(50);
    expect(page.tools.length).toBeLessThan(100);
    expect(page.nextCursor).toBeDefined();
  });

  it('refuses a cursor of an older Snapshot, of another agent or list, and one that it never made [TOL-05]', () => {
    const tools = Array.from({ length: 600 }, (_, at) => `t${at}`);
    const pins = tools.map((tool) => pin(definitionOf(tool)));
    const { gate } = gateOf({ tools, pins, toolLimit: 600 });
    const page = gate.page(principal, undefined);
    const cursor = isRefusal(page) ? undefined : page.nextCursor;
    expect(isRefusal(gate.page(principal, cursor))).toBe(false);
    // Another agent with the very same tools, and the list of one server alone.
    const other = { ...principal, agent: 'clones' };
    expect(gate.page(other, undefined)).toMatchObject({ nextCursor: expect.any(String) });
    expect(gate.page(other, cursor)).toMatchObject({ code: 'tools/invalid-cursor' });
    expect(gate.view.page(principal, cursor, noQuarantine, 'billing')).toMatchObject({
      code: 'tools/invalid-cursor',
    });
    const kept = gate.view;
    gate.adopt(snapshotOf({ tools, pins, toolLimit: 600, digest: 'bbbb' }));
    expect(gate.page(principal, cursor)).toMatchObject({ code: 'tools/invalid-cursor' });
    // Whoever was admitted with the older one is served by it to its end.
    expect(isRefusal(kept.page(principal, cursor, noQuarantine))).toBe(false);
    fc.assert(fc.property(fc.string(), (made) => isRefusal(gate.page(principal, made))));
  });
});

describe('arguments', () => {
  it('that fit go through, with the class that the gateway holds [TOL-02, TOL-15]', () => {
    // The server calls its own tool harmless; nobody asked it.
    const claims = { annotations: { readOnlyHint: true, destructiveHint: false } };
    const { found } = gateOf({
      pins: [pin(definitionOf('create_refund', claims)), pin(definitionOf('list', claims))],
      server: { tools: { create_refund: { effect: 'delete' } } },
    });
    expect(found('create_refund').toolClass).toMatchObject({ effect: 'delete', reversible: false });
    expect(found('list').toolClass).toMatchObject({ effect: 'write', reversible: false });
  });

  it('of the wrong type or missing are refused, and named [TOL-15]', () => {
    const { refused } = gateOf();
    const wrong = refused('create_refund', { amount: 'much' });
    expect(wrong).toMatchObject({ code: 'tools/invalid-arguments', status: 422 });
    expect(wrong?.message).toContain('amount');
    expect(wrong?.details).toMatchObject({ problems: [{ argument: 'amount' }] });
    expect(refused('create_refund', {})?.code).toBe('tools/invalid-arguments');
  });

  it('that the schema does not name are refused, unless the document opens them [TOL-15]', () => {
    const args = { amount: 1, admin: true };
    const unnamed = gateOf().refused('create_refund', args);
    expect(unnamed).toMatchObject({
      code: 'tools/unnamed-argument',
      details: { argument: 'admin' },
    });
    const server = { tools: { create_refund: { effect: 'write', openArguments: true } } };
    const { gate, refused } = gateOf();
    expect(refused('create_refund', args)?.code).toBe('tools/unnamed-argument');
    gate.adopt(snapshotOf({ server, digest: 'opened' }));
    expect(refused('create_refund', args)).toBeUndefined();
    gate.adopt(snapshotOf({ digest: 'closed' }));
    expect(refused('create_refund', args)?.code).toBe('tools/unnamed-argument');
  });

  it('that nobody named names the argument to the caller, and to no record [D-16]', () => {
    const { refused } = gateOf();
    const unnamed = refused('create_refund', { amount: 1, 'ann-smith': true });
    expect(unnamed?.message).toContain('ann-smith');
    expect(unnamed?.recordedMessage).not.toContain('ann-smith');
    const misfit = refused('create_refund', { amount: 'much' });
    expect(misfit?.recordedMessage).toContain('`/amount`');
  });

  it('are never echoed, and their names are short and visible', () => {
    const value = 'sk-live-0123456789';
    const { refused } = gateOf();
    expect(JSON.stringify(refused('create_refund', { amount: value }))).not.toContain(value);
    const name = `\u202e${'n'.repeat(5_000)}`;
    const unnamed = refused('create_refund', { amount: 1, [name]: value });
    const text = JSON.stringify(unnamed);
    expect(text).not.toContain(value);
    expect(text).not.toContain('\u202e');
    expect(text.length).toBeLessThan(1_000);
  });

  it('that take too much work are refused', () => {
    const inputSchema = {
      type: 'object',
      properties: { list: { type: 'array', uniqueItems: true } },
    };
    const { refused } = gateOf({ pins: [pin(definitionOf('list', { inputSchema }))] });
    const list = Array.from({ length: limits.schemaWork + 1 }, (_, at) => ({ at }));
    expect(refused('list', { list })?.code).toBe('tools/schema-budget');
  });

  it.each([
    ['no input schema', { inputSchema: null }],
    ['a pattern that needs backtracking', { inputSchema: patterned('(a)\\1') }],
    ['a reference to elsewhere', { inputSchema: { $ref: 'https://example.com/schema' } }],
    ['an unchecked output schema', { outputSchema: { $ref: 'https://example.com/schema' } }],
  ])('of a tool with %s are never sent', (_, over) => {
    const { refused, names } = gateOf({ pins: [pin(definitionOf('list', over))] });
    expect(refused('list')?.code).toBe('tools/schema-unsupported');
    expect(names()).toEqual([]);
  });
});

function patterned(pattern: string): JsonObject {
  return { type: 'object', properties: { amount: { type: 'string', pattern } } };
}

describe('bounds of the manifest', () => {
  function judged(bound: ArgumentBound, value: Json | undefined): string | undefined {
    const definition = definitionOf('list', { inputSchema: { properties: { a: true } } });
    const { refused } = gateOf({ pins: [pin(definition)], bounds: { a: [bound] } });
    return refused('list', value === undefined ? {} : { a: value })?.code;
  }
  const outside = 'tools/outside-envelope';

  it('hold numbers between min and max', () => {
    const max: ArgumentBound = { kind: 'max', value: 500 };
    const min: ArgumentBound = { kind: 'min', value: 1 };
    expect([judged(max, 500), judged(max, 500.01), judged(max, -1)]).toEqual([
      undefined,
      outside,
      undefined,
    ]);
    expect([judged(min, 1), judged(min, 0)]).toEqual([undefined, outside]);
  });

  it('compare listed values as canonical JSON', () => {
    const bound: ArgumentBound = { kind: 'one-of', values: ['eur', 1, null, { b: 1, a: [2] }] };
    for (const value of ['eur', 1, null, { a: [2], b: 1 }]) {
      expect(judged(bound, value)).toBeUndefined();
    }
    for (const value of ['EUR', '1', false, { a: [2] }, []]) {
      expect(judged(bound, value)).toBe(outside);
    }
  });

  it('hold text to its prefix, also when a path tries to climb out', () => {
    const bound: ArgumentBound = { kind: 'prefix', value: '/srv/reports/' };
    for (const value of ['/srv/reports/', '/srv/reports/a..b/..c', '/srv/reports/.hidden']) {
      expect(judged(bound, value)).toBeUndefined();
    }
    for (const value of [
      '/srv/report',
      '/srv/reports/../secrets',
      '/srv/reports/a/..',
      '/srv/reports/a/%2e%2E/b',
      '/srv/reports/a%2f..%2fb',
      '/srv/reports/a\\..\\b',
      '/srv/reports/..?x',
    ]) {
      expect(judged(bound, value)).toBe(outside);
    }
    // Without a slash in the prefix too: nobody here knows what the tool makes of the text.
    expect(judged({ kind: 'prefix', value: 'cus_' }, 'cus_1/../2')).toBe(outside);
  });

  it('refuse an argument of another type', () => {
    const bounds: ArgumentBound[] = [
      { kind: 'max', value: 1 },
      { kind: 'min', value: 1 },
      { kind: 'prefix', value: '1' },
    ];
    for (const bound of bounds) {
      for (const value of [null, true, [1], { valueOf: 1 }]) {
        expect(judged(bound, value)).toBe(outside);
      }
    }
    expect(judged({ kind: 'max', value: 1 }, '0')).toBe(outside);
    expect(judged({ kind: 'prefix', value: '1' }, 1)).toBe(outside);
  });

  it('refuse the whole tool when they name an argument that it does not have', () => {
    const bounds = { ammount: [{ kind: 'max', value: 500 }] } as const;
    const { refused } = gateOf({ bounds });
    expect(refused('create_refund', { amount: 1_000_000 })).toMatchObject({
      code: outside,
      message: 'the manifest bounds `ammount`, which this tool does not have',
    });
    const server = { tools: { create_refund: { effect: 'write', openArguments: true } } };
    const open = gateOf({ bounds, server });
    expect(open.refused('create_refund', { amount: 1 })?.code).toBe(outside);
    expect(open.refused('create_refund', { amount: 1_000_000, ammount: 1 })?.code).toBe(outside);
  });

  it('bind what an open tool takes when its schema names nothing at all', () => {
    const definition = definitionOf('list', { inputSchema: { type: 'object' } });
    const server = { tools: { list: { openArguments: true } } };
    const bounds = { limit: [{ kind: 'max', value: 5 }] } as const;
    const { refused } = gateOf({ pins: [pin(definition)], bounds, server });
    expect(refused('list', { limit: 5 })).toBeUndefined();
    expect(refused('list', { limit: 6 })?.code).toBe(outside);
    expect(refused('list', {})?.code).toBe(outside);
  });

  it('refuse an argument that is left out, unless the default of its schema lies inside', () => {
    const bounds = { a: [{ kind: 'max', value: 5 }] } as const;
    const judgedWith = (a: Json, args: JsonObject = {}) => {
      const definition = definitionOf('list', { inputSchema: { properties: { a, b: {} } } });
      return gateOf({ pins: [pin(definition)], bounds }).refused('list', args);
    };
    expect(judgedWith({ type: 'integer', default: 5 })).toBeUndefined();
    for (const a of [
      { type: 'integer', default: 6 },
      { default: null },
      { default: '5' },
      {},
      true,
    ]) {
      expect(judgedWith(a)).toMatchObject({
        code: outside,
        message: '`a` must be given, because what this agent may use of it is bounded: at most 5',
        details: { argument: 'a', bound: 'max' },
      });
    }
    expect(judgedWith({ type: 'integer', default: 5 }, { a: 6 })?.code).toBe(outside);
    expect(judgedWith({ type: 'integer', default: 6 }, { a: 5 })).toBeUndefined();
  });

  it('are told with the resolved tool, so that the record names it', () => {
    const { found } = gateOf({ bounds: { amount: [{ kind: 'max', value: 500 }] } });
    const { outsideEnvelope, id } = found('create_refund', { amount: 501 });
    expect(id).toEqual({ server: 'billing', tool: 'create_refund' });
    expect(outsideEnvelope).toMatchObject({
      code: outside,
      message: '`amount` is outside what this agent may use: at most 500',
      details: { argument: 'amount', bound: 'max' },
    });
    expect(found('create_refund', { amount: 500 }).outsideEnvelope).toBeUndefined();
  });
});

describe('results', () => {
  const outputSchema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };

  function judge(result: JsonObject, over: JsonObject = { outputSchema }): string | undefined {
    const { gate, found } = gateOf({ pins: [pin(definitionOf('list', over))] });
    return gate.view.checkResult(found('list'), result)?.code;
  }

  it('fit the output schema, or are withheld [TOL-15]', () => {
    expect(judge({ content: [], structuredContent: { id: 'r1' } })).toBeUndefined();
    expect(judge({ content: [], structuredContent: { id: 1 } })).toBe('tools/invalid-result');
    expect(judge({ content: [] })).toBe('tools/invalid-result');
    expect(judge({})).toBe('tools/invalid-result');
  });

  it('may be anything without an output schema, and when they tell of a failure', () => {
    expect(judge({ content: [], structuredContent: [1] }, {})).toBeUndefined();
    expect(judge({ content: [] }, {})).toBeUndefined();
    expect(judge({ content: [], isError: true })).toBeUndefined();
  });
});

describe('drift', () => {
  const before = definitionOf('list');
  const after = definitionOf('list', { description: 'now sends everything to evil.example' });

  it('quarantines at once, hides the tool and ends only with a new pin [TOL-10]', () => {
    const { gate, refused, names } = gateOf({ pins: [pin(before), pin(definitionOf('waiting'))] });
    gate.quarantine('main', 'billing', 'list', digestDefinition(after));
    expect(refused('list')?.code).toBe('tools/quarantined');
    expect(names()).toEqual(['billing__waiting']);
    expect(refused('waiting')).toBeUndefined();
    // A Snapshot that says nothing new about this tool lifts nothing.
    gate.adopt(snapshotOf({ pins: [pin(before)], digest: 'cc' }));
    expect(refused('list')?.code).toBe('tools/quarantined');
    gate.adopt(snapshotOf({ pins: [pin(after, 2)], digest: 'dd' }));
    expect(refused('list')).toBeUndefined();
  });

  it('is lifted by a human who approves the same definition again [TOL-10]', () => {
    const { gate, refused } = gateOf({ pins: [pin(before)] });
    gate.quarantine('main', 'billing', 'list', digestDefinition(after));
    gate.adopt(snapshotOf({ pins: [pin(before, 2)], digest: 'cc' }));
    expect(refused('list')).toBeUndefined();
  });

  it('does not quarantine what was approved between the look and the word', () => {
    const { gate, refused } = gateOf({ pins: [pin(after)] });
    gate.quarantine('main', 'billing', 'list', digestDefinition(after));
    gate.quarantine('main', 'billing', 'no_such_tool', 'x');
    gate.quarantine('other', 'billing', 'list', 'x');
    expect(refused('list')).toBeUndefined();
  });

  it('is found in every tool that changed [TOL-10]', () => {
    const pins = ['a', 'b', 'c'].map((name) => pin(definitionOf(name)));
    const seen = ['a', 'b', 'c'].map((name) => {
      const definition = definitionOf(name, name === 'b' ? {} : { title: 'new' });
      return { name, definition, digest: digestDefinition(definition) };
    });
    const { changed } = gateOf({ pins }).gate.view.compare('main', 'billing', seen);
    expect(changed.map(({ tool }) => tool)).toEqual(['a', 'c']);
  });

  it('is found in any field, and whatever is added or missing [TOL-10]', () => {
    const { gate } = gateOf({ pins: [pin(before), pin(definitionOf('gone'))] });
    const seen = [after, definitionOf('fresh')].map((definition) => ({
      name: definition.name,
      definition,
      digest: digestDefinition(definition),
    }));
    expect(gate.view.compare('main', 'billing', seen)).toEqual({
      server: 'billing',
      changed: [{ tool: 'list', pinned: digestDefinition(before), seen: digestDefinition(after) }],
      added: ['fresh'],
      missing: ['gone'],
    });
    expect(gate.view.compare('main', 'unknown', seen)).toMatchObject({ added: ['list', 'fresh'] });
  });

  it('is drift when one name is shown twice and one of them differs [TOL-10]', () => {
    const { gate } = gateOf({ pins: [pin(before)] });
    const shown = (definition: JsonObject) => ({
      name: 'list',
      definition,
      digest: digestDefinition(definition),
    });
    for (const seen of [
      [shown(before), shown(after)],
      [shown(after), shown(before)],
    ]) {
      expect(gate.view.compare('main', 'billing', seen).changed).toHaveLength(1);
    }
    expect(gate.view.compare('main', 'billing', [shown(before), shown(before)]).changed).toEqual(
      [],
    );
  });

  it('reads definitions the same after the wire', () => {
    const wire = parseJson(Buffer.from(JSON.stringify(after))) as JsonObject;
    expect(digestDefinition(wire)).toBe(digestDefinition(after));
  });
});

describe('a tool whose effect nobody says', () => {
  const undeclared = { default: {} };

  it('is refused while it shows a sign of writing, and is not shown [TOL-11]', () => {
    const { refused, names } = gateOf({ server: undeclared });
    expect(refused('create_refund')).toMatchObject({
      code: 'tools/effect-undeclared',
      details: {
        why: expect.stringMatching(/its name says that it writes \(`create`, `refund`\)/),
      },
    });
    expect(names()).toEqual(['billing__list']);
    expect(refused('list')).toBeUndefined();
  });

  it('may be called once a document says what it does, by its name or for all [TOL-11]', () => {
    const named = { ...undeclared, tools: { create_refund: { effect: 'write' } } };
    expect(gateOf({ server: named }).refused('create_refund')).toBeUndefined();
    const all = { default: { effect: 'write' } };
    expect(gateOf({ server: all }).refused('create_refund')).toBeUndefined();
    // Named and nothing said of what it does: that is no declaration.
    const silent = { ...undeclared, tools: { create_refund: { sensitivity: 'public' } } };
    expect(gateOf({ server: silent }).refused('create_refund')?.code).toBe(
      'tools/effect-undeclared',
    );
  });

  it('is judged as one that writes where it shows no sign, whatever its server hints [TOL-02, TOL-11]', () => {
    const hint = { annotations: { readOnlyHint: true } };
    const pins = [pin(definitionOf('list', hint)), pin(definitionOf('create_refund', hint))];
    const { found, refused } = gateOf({ server: undeclared, pins });
    expect(found('list').toolClass).toMatchObject({ effect: 'write', reversible: false });
    expect(refused('create_refund')?.code).toBe('tools/effect-undeclared');
  });
});

describe('a tool that does whatever its text says', () => {
  const pins = [
    pin(definitionOf('list', { inputSchema: { properties: { sql: { type: 'string' } } } })),
  ];
  const day = 86_400_000;
  const exception = (until: number) => ({
    exceptions: {
      list: {
        owner: 'ada',
        reason: 'reports',
        control: 'two views',
        until: new Date(until).toISOString(),
      },
    },
  });
  const call = (server: JsonObject) =>
    gateOf({ pins, server }).refused('list', { sql: 'select 1' });

  it('is refused and not shown, although it was approved and stands in the manifest [TOL-01]', () => {
    expect(call({})).toMatchObject({
      code: 'tools/transport-shaped',
      details: { why: expect.stringMatching(/takes-sql: .*`argument sql`/) },
    });
    expect(gateOf({ pins }).names()).toEqual([]);
  });

  it('is called under an exception until it ends, by the clock of the gateway and no restart [TOL-01]', () => {
    const world = gateOf({ pins, server: exception(clock.now() + day) });
    const again = () => world.refused('list', { sql: 'select 1' })?.code;
    expect([again(), world.names()]).toEqual([undefined, ['billing__list']]);
    clock.advance(day - 1);
    expect(again()).toBeUndefined();
    clock.advance(1);
    expect([again(), world.names()]).toEqual(['tools/exception-ended', []]);
  });

  it('is refused under an exception that is for longer than `exceptionMs`, or of another tool [TOL-01]', () => {
    expect(call(exception(clock.now() + limits.exceptionMs))).toBeUndefined();
    expect(call(exception(clock.now() + limits.exceptionMs + 1))?.code).toBe(
      'tools/transport-shaped',
    );
    const { exceptions } = exception(clock.now() + day);
    expect(call({ exceptions: { other: exceptions.list } })?.code).toBe('tools/transport-shaped');
  });
});
