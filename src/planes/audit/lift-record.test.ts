import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { fieldsOfSchema1, liftDraft, liftRecord } from './lift-record.ts';
import { parseRecord } from './parse-record.ts';

/** A leaf as version 0 wrote it, byte by byte. */
const oldLeaf =
  '{"actors":[{"binding":"dpop","instance":"refund-bot-1","kind":"agent","name":"refund-bot"}],' +
  '"arguments":{"bytes":20,"salt":"00","sha256":"aa"},"call":"call-1","decision":{"effect":"allow",' +
  '"errors":[],"policyDigest":"bb","questions":{"crossesSensitivity":false,"insideEnvelope":true,' +
  '"mayCallTool":true},"rules":["refunds/small"]},"effect":"done","id":"0199c0de-0000-7000-8000-000000000000",' +
  '"intent":"0199c0de-0000-7000-8000-000000000001","labels":{"in":[],"out":[]},"method":"tools/call",' +
  '"monotonicUs":5,"overlay":3,"schema":1,"sequence":2,"session":"session-1","source":"127.0.0.1",' +
  '"task":"task-1","tenant":"main","time":"2026-11-21T00:00:00.000Z","tool":{"digest":"dd",' +
  '"effectClass":"write","name":"create_refund","server":"billing"},"toolName":"billing.create_refund",' +
  '"type":"policy.outcome","writer":"gateway-1"}';

const old = parseJson(Buffer.from(oldLeaf)) as JsonObject;
const leafWith = (over: JsonObject): Buffer => canonicalBytes({ ...old, ...over });
const unreadable = expect.objectContaining({ code: 'audit/unreadable-record' });

describe('a leaf of schema 1', () => {
  it('is read in the shape of today: its tool is a target, its tool name what was named [AUD-02]', () => {
    const { tool, toolName, ...same } = old;
    expect([tool, toolName]).not.toContain(undefined);
    expect(parseRecord(Buffer.from(oldLeaf))).toEqual({
      ...same,
      schema: 2,
      target: { target: 'tool:billing/create_refund', digest: 'dd', effectClass: 'write' },
      named: 'billing.create_refund',
    });
  });

  it('keeps every other field, and is not changed by being read', () => {
    const before = canonicalBytes(old).toString('utf8');
    const known = Object.keys(fieldsOfSchema1).filter((field) => field !== 'tool');
    fc.assert(
      fc.property(fc.subarray(known), (fields) => {
        const some = Object.fromEntries(
          fields.flatMap((field) => (old[field] === undefined ? [] : [[field, old[field]]])),
        );
        const { schema, named, ...kept } = liftRecord(some) ?? {};
        const { schema: _, toolName, ...given } = some;
        expect(schema).toBe(2);
        expect(named).toEqual(toolName);
        expect(kept).toEqual(given);
      }),
    );
    expect(canonicalBytes(old).toString('utf8')).toBe(before);
  });

  it('says which fields must be understood by their names of today, and refuses those it never had', () => {
    const demanding = leafWith({ required: ['labels', 'tool', 'toolName'] });
    expect(parseRecord(demanding).required).toEqual(['labels', 'target', 'named']);
    for (const required of [['target'], ['named'], ['parts'], ['usage'], ['__proto__']]) {
      expect(() => parseRecord(leafWith({ required }))).toThrow(unreadable);
    }
  });

  it('takes nothing from fields that schema 1 did not have', () => {
    const strange = leafWith({
      target: 'billing',
      named: 7,
      parts: {},
      usage: 'much',
      mood: 'calm',
    });
    expect(parseRecord(strange)).toEqual(parseRecord(Buffer.from(oldLeaf)));
  });

  it('is unreadable when its tool is not one', () => {
    const whole = { server: 'billing', name: 'x', digest: 'd', effectClass: 'write' };
    for (const tool of [
      'billing',
      null,
      [],
      {},
      { ...whole, name: 5 },
      { ...whole, server: null },
    ]) {
      expect(() => parseRecord(leafWith({ tool }))).toThrow(unreadable);
    }
    expect(parseRecord(leafWith({ tool: whole })).target?.target).toBe('tool:billing/x');
  });
});

describe('a draft that an earlier version owes', () => {
  const draft: JsonObject = {
    type: 'approval.withdrawn',
    tenant: 'main',
    actors: [{ kind: 'system', name: 'system/tasks' }],
    call: 'call-1',
    approval: { id: 'approval-1', class: 'write' },
    tool: { server: 'billing', name: 'refund', digest: 'd', effectClass: 'write' },
    details: { agent: 'bot' },
  };

  it('is lifted as its record would be', () => {
    const { tool: _, ...same } = draft;
    expect(liftDraft(draft)).toEqual({
      ...same,
      target: { target: 'tool:billing/refund', digest: 'd', effectClass: 'write' },
    });
  });

  it('stays as it is in the shape of today, and when nobody can lift it', () => {
    const { tool: _, ...now } = draft;
    expect(liftDraft({ ...now, usage: {} })).toEqual({ ...now, usage: {} });
    expect(liftDraft({ ...now, tool: 'billing' })).toEqual({ ...now, tool: 'billing' });
  });
});
