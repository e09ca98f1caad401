import { beforeEach, describe, expect, it } from 'vitest';
import { decisionInput, refundTool } from '#contracts/policy-engine.suite.ts';
import type { PolicyDoubt, PolicySet } from '#contracts/policy-engine.ts';
import { type Answer, buildRules, plainRule } from './compiled/index.ts';
import { type Build, createCedarEngine } from './engine.ts';
import { CedarFault } from './fault.ts';
import { createInlineEngine, type InlineParts } from './inline.ts';
import { judgeSet } from './judge.ts';
import type { Judge } from './judged.ts';
import { sourceOf } from './judged.ts';
import { writeJudged } from './judged-text.ts';
import type { Oracle } from './oracle.ts';
import { createOracleThread } from './oracle-thread.ts';
import { createCedarRuntime } from './runtime.ts';
import type { Samples } from './samples.ts';

const cedar = `@id("all") permit(principal, action, resource);
@id("small") permit(principal, action == Action::"billing/create_refund", resource) when { context.input.amount < 500 };
@id("large") forbid(principal, action == Action::"billing/create_refund", resource) when { context.input.amount > 900 };`;
const set: PolicySet = {
  tenant: 'main',
  policies: [{ name: 'p', cedar }],
  targets: [refundTool],
};
const input = (amount: number) => decisionInput({ arguments: { amount } });

let doubts: PolicyDoubt[];
let due: boolean;
const samples = (): Samples => ({ isDue: () => due, spent: () => undefined });

beforeEach(() => {
  doubts = [];
  due = true;
});

/** An evaluator with one fault in it. */
function wrong(change: (answer: Answer) => Answer): Build {
  return function* build(rules) {
    const compiled = yield* buildRules(rules);
    return { ...compiled, evaluate: (request) => change(compiled.evaluate(request)) };
  };
}

const blind = wrong(({ satisfied, errors }) => ({
  satisfied: satisfied.filter((id) => id !== 'large'),
  errors,
}));

function inline(parts: InlineParts, of: PolicySet = set) {
  const engine = createInlineEngine({ samples, onDoubt: (one) => doubts.push(one), ...parts });
  const load = () => {
    const answer = engine.load(of);
    if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
    return answer.policies;
  };
  return { engine, load, policies: load() };
}

const disagree = { applied: [], errors: ['two evaluators of the policies do not say the same'] };

