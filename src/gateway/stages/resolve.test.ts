import { beforeEach, describe, expect, it } from 'vitest';
import { refresh } from '../actions/refresh.ts';
import type { Stood } from '../progress.ts';
import { resolveStage } from './resolve.ts';
import type { StopTarget } from '#kernel/overlay.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { definition } from '../../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../../test/fakes/gateway-world.ts';

const noInput = { type: 'object', properties: {} };
const documents = {
  definitions: ['mine', 'hidden'].map((name) => definition(name, noInput)),
  manifest: { tools: [{ tool: 'fake/mine' }] },
};

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(documents);
  worker = await world.enrol();
});

/** All that the agent is told. */
async function told(tool: string) {
  const answer = await world.ask(worker, tool, {});
  if (answer.kind !== 'refused') return answer.kind;
  const { code, status, message, suggestedAction, details } = answer.refusal;
  return { code, status, message, suggestedAction, details, effect: answer.effect };
}

const toolOf = (tool: string | undefined): StopTarget => ({
  kind: 'target',
  tenant: 'main',
  target: { kind: 'tool', owner: 'fake', name: tool },
});

describe('what an agent outside its manifest is told', () => {
  it.each([
    ['stopped', 'stop'],
    ['quarantined', 'quarantine'],
  ] as const)(
    'is the same of a %s tool, a hidden one and none at all [TOL-17, TOL-21]',
    async (...row) => {
      const [, why] = row;
      const missing = await told('nothing');
      expect(missing).toMatchObject({ code: 'tools/not-visible' });
      expect(await told('hidden')).toEqual(missing);
      world.overlay(toolOf('hidden'), why);
      expect(await told('hidden')).toEqual(missing);
      world.overlay(toolOf(undefined), why);
      expect(await told('hidden')).toEqual(missing);
      expect(await told('nothing')).toEqual(missing);
    },
  );

  it('is that it is stopped when the tool is its own', async () => {
    expect(await told('mine')).toBe('held');
    world.overlay(toolOf('mine'), 'stop');
    expect(await told('mine')).toMatchObject({ code: 'stop/active' });
    expect(world.records.at(-1)).toMatchObject({
      type: 'gateway.refused',
      refusal: { stage: 'resolve', code: 'stop/active' },
    });
  });
});

describe('each of the three questions', () => {
  const input = { type: 'object', properties: { amount: { type: 'integer' } } };
  const definitions = [definition('pay', input), definition('hidden', input)];
  const policies = ['@id("yes") permit(principal, action, resource);'];
  const within = {
    definitions,
    policies,
    manifest: { tools: [{ tool: 'fake/pay', arguments: { amount: { max: 5 } } }] },
  };
  const fine = { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false };

  it.each([
    ['may it call the tool', 'hidden', 5, { mayCallTool: false }, 'builtin/tool-not-in-manifest'],
    ['is it in its envelope', 'pay', 6, { insideEnvelope: false }, 'builtin/outside-envelope'],
    ['does it cross', 'pay', 5, { crossesSensitivity: true }, 'builtin/crosses-sensitivity'],
  ] as const)('%s: failed alone it is a deny that the record names [POL-14]', async (...row) => {
    const [, tool, amount, failed, rule] = row;
    await world.publish(within);
    expect((await world.ask(worker, 'pay', { amount: 5 })).kind).toBe('result');
    if ('crossesSensitivity' in failed) {
      await world.publish({
        ...within,
        server: { default: { effect: 'write', sensitivity: 'sensitive' } },
      });
    }
    expect((await world.ask(worker, tool, { amount })).kind).toBe('refused');
    expect(world.records.at(-1)?.decision).toMatchObject({
      effect: 'deny',
      rules: [rule],
      questions: { ...fine, ...failed },
      policyDigest: world.parts.state.configuration?.of(world.parts.policy).digest('main'),
    });
    expect(world.invocations).toHaveLength(1);
  });
});

describe('what only the gateway asks', () => {
  it('is not there for an agent, should a front ever make it of what the agent says', async () => {
    const resolve = resolveStage({} as Parameters<typeof resolveStage>[0]);
    const refused = await resolve({
      principal: { kind: 'agent' },
      file: refresh({} as Parameters<typeof refresh>[0]),
      call: { action: { kind: 'refresh', argumentBytes: Buffer.from('{}') } },
    } as unknown as Stood);
    expect(refused).toMatchObject({ code: 'tools/not-visible' });
  });
});

describe('what a refusal tells of the arguments', () => {
  const secret = ['AK', 'IA', 'ABCDEFGHIJKLMNOP'].join('');
  const nested = { type: 'object', additionalProperties: { type: 'integer' } };

  it.each([
    ['a member that is not named', 'tools/unnamed-argument', { [secret]: 1 }],
    ['a member of another type', 'tools/invalid-arguments', { meta: { [secret]: 'x' } }],
    ['a value of another type', 'tools/invalid-arguments', { meta: secret }],
    ['a value outside its bound', 'tools/outside-envelope', { amount: secret }],
    ['a bounded argument that is left out', 'tools/outside-envelope', {}],
  ] as const)('%s: is never a secret, to the agent or on record', async (...row) => {
    const [, code, args] = row;
    await world.publish({
      definitions: [
        definition('pay', { type: 'object', properties: { meta: nested, amount: {} } }),
      ],
      manifest: { tools: [{ tool: 'fake/pay', arguments: { amount: { prefix: 'x' } } }] },
    });
    const answer = await world.ask(worker, 'pay', args);
    expect(answer.kind === 'refused' && answer.refusal.code).toBe(code);
    expect(JSON.stringify([answer, world.records])).not.toContain(secret);
  });
});

describe('parallel calls', () => {
  it('that are identical are as many decisions and records as calls [POL-13]', async () => {
    await world.publish({
      ...documents,
      policies: ['@id("yes") permit(principal, action, resource);'],
    });
    const count = 24;
    const before = world.records.length;
    await Promise.all(Array.from({ length: count }, () => world.ask(worker, 'mine', {})));
    const own = world.records.slice(before);
    for (const type of ['policy.intent', 'policy.outcome']) {
      const calls = own.filter((record) => record.type === type);
      expect(new Set(calls.map(({ call }) => call)).size).toBe(count);
      expect(calls.map(({ decision }) => decision?.rules)).toEqual(
        Array.from({ length: count }, () => ['yes']),
      );
    }
    expect(world.invocations).toHaveLength(count);
  });
});
