import { describe, expect, it } from 'vitest';
import { judgeStep } from '#config/index.ts';
import type { Tighter } from '#contracts/document-risk.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { documentKinds } from './catalogue.ts';

const nothing = { before: undefined, after: undefined };

function judged(kind: string, before: JsonObject | undefined, after: JsonObject | undefined) {
  return judgeStep(documentKinds, { kind, name: 'it', before, after }, nothing).judgement;
}

function told(is: Tighter): string {
  if (typeof is === 'string') return is;
  return 'to' in is ? `to ${JSON.stringify(is.to)}` : `down ${is.down.join(' ')}`;
}

/** INVARIANT: closed. What is not here waits for somebody else. */
const tightenings: Readonly<Record<string, readonly string[]>> = {
  Agent: [
    'gone',
    'suspended: to true',
    'rate.perMinute: lowered',
    'rate.burst: lowered',
    'callsPerDay: limited',
    'toolLimit: lowered',
    'clearance: added',
    'clearance.*: removed',
    'groups.*: removed',
    'unbound.effects.*: removed',
    'standing: to "none"',
    'autonomy: to "assisted"',
    'review: added',
    'review.every: limited',
    'nextReview: limited',
  ],
  Manifest: ['gone', ...listed()],
  Entitlement: ['gone', ...listed(), 'groups.*: removed', 'users.*: removed', 'everyone: to false'],
  ToolServer: [
    'gone',
    'phase: to "enforce"',
    'tools.*.phase: to "enforce"',
    'tools.*.openArguments: to false',
    'default.openArguments: to false',
    'pin: to "review"',
    'results.labels.*: added',
    'results.maxBytes: lowered',
    'timeoutMs: lowered',
    'asks.*: removed',
    'exceptions.*: removed',
    'tools.*.flow.yes.byUser.*: removed',
    'tools.*.flow.yes.repeats: to false',
    'tools.*.flow.results.ids.*: removed',
    'tools.*.flow.results.directory: to false',
    'tools.*.flow.results.labels.*.*: added',
    'tools.*.flow.clearance.labels.*: removed',
    'tools.*.flow.clearance.inside: removed',
    'tools.*.flow.clearance.inside.labels.*: removed',
    'tools.*.flow.clearance.inside.domains.*: removed',
  ],
  Registry: ['sources.*: removed', 'requirePins: to true'],
  Directory: ['ownerGrace: lowered', 'reviews.grace: lowered', 'reviews.required: to true'],
  StepUp: [],
  ApprovalRule: [],
  AgentTemplate: [],
  RiskList: [],
  Environment: [],
  WorkloadIssuer: ['gone', 'uses.*: removed'],
  Model: [
    'gone',
    'models.*: removed',
    'clearance.*: removed',
    'models.*.clearance.*: removed',
    'models.*.maxOutputTokens: limited',
    'timeoutMs: lowered',
    'idleMs: lowered',
  ],
  Exchange: [
    'gone',
    'groups.*: removed',
    'effects.*: removed',
    'clients.*: removed',
    'uses.*: removed',
    'everyone: to false',
    'carries: to false',
    'maxMinutes: lowered',
  ],
  HandOff: ['gone', 'depth: lowered', 'words: to false'],
  Speaker: ['gone', 'ways.*: removed', 'clients.*: removed', 'agentItself: to false'],
  Client: [
    'gone',
    'effects.*: removed',
    'users.*: removed',
    'groups.*: removed',
    'consent: to "user"',
  ],
  // Judges its text itself: a forbid more is one, nothing else is.
  Policy: ['by itself'],
  IdentityProvider: [],
  Retention: [],
};

function listed(): readonly string[] {
  const bounds = (list: string) => [
    `${list}.*.arguments.*: added`,
    `${list}.*.arguments.*.max: limited`,
    `${list}.*.arguments.*.min: limited-below`,
    `${list}.*.arguments.*.oneOf: added`,
    `${list}.*.arguments.*.oneOf.*: removed`,
    `${list}.*.arguments.*.prefix: added`,
  ];
  const last = 'sensitivity: down public internal sensitive';
  const surplus = 'tools.*.surplus: to "refuse"';
  return ['tools.*: removed', ...bounds('tools'), surplus, ...bounds('targets'), last];
}

