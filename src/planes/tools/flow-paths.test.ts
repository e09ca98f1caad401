import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool, ServerEntry } from '#kernel/snapshot.ts';
import { flowMisfits } from './flow-paths.ts';
import { toolServerKind } from './server-kind.ts';

const inputSchema = {
  type: 'object',
  properties: {
    to: { type: 'array', items: { type: 'string' } },
    subject: { type: 'string' },
    guests: {
      type: 'array',
      items: { $ref: '#/$defs/guest' },
    },
    meta: { type: 'object' },
    when: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  $defs: { guest: { type: 'object', properties: { email: { type: 'string' } } } },
};
const outputSchema = {
  type: 'object',
  properties: {
    mails: { type: 'array', items: { type: 'object', properties: { from: { type: 'string' } } } },
  },
};

function entry(flow: JsonObject): ServerEntry {
  const spec = {
    connect: { url: 'http://127.0.0.1:1' },
    tools: { send: { effect: 'write', flow } },
  };
  const parsed = toolServerKind.parse('mail', spec);
  if (parsed.kind !== 'parsed') throw new Error(JSON.stringify(parsed.problems));
  return parsed.entry;
}

function told(flow: JsonObject, definition: JsonObject = { inputSchema, outputSchema }) {
  const pinned = { tool: 'send', definition } as unknown as PinnedTool;
  return flowMisfits(entry(flow), (server, tool) =>
    server === 'mail' && tool === 'send' ? pinned : undefined,
  ).map(
    ({ path, message, suggestedAction }) => `${path.join('/')} | ${message} | ${suggestedAction}`,
  );
}

describe('paths of flow beside the schema that is approved [SEM-05]', () => {
  it('are let alone where they name a value, a list for its items', () => {
    const sinks = {
      to: 'recipient',
      'to[]': 'recipient',
      'guests[].email': 'recipient',
      when: 'date',
    };
    expect(told({ sinks, results: { asserted: ['mails[].from'] } })).toEqual([]);
  });

  it('are told with what was meant, because a mistyped one is free text', () => {
    expect(told({ sinks: { subjct: 'flag' } })).toEqual([
      'spec/tools/send/flow/sinks/subjct | `subjct` names no value in an argument of `mail/send`, as it is approved | did you mean `subject`?',
    ]);
    expect(told({ sinks: { 'guests.email': 'recipient' } })[0]).toContain('mean `guests[].email`');
    // A list of objects, or one itself, holds no value of its own.
    expect(told({ sinks: { guests: 'recipient' } })[0]).toContain('mean `guests[].email`');
    expect(told({ sinks: { account_number: 'account' } })[0]).toContain('bailiwick suggest flow');
  });

  it('of results are told where they look like a slip alone: servers answer with more than they list', () => {
    expect(told({ results: { asserted: ['mails[].fron'] } })[0]).toContain('mean `mails[].from`');
    expect(told({ results: { asserted: ['unheard.of'] } })).toEqual([]);
  });

  it('are not judged where a schema leaves it open, or nobody has approved one', () => {
    expect(told({ sinks: { 'meta.owner': 'recipient' } })).toEqual([]);
    const open = { ...inputSchema, additionalProperties: true };
    expect(told({ sinks: { anything: 'url' } }, { inputSchema: open })).toEqual([]);
    expect(told({ sinks: { anything: 'url' } }, {})).toEqual([]);
    expect(flowMisfits(entry({ sinks: { x: 'url' } }), () => undefined)).toEqual([]);
  });

  it('are looked for in a schema that refers to itself, or holds very much, and it ends', () => {
    const loop = { type: 'object', properties: { a: { $ref: '#' }, b: { type: 'string' } } };
    expect(told({ sinks: { b: 'url' } }, { inputSchema: loop })).toEqual([]);
    const names = Array.from({ length: 20_000 }, (_, n) => [`p${n}`, { type: 'string' }]);
    const large = { type: 'object', properties: Object.fromEntries(names) as JsonObject };
    expect(told({ sinks: { p1: 'url', p19999: 'url' } }, { inputSchema: large })).toEqual([]);
  });
});
