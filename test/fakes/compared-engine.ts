import { expect } from 'vitest';
import { createInlineEngine } from '#adapters/policy-engine/cedar/inline.ts';
import {
  createReferenceEngine,
  type InlineEngine,
} from '#adapters/policy-engine/cedar/reference.ts';
import { type CedarRuntime, createCedarRuntime } from '#adapters/policy-engine/cedar/runtime.ts';
import type { Evaluation } from '#contracts/policy-engine.ts';

/**
 * Our compiled evaluator, and beside it the reference implementation alone: of everything that it is
 * asked both must say the same, so that a test of one is a test of both.
 */
export function createComparedEngine(runtime: CedarRuntime = createCedarRuntime()): InlineEngine {
  const reference = createReferenceEngine(runtime);
  const compiled = createInlineEngine();
  return {
    name: 'compared',
    load(set) {
      const theirs = reference.load(set);
      const ours = compiled.load(set);
      if (theirs.kind === 'invalid' || ours.kind === 'invalid') {
        expect(ours).toEqual(theirs);
        return ours;
      }
      expect(ours.warnings).toEqual(theirs.warnings);
      const { policies } = ours;
      expect(policies.digest).toBe(theirs.policies.digest);
      const evaluate: typeof policies.evaluate = (input) => {
        const evaluation = policies.evaluate(input);
        expect(comparable(evaluation)).toEqual(comparable(theirs.policies.evaluate(input)));
        // No question left a doubt.
        expect(policies.digest).toBe(theirs.policies.digest);
        return evaluation;
      };
      return { ...ours, policies: { digest: policies.digest, evaluate } };
    },
  };
}

/** What went wrong in a rule each says in its own words. */
function comparable({ applied, errors, tooLarge }: Evaluation) {
  return {
    applied,
    tooLarge,
    errors: errors.map((text) => text.replace(/^(rule `[^`]*`): .*/, '$1')),
  };
}