describe('what counts as a tightening', () => {
  it('is a closed list, kind by kind [POL-06]', () => {
    const all = documentKinds.map(({ kind, risk }) => [
      kind,
      [
        ...(risk?.come === undefined ? [] : ['come']),
        ...(risk?.gone === undefined ? [] : ['gone']),
        ...(risk?.judge === undefined ? [] : ['by itself']),
        ...(risk?.tightenings ?? []).map(({ at, is }) => `${at}: ${told(is)}`),
      ],
    ]);
    expect(Object.fromEntries(all)).toEqual(tightenings);
  });

  it('is risky whatever else changes, of every kind, and so is a kind that says nothing', () => {
    expect(judged('Nobody', {}, { a: 1 })).toBe('risky');
    const agent = { owner: 'ann', purpose: 'p', manifest: 'm' };
    for (const [key, value] of Object.entries({ owner: 'bob', purpose: 'q', manifest: 'n' })) {
      expect([key, judged('Agent', agent, { ...agent, [key]: value })]).toEqual([key, 'risky']);
    }
  });
});

describe('a change of an agent', () => {
  const agent = { owner: 'ann', purpose: 'p', manifest: 'm' };
  const to = (spec: JsonObject, from: JsonObject = {}) =>
    judged('Agent', { ...agent, ...from }, { ...agent, ...spec });

  it('is a tightening where it only takes away, and risky the other way round', () => {
    const pairs: readonly (readonly [JsonObject, JsonObject])[] = [
      [{ suspended: true }, {}],
      [{ rate: { perMinute: 10 } }, {}],
      [{ callsPerDay: 5 }, {}],
      [{ callsPerDay: 5 }, { callsPerDay: 9 }],
      [{ toolLimit: 3 }, {}],
      [{ groups: ['a'] }, { groups: ['a', 'b'] }],
      [{ unbound: { effects: [] } }, {}],
      [{ standing: 'none' }, {}],
      [{ review: { every: '30d' } }, { review: { every: '90d' } }],
      [{ nextReview: '2027-01-01' }, { nextReview: '2027-02-01' }],
    ];
    for (const [less, more] of pairs) {
      expect([less, to(less, more), to(more, less)]).toEqual([less, 'tightening', 'risky']);
    }
  });

  it('is neutral where what is usual is written out, or items stand in another order', () => {
    expect(to({ environment: 'production', toolLimit: 128 })).toBe('neutral');
    expect(to({ groups: ['b', 'a'] }, { groups: ['a', 'b'] })).toBe('neutral');
  });

  it('is risky where one of two changes is', () => {
    expect(to({ toolLimit: 3, owner: 'bob' })).toBe('risky');
  });
});

describe('a change of an entitlement', () => {
  it('is risky in whatever it says of the decision point that users are sent to [POL-06]', () => {
    const spec = { tools: [{ tool: 'b/see' }], everyone: true };
    const pdp = { url: 'https://pdp.example/v1', timeoutMs: 900, arguments: true };
    const asks = (over: JsonObject) => ({ ...spec, pdp: { ...pdp, ...over } });
    expect(judged('Entitlement', spec, asks({}))).toBe('risky');
    expect(judged('Entitlement', asks({}), spec)).toBe('risky');
    for (const over of [{ url: 'https://x.example' }, { timeoutMs: 500 }, { arguments: false }]) {
      expect([over, judged('Entitlement', asks({}), asks(over))]).toEqual([over, 'risky']);
    }
  });
});

describe('a change of an exception', () => {
  it('is a tightening where it goes; one that was for too long begins to count with an earlier end', () => {
    const one = { owner: 'ann', reason: 'needed', control: 'watched' };
    const until = (day: string) => ({
      connect: { url: 'http://127.0.0.1:1/mcp' },
      exceptions: { eval: { ...one, until: day } },
    });
    const none = { connect: { url: 'http://127.0.0.1:1/mcp' }, exceptions: {} };
    expect(judged('ToolServer', until('2039-01-01'), until('2027-03-01'))).toBe('risky');
    expect(judged('ToolServer', until('2027-01-01'), until('2027-03-01'))).toBe('risky');
    expect(judged('ToolServer', until('2027-03-01'), none)).toBe('tightening');
  });
});

