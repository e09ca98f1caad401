import { beforeEach, describe, expect, it } from 'vitest';
import { decisionInput } from '#contracts/policy-engine.suite.ts';
import type { Evaluation, NamedTarget } from '#contracts/policy-engine.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createComparedEngine } from '../../../../test/fakes/compared-engine.ts';
import type { InlinePolicies } from './reference.ts';
import { type CedarModule, type CedarRuntime, createCedarRuntime } from './runtime.ts';

/** The real engine, and every question that reached it as the text that it cost. */
function countingRuntime(asked: string[]): CedarRuntime {
  const runtime = createCedarRuntime();
  return {
    get generation() {
      return runtime.generation;
    },
    run: (step) =>
      runtime.run((cedar) => {
        const counted: CedarModule = {
          ...cedar,
          statefulIsAuthorized(question) {
            asked.push(JSON.stringify(question.context));
            return cedar.statefulIsAuthorized(question);
          },
        };
        return step(counted);
      }),
  };
}

const properties: JsonObject = {
  to: { type: 'array', items: { type: 'string' } },
  cc: { type: 'array', items: { type: 'string' } },
  body: { type: 'string' },
  seen: { type: 'array', items: { type: 'string' } },
  unread: { type: 'array', items: { type: 'string' } },
};
const send = toolTarget({ server: 'mail', tool: 'send' });
const tool: NamedTarget = {
  target: send,
  digest: 'd1',
  input: { type: 'object', properties },
};
const cedar = `@id("all") permit(principal, action, resource);
@id("to") forbid(principal, action == Action::"mail/send", resource) when { context.input has to && context.input.to.contains("eve") };
@id("cc") forbid(principal, action == Action::"mail/send", resource) when { context.input has cc && context.input.cc.contains("eve") };
@id("body") forbid(principal, action == Action::"mail/send", resource) when { context.input has body && context.input.body like "*secret*" };
@id("seen") forbid(principal, action == Action::"mail/send", resource) unless { context.input has seen };`;

let asked: string[];
let policies: InlinePolicies;

beforeEach(() => {
  asked = [];
  const answer = createComparedEngine(countingRuntime(asked)).load({
    tenant: 'main',
    policies: [{ name: 'p', cedar }],
    targets: [tool],
  });
  if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
  policies = answer.policies;
});

function judge(args: Record<string, Json>): Evaluation {
  const all = { seen: [], ...args };
  return policies.evaluate(decisionInput({ target: send, arguments: all }));
}

const items = (count: number, length = 1) =>
  Array.from({ length: count }, (_unused, at) => `${at}`.padEnd(length, 'x'));

describe('what of one call reaches the engine', () => {
  it('is bounded in items of a list [SEM-19]', () => {
    expect(judge({ to: items(limits.policySetItems) }).errors).toEqual([]);
    const questions = asked.length;
    const { errors, tooLarge } = judge({ to: items(limits.policySetItems + 1) });
    expect({ errors: errors.length, tooLarge }).toEqual({ errors: 1, tooLarge: true });
    expect(asked).toHaveLength(questions);
  });

  it('is bounded in bytes of a text [SEM-19]', () => {
    expect(judge({ body: 'x'.repeat(limits.policyStringBytes) }).errors).toEqual([]);
    expect(judge({ body: 'é'.repeat(limits.policyStringBytes / 2) }).errors).toEqual([]);
    expect(judge({ body: 'x'.repeat(limits.policyStringBytes + 1) }).tooLarge).toBe(true);
    expect(judge({ to: ['x'.repeat(limits.policyStringBytes + 1)] }).tooLarge).toBe(true);
  });

  it('is bounded in all, however it is spread [SEM-19]', () => {
    // Four members that rules read; the rest is for items and text.
    const body = 'x'.repeat(limits.policyStringBytes);
    const to = items(limits.policySetItems);
    const left = limits.policyWork - 4 - to.length - body.length / 32;
    expect(judge({ to, cc: items(left), body }).errors).toEqual([]);
    expect(judge({ to, cc: items(left + 1), body }).tooLarge).toBe(true);
  });

  it('is nothing of a hundred calls with lists of 80,000 texts, and all of them are denied', () => {
    const long = items(80_000);
    for (let call = 0; call < 98; call += 1) {
      const { applied, tooLarge } = judge({ to: long, body: `${call}` });
      expect({ applied, tooLarge }).toEqual({ applied: [], tooLarge: true });
    }
    expect(asked).toEqual([]);
  });

  it('is only what rules read; of what they only ask `has` about, that it is there', () => {
    const long = items(80_000);
    const { applied, errors } = judge({ seen: long, unread: long, to: ['eve'] });
    expect({ ids: applied.map(({ id }) => id), errors }).toEqual({
      ids: ['all', 'to'],
      errors: [],
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('"input":{"to":["eve"],"seen":[]}');
    expect(judge({ unread: [1] }).errors).toHaveLength(1);
  });
});

describe('records inside one another', () => {
  const nested = (depth: number): JsonObject =>
    depth === 0
      ? { type: 'string' }
      : { type: 'object', properties: { a: nested(depth - 1) }, required: ['a'] };
  const read = (depth: number) => {
    const deep: NamedTarget = { ...tool, input: { ...nested(depth) } };
    const path = ['context.input', ...Array.from({ length: depth }, () => 'a')].join('.');
    const rule = `@id("r") permit(principal, action == Action::"mail/send", resource) when { ${path} == "x" };`;
    const policies = [{ name: 'p', cedar: rule }];
    return createComparedEngine().load({ tenant: 'main', policies, targets: [deep] });
  };

  it('are read as deep as `policyDepth`; a deeper one has no type, and no rule reads it', () => {
    expect(read(limits.policyDepth)).toMatchObject({ kind: 'loaded' });
    expect(read(limits.policyDepth + 1)).toMatchObject({
      kind: 'invalid',
      problems: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('no one type') }),
      ]),
    });
  });
});
