import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Decision } from '#kernel/decision.ts';
import { limits } from '#kernel/limits.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { definition } from '../../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../../test/fakes/gateway-world.ts';
import type { Inspected } from '../progress.ts';
import { decideStage } from './decide.ts';

const input = {
  type: 'object',
  properties: { to: { type: 'array', items: { type: 'string' } }, rate: { type: 'number' } },
};
const documents = {
  definitions: [definition('send', input)],
  policies: [
    `@id("yes") permit(principal, action, resource);
@id("eve") forbid(principal, action == Action::"fake/send", resource)
when { context.input has to && context.input.to.contains("eve") || context.input has rate && context.input.rate == decimal("1.0") };`,
  ],
};

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(documents);
  worker = await world.enrol();
});

async function codeOf(args: JsonObject): Promise<string> {
  const answer = await world.ask(worker, 'send', args);
  return answer.kind === 'refused' ? answer.refusal.code : answer.kind;
}

describe('a decision', () => {
  it('lets pass what a rule permits and refuses what one forbids [POL-01]', async () => {
    expect(await codeOf({ to: ['bob'] })).toBe('result');
    expect(await codeOf({ to: ['bob', 'eve'] })).toBe('policy/denied');
  });

  it('is no for more than the engine may be asked about, by a code of its own [SEM-19]', async () => {
    const to = Array.from({ length: limits.policySetItems + 1 }, (_unused, at) => `${at}`);
    expect(await codeOf({ to: to.slice(1) })).toBe('result');
    expect(await codeOf({ to })).toBe('policy/too-large');
    expect(world.invocations).toHaveLength(1);
    const { refusal, decision } = world.records.at(-1) ?? {};
    expect(refusal).toMatchObject({ stage: 'decide', code: 'policy/too-large' });
    expect(decision?.errors).toEqual([
      'argument `input.to` has more items than rules can be asked about',
    ]);
  });

  it.each([
    [[], [], 'policy/no-permit'],
    [['no'], [], 'policy/denied'],
    [['no'], ['broken'], 'policy/evaluation-error'],
  ] as const)('that is no by %j with errors %j is told as %s', (rules, errors, code) => {
    const decision = { effect: 'deny', rules, errors } as unknown as Decision;
    const parts = { ...world.parts, clock: world.identity.clock };
    const walk = {
      call: { action: { kind: 'tool-call', arguments: {}, argumentBytes: Buffer.from('{}') } },
      principal: { hops: [] },
      configuration: { of: () => ({ decide: () => decision, shadowDigest: () => undefined }) },
      subject: { subjectClass: {} },
    } as unknown as Inspected;
    expect(decideStage(parts)(walk)).toMatchObject({
      why: { code },
      found: { decision },
    });
  });

  it('is no for what a rule cannot judge exactly, and the record never holds the value', async () => {
    expect(await codeOf({ rate: 0.123456 })).toBe('policy/evaluation-error');
    expect(JSON.stringify(world.records)).not.toContain('0.123456');
  });
});

describe('after untrusted content was read', () => {
  const free = definition('free', { type: 'object', properties: {} });
  const policies = [
    `@id("yes") permit(principal, action, resource);
@id("after") @untrusted("allow") permit(principal, action == Action::"fake/send", resource);`,
  ];

  it('only the tool that a permit names still runs by itself, and the record says by what', async () => {
    await world.publish({ definitions: [...documents.definitions, free], policies });
    expect(await codeOf({})).toBe('result');
    await world.raise(['integrity:untrusted']);
    expect(await codeOf({})).toBe('result');
    const outcome = world.records.findLast(({ type }) => type === 'policy.outcome');
    expect(outcome?.decision?.rules).toEqual(['after', 'builtin/untrusted-allowed', 'yes']);
    expect((await world.ask(worker, 'free', {})).kind).toBe('held');
  });
});