describe('a change of a manifest', () => {
  const tool = (name: string, bound?: JsonObject) =>
    bound === undefined ? { tool: name } : { tool: name, arguments: { amount: bound } };

  it('is a tightening where a tool goes or a bound is closer, else risky', () => {
    const one = { tools: [tool('b/refund', { max: 10 })] };
    const both = { tools: [tool('b/refund', { max: 10 }), tool('b/see')] };
    expect([judged('Manifest', both, one), judged('Manifest', one, both)]).toEqual([
      'tightening',
      'risky',
    ]);
    const closer = { tools: [tool('b/refund', { max: 9, min: 1 })] };
    expect([judged('Manifest', one, closer), judged('Manifest', closer, one)]).toEqual([
      'tightening',
      'risky',
    ]);
    const free = { tools: [tool('b/refund')] };
    expect([judged('Manifest', free, one), judged('Manifest', one, free)]).toEqual([
      'tightening',
      'risky',
    ]);
  });

  it('says what a change of flow lets strangers, or users, decide [SEM-05]', () => {
    const spec = (flow: JsonObject) => ({
      connect: { url: 'http://127.0.0.1:1' },
      tools: { send: { effect: 'write', flow } },
    });
    const step = (before: JsonObject, after: JsonObject) =>
      judgeStep(
        documentKinds,
        { kind: 'ToolServer', name: 'mail', before: spec(before), after: spec(after) },
        nothing,
      ).findings.map(({ judgement, sentence }) => `${judgement}: ${sentence}`);
    const sinks = { to: 'recipient' };
    const byUser = { sinks, yes: { byUser: ['recipient'] } };
    expect(step({ sinks }, { sinks: {} })).toEqual([
      'risky: `to` of `mail/send` counts as free text: only addresses, links and accounts in it are asked about',
    ]);
    const believed = { sinks, results: { asserted: ['from'] } };
    expect(step({ sinks, results: { asserted: [] } }, believed)).toEqual([
      'risky: `from` in results of `mail/send` is believed: its server answers for it',
    ]);
    const more = { sinks, yes: { byUser: ['recipient', 'url'] } };
    expect(step(byUser, more)).toEqual([
      'risky: the user of `mail/send` may say yes to a value by themselves: url',
    ]);
    expect(step(more, byUser)).toEqual([
      'tightening: users of `mail/send` are not asked about a value by themselves: url',
    ]);
    const [once, repeats] = [false, true].map((one) => ({ sinks, yes: { repeats: one } }));
    expect(step(once ?? {}, repeats ?? {})).toEqual([
      'risky: a yes to a value of `mail/send` lets the agent send that value again for 15 minutes',
    ]);
    expect(step(repeats ?? {}, once ?? {})).toEqual([
      'tightening: a yes to a value of `mail/send` is for one call',
    ]);
  });

  it('says which agents gain which tool, and what it does', () => {
    const server = {
      name: 'notes',
      tools: { see: { effect: 'read' }, add_note: { effect: 'write' } },
      defaultClass: { effect: 'write', isUndeclared: true },
    };
    const agents = { support: { name: 'support', manifest: 'it' } };
    const tenant = { agents, servers: { notes: server } } as unknown as TenantSnapshot;
    const world = { before: tenant, after: tenant };
    const spec = (...names: readonly string[]) => ({ tools: names.map((name) => tool(name)) });
    const step = (before: JsonObject, after: JsonObject) =>
      judgeStep(documentKinds, { kind: 'Manifest', name: 'it', before, after }, world).findings.map(
        ({ judgement, sentence }) => `${judgement}: ${sentence}`,
      );
    expect(step(spec('notes/see'), spec('notes/see', 'notes/add_note'))).toEqual([
      'risky: support: gains a tool that writes: notes/add_note',
    ]);
    expect(step(spec('notes/see', 'notes/x'), spec('notes/x'))).toEqual([
      'tightening: support: loses a tool that reads: notes/see',
    ]);
    expect(step(spec('notes/see'), spec('notes/see', 'notes/odd'))).toEqual([
      'risky: support: gains a tool that nobody has classified, so it counts as one that writes: notes/odd',
    ]);
  });
});
