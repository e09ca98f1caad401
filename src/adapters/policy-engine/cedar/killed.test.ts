import { beforeEach, describe, expect, it } from 'vitest';
import { decisionInput, refundTool } from '#contracts/policy-engine.suite.ts';
import { createReferenceEngine, type InlinePolicies } from './reference.ts';
import { CedarFault } from './fault.ts';
import { type CedarModule, type CedarRuntime, createCedarRuntime } from './runtime.ts';

type Answer = ReturnType<CedarModule['statefulIsAuthorized']>;

/** The real engine until it is told to be gone, or to answer with something else. */
class FailingRuntime implements CedarRuntime {
  readonly #real = createCedarRuntime();
  gone = false;
  answer: unknown;

  get generation(): number {
    return this.#real.generation;
  }

  run<Told>(step: (cedar: CedarModule) => Told): Told {
    if (this.gone) throw new CedarFault('the engine trapped and was replaced');
    if (this.answer === undefined) return this.#real.run(step);
    const statefulIsAuthorized = () => this.answer as Answer;
    return this.#real.run((cedar) => step({ ...cedar, statefulIsAuthorized }));
  }
}

let runtime: FailingRuntime;
let policies: InlinePolicies;

beforeEach(() => {
  runtime = new FailingRuntime();
  const cedar = '@id("all") permit(principal, action, resource);';
  const set = { tenant: 'main', policies: [{ name: 'p', cedar }], targets: [refundTool] };
  const answer = createReferenceEngine(runtime).load(set);
  if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
  policies = answer.policies;
});

const diagnostics = { reason: ['all'], errors: [] };

describe('an engine that fails under the rules', () => {
  it('is an error while it is gone, and no answer of before is lost or made up [POL-01]', () => {
    expect(policies.evaluate(decisionInput({ agent: 'a' })).applied).toHaveLength(1);
    runtime.gone = true;
    expect(policies.evaluate(decisionInput({ agent: 'b' }))).toEqual({
      applied: [],
      errors: ['the engine trapped and was replaced'],
    });
    runtime.gone = false;
    expect(policies.evaluate(decisionInput({ agent: 'b' })).errors).toEqual([]);
  });

  it.each([
    ['nothing', null],
    ['a failure', { type: 'failure', errors: [] }],
    ['no response', { type: 'success' }],
    ['no reasons', { type: 'success', response: { diagnostics: { errors: [] } } }],
    ['no errors', { type: 'success', response: { diagnostics: { reason: ['all'] } } }],
    [
      'a rule that nobody loaded',
      { type: 'success', response: { diagnostics: { ...diagnostics, reason: ['all', 'other'] } } },
    ],
  ])(
    'is an error when it answers %s, and the error is not remembered [POL-01]',
    (_name, answer) => {
      runtime.answer = answer;
      expect(policies.evaluate(decisionInput()).errors).not.toEqual([]);
      runtime.answer = undefined;
      expect(policies.evaluate(decisionInput())).toMatchObject({
        applied: [{ id: 'all' }],
        errors: [],
      });
    },
  );
});
