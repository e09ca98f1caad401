import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decisionInput, refundTool } from '#contracts/policy-engine.suite.ts';
import type { NamedTarget, PolicySet } from '#contracts/policy-engine.ts';
import { limits } from '#kernel/limits.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createCedarEngine } from './engine.ts';
import { judgeSet, judgeToText } from './judge.ts';
import { type Judge, sourceOf } from './judged.ts';
import { linesOf, readJudged } from './judged-text.ts';
import { createCedarRuntime } from './runtime.ts';
import { runNow } from './slices.ts';

const runtime = createCedarRuntime();

const wide: NamedTarget = {
  target: toolTarget({ server: 'mail', tool: 'send' }),
  digest: 'd9',
  input: {
    type: 'object',
    properties: {
      to: { type: 'array', items: { type: 'string' } },
      cost: { type: 'number' },
      deep: { type: 'object', properties: { flag: { type: 'boolean' }, any: {} } },
      constructor: { type: 'string' },
      n: { type: 'integer' },
    },
    required: ['cost'],
  },
};

const set: PolicySet = {
  tenant: 'main',
  policies: [
    {
      name: 'p',
      cedar: `@id("small") permit(principal, action == Action::"billing/create_refund", resource) when { context.input.amount < 500 };
@id("all") @approval("x") forbid(principal, action, resource) unless { context.environment == "ü" };
@id("mail") @untrusted("ask") permit(principal, action == Action::"mail/send", resource) when { context.input.cost.lessThan(decimal("1.5")) && context.input has deep && context.input.deep has flag && context.input has n && context.input.n == 1 };
@id("later") permit(principal, action == Action::"mail/later", resource);`,
    },
  ],
  targets: [refundTool, wide],
};

function textOf(from: PolicySet = set): string {
  const judged = judgeToText(runtime, from);
  if (judged.kind === 'invalid') throw new Error(JSON.stringify(judged.problems));
  return judged.text;
}

async function readBack(text: string, source = sourceOf(set)) {
  return runNow(readJudged(await linesOf(text), source));
}

/** The same text with one thing in it changed. */
function changed(change: (lines: string[]) => readonly string[]): string {
  const lines = inflateRawSync(Buffer.from(textOf(), 'base64')).toString('utf8').split('\n');
  return packed(change(lines).join('\n'));
}

function packed(text: string | Buffer): string {
  return deflateRawSync(text).toString('base64');
}

/** A judge that says no, and how often it was asked. */
function countingJudge() {
  const judge = { asked: 0 } as { asked: number } & Judge;
  judge.judge = async () => {
    judge.asked += 1;
    return { kind: 'invalid', problems: [] };
  };
  return judge;
}

describe('what was made of policies, as text', () => {
  it('is the same set again, word for word and shape for shape', async () => {
    const judged = judgeSet(runtime, set);
    if (judged.kind === 'invalid') throw new Error(JSON.stringify(judged.problems));
    expect(await readBack(textOf())).toEqual({ kind: 'read', set: judged.set });
    expect(judged.set.vocabulary.typed.get('mail/send')?.input?.attributes.size).toBe(5);
  });

  it('is small where rules resemble one another', () => {
    const rules = Array.from(
      { length: 500 },
      (_unused, at) =>
        `@id("r${at}") permit(principal, action, resource) when { context.environment == "e${at}" };`,
    );
    const cedar = rules.join('\n');
    const text = textOf({ tenant: 'main', policies: [{ name: 'p', cedar }], targets: [] });
    expect(text.length).toBeLessThan(cedar.length / 2);
  });

  it.each([
    ['of another policy', { ...set, policies: [{ name: 'p', cedar: '' }] }],
    ['of a policy under another name', { ...set, policies: [{ ...set.policies[0], name: 'q' }] }],
    [
      'of a target with another digest',
      { ...set, targets: [{ ...refundTool, digest: 'd2' }, wide] },
    ],
    ['of fewer targets', { ...set, targets: [wide] }],
  ] as [string, PolicySet][])('is never that %s: such a set is refused', async (_name, other) => {
    expect(await readBack(textOf(), sourceOf(other))).toMatchObject({ kind: 'refused' });
    const judge = countingJudge();
    const loaded = await createCedarEngine({ judge }).load({ ...other, judged: textOf() });
    expect(loaded).toMatchObject({ kind: 'invalid', problems: [{ policy: '' }] });
    expect(judge.asked).toBe(0);
  });

  it.each([
    ['no base64', '{}'],
    ['nothing', ''],
    ['no JSON', packed('what')],
    ['lines of another kind', packed('{"form":7}\n[]')],
    ['fewer lines', changed((lines) => lines.slice(0, -1))],
    ['more lines', changed((lines) => [...lines, lines.at(-1) ?? ''])],
    [
      'a rule without its effect',
      changed((lines) => lines.map((line) => line.replace('"effect":"permit",', ''))),
    ],
    [
      'a member that nobody knows',
      changed((lines) => lines.map((line) => line.replace('"id":', '"x":1,"id":'))),
    ],
    [
      'a shape that is none',
      changed((lines) => lines.map((line) => line.replace('"long"', '"lung"'))),
    ],
  ])('that is %s is refused', async (_name, text) => {
    expect(await readBack(text)).toMatchObject({ kind: 'refused' });
  });

  it('is inflated up to `judgedPoliciesBytes`', async () => {
    const most = Buffer.alloc(limits.judgedPoliciesBytes, 'x');
    expect(await linesOf(packed(most))).toHaveLength(1);
    expect(await linesOf(packed(Buffer.concat([most, Buffer.from('x')])))).toEqual([]);
  });
});

describe('an engine that is given what was made of its policies', () => {
  it('judges nothing, answers the same, and hands on the same text', async () => {
    const judge = countingJudge();
    const given = await createCedarEngine({ judge }).load({ ...set, judged: textOf() });
    const own = await createCedarEngine().load(set);
    if (given.kind === 'invalid' || own.kind === 'invalid') throw new Error('invalid');
    expect(judge.asked).toBe(0);
    expect(given.policies.judged).toBe(own.policies.judged);
    expect(given.policies.digest).toBe(own.policies.digest);
    for (const amount of [1, 499, 500]) {
      const input = decisionInput({ arguments: { amount } });
      expect(await given.policies.evaluate(input)).toEqual(await own.policies.evaluate(input));
    }
  });

  it('judges by itself what has another form, as every set that comes without it', async () => {
    const other = changed(([head = '', ...lines]) => [
      head.replace('"form":"', '"form":"x'),
      ...lines,
    ]);
    for (const judged of [other, undefined]) {
      const judge = countingJudge();
      await createCedarEngine({ judge }).load({ ...set, judged });
      expect(judge.asked).toBe(1);
    }
  });
});