describe('decisions that are compared with the reference implementation', () => {
  it('leave no doubt while both say the same [POL-21]', () => {
    const { policies, engine } = inline({});
    const before = policies.digest;
    for (const amount of [1, 499, 500, 901, 1.5]) policies.evaluate(input(amount));
    expect({ doubts, digest: policies.digest }).toEqual({ doubts: [], digest: before });
    expect(engine.health?.()).toEqual({ oracleAnswers: true, doubts: [] });
  });

  it('are believed no more once an evaluator was wrong: from then on both must say it [POL-21]', () => {
    const { policies, engine } = inline({ build: blind });
    const before = policies.digest;
    // The one that is found out goes on: it is compared off the path.
    expect(policies.evaluate(input(901)).applied.map(({ id }) => id)).toEqual(['all']);
    expect(doubts).toEqual([
      {
        tenant: 'main',
        target: 'tool:billing/create_refund',
        rules: ['large'],
        policyDigest: before,
      },
    ]);
    due = false;
    expect(policies.evaluate(input(901))).toEqual(disagree);
    expect(policies.evaluate(input(499)).applied.map(({ id }) => id)).toEqual(['all', 'small']);
    // The decision names what decided.
    expect(policies.digest).not.toBe(before);
    expect(policies.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(engine.health?.().doubts).toEqual(doubts);
  });

  it('are doubted for later policies of the tenant too, and told once; another tenant is not', () => {
    const { policies, load, engine } = inline({ build: blind });
    policies.evaluate(input(901));
    policies.evaluate(input(902));
    due = false;
    expect(load().evaluate(input(901))).toEqual(disagree);
    expect(doubts).toHaveLength(1);
    const other = engine.load({ ...set, tenant: 'other' });
    if (other.kind === 'invalid') throw new Error('invalid');
    expect(other.policies.evaluate(input(901)).errors).toEqual([]);
  });

  it('of a shadow that is doubted are no doubt about what decides, and keep their digest [POL-21]', () => {
    const { policies, engine } = inline({ build: blind });
    const before = policies.digest;
    const shadow = engine.load({ ...set, isShadow: true });
    if (shadow.kind === 'invalid') throw new Error('invalid');
    shadow.policies.evaluate(input(901));
    due = false;
    expect(shadow.policies.evaluate(input(901))).toEqual(disagree);
    expect(policies.evaluate(input(901)).errors).toEqual([]);
    expect([doubts, engine.health?.().doubts]).toEqual([[], []]);
    expect([policies.digest, shadow.policies.digest]).toEqual([before, before]);
  });

  it('are compared in a thread as well, while the call goes on [POL-21]', async () => {
    const oracle = createOracleThread({ mostMs: 60_000 });
    const found = new Promise<PolicyDoubt>((onDoubt) => {
      const engine = createCedarEngine({ oracle, samples, build: blind, onDoubt });
      void Promise.resolve(engine.load(set)).then((loaded) => {
        if (loaded.kind === 'invalid') throw new Error('invalid');
        expect(loaded.policies.evaluate(input(901))).toMatchObject({ applied: [{ id: 'all' }] });
      });
    });
    expect(await found).toMatchObject({ tenant: 'main', rules: ['large'] });
  });

  it.each([
    ['satisfies a rule too many', (answer: Answer) => ({ ...answer, satisfied: ['all', 'large'] })],
    [
      'finds an error where there is none',
      ({ satisfied }: Answer) => ({ satisfied, errors: [{ id: 'small', message: 'x' }] }),
    ],
    [
      'names a rule twice over as satisfied and in error',
      (answer: Answer) => ({ ...answer, errors: [{ id: 'all', message: 'x' }] }),
    ],
  ])('are doubted when ours %s', (_name, change) => {
    inline({ build: wrong(change) }).policies.evaluate(input(700));
    expect(doubts).toHaveLength(1);
  });

  it('are an error when ours throws, or names what was not loaded', () => {
    const throwing = wrong(() => {
      throw new RangeError('Maximum call stack size exceeded');
    });
    expect(inline({ build: throwing }).policies.evaluate(input(1)).errors).toEqual([
      'the engine failed',
    ]);
    const strange = wrong((answer) => ({ ...answer, satisfied: ['nobody'] }));
    expect(inline({ build: strange }).policies.evaluate(input(1)).errors).toEqual([
      'the engine named a rule that was not loaded',
    ]);
  });
});

describe('a rule that is not compiled', () => {
  const runtime = createCedarRuntime();
  const whole = judgeSet(runtime, set);
  if (whole.kind === 'invalid') throw new Error(JSON.stringify(whole.problems));
  const judged = whole.set;

  /** Some rules fall back, as if their form were not known. */
  const judge = (ids: readonly string[]): Judge => ({
    async judge() {
      const rules = judged.rules.map((rule) =>
        ids.includes(rule.id)
          ? {
              ...rule,
              form: {
                kind: 'falls-back' as const,
                why: 'it is odd',
                scope: rule.id === 'all' ? undefined : ['billing/create_refund'],
              },
            }
          : rule,
      );
      const text = writeJudged({ ...judged, rules }, sourceOf(set));
      return { kind: 'judged', text, warnings: [] };
    },
  });

  // However busy this machine is.
  async function loaded(ids: readonly string[], oracle = createOracleThread({ mostMs: 60_000 })) {
    due = false;
    const engine = createCedarEngine({ judge: judge(ids), samples, oracle });
    const answer = await engine.load(set);
    if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
    return { ...answer.policies, health: () => engine.health?.(), policies: answer.policies };
  }

  it('is asked of the reference implementation, and its calls wait for that [POL-21]', async () => {
    const { policies } = await loaded(['large']);
    for (const [amount, ids] of [
      [499, ['all', 'small']],
      [700, ['all']],
      [901, ['all', 'large']],
    ] as const) {
      const evaluation = policies.evaluate(input(amount));
      expect(evaluation).toBeInstanceOf(Promise);
      expect((await evaluation).applied.map(({ id }) => id)).toEqual(ids);
    }
  });

  it('is named when it is loaded, with its line and why', () => {
    const odd = (id: string) => ({ kind: 'falls-back', why: `${id} is odd` }) as const;
    const one = judgeSet(runtime, set, (id, est) =>
      id === 'small' ? odd(id) : plainRule(id, est),
    );
    expect(one).toMatchObject({
      kind: 'judged',
      set: { rules: [{}, { form: { kind: 'falls-back', scope: ['billing/create_refund'] } }, {}] },
      warnings: [
        {
          policy: 'p',
          line: 2,
          message: expect.stringMatching(/`small` is not compiled.* is odd$/),
        },
      ],
    });
    const all = judgeSet(runtime, set, odd);
    expect(all).toMatchObject({ set: { rules: [{ form: { scope: undefined } }, {}, {}] } });
    expect('warnings' in all ? all.warnings : []).toHaveLength(3);
  });

  it('costs calls nothing that it cannot be about, unless it can be about any', async () => {
    const other = decisionInput({ target: { kind: 'tool', owner: 'a', name: 'b' } });
    const { policies } = await loaded(['large']);
    expect(policies.evaluate(other)).toMatchObject({ applied: [{ id: 'all' }] });
    expect((await loaded(['all'])).policies.evaluate(other)).toBeInstanceOf(Promise);
  });

  it.each([
    ['rejects', async () => Promise.reject(new CedarFault('gone'))],
    [
      'throws',
      () => {
        throw new CedarFault('gone');
      },
    ],
  ])('is an error while whoever is asked %s, and that is said [POL-01]', async (_name, ask) => {
    const { policies, health } = await loaded(['large'], { ask });
    expect(await policies.evaluate(input(1))).toEqual({ applied: [], errors: ['gone'] });
    expect(health()).toEqual({ oracleAnswers: false, doubts: [] });
  });

  it('is an error when what is compiled beside it is answered otherwise', async () => {
    const oracle: Oracle = { ask: () => ({ satisfied: ['all'], errors: [], ms: 0 }) };
    const { policies, health } = await loaded(['large'], oracle);
    expect(await policies.evaluate(input(1))).toEqual(disagree);
    expect(health()?.doubts).toMatchObject([{ rules: ['small'] }]);
  });
});
