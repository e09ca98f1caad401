import type { PolicyDoubt } from '#contracts/policy-engine.ts';
import { buildRules } from './compiled/index.ts';
import { type Build, inForce, plainRules, watchOf } from './engine.ts';
import { judgeSet } from './judge.ts';
import { sourceOf } from './judged.ts';
import { writeJudged } from './judged-text.ts';
import { answerOf, type Oracle } from './oracle.ts';
import type { InlineEngine } from './reference.ts';
import { type CedarRuntime, createCedarRuntime } from './runtime.ts';
import { createSamples, type Samples } from './samples.ts';
import { type Bundle, createSlots, questionsOf } from './slots.ts';
import { runNow } from './slices.ts';
import { createWatch } from './watch.ts';

export interface InlineParts {
  readonly runtime?: CedarRuntime;
  readonly build?: Build;
  readonly samples?: () => Samples;
  readonly onDoubt?: (doubt: PolicyDoubt) => void;
}

/** The same where it stands, reference implementation and all: for whoever has no loop to keep free. */
export function createInlineEngine(parts: InlineParts = {}): InlineEngine {
  const runtime = parts.runtime ?? createCedarRuntime();
  const { build = buildRules, samples = createSamples } = parts;
  const watch = createWatch(parts.onDoubt ?? (() => undefined));
  const slots = createSlots(runtime);
  return {
    name: 'cedar',
    health: () => watch.health(),
    load(set) {
      const judged = judgeSet(runtime, set);
      if (judged.kind === 'invalid') return judged;
      const source = sourceOf(set);
      const asked = { tenant: set.tenant, source, text: writeJudged(judged.set, source) };
      const bundle: Bundle = { tenant: set.tenant, rules: questionsOf(judged.set.rules) };
      const oracle: Oracle = {
        ask: (_set, question) => ({ ...answerOf(slots.ask(bundle, question)), ms: 0 }),
      };
      const rules = runNow(build(plainRules(judged.set)));
      const policies = inForce(
        { oracle, samples, watch: watchOf({ watch }, set) },
        asked,
        judged.set,
        rules,
      );
      return {
        kind: 'loaded',
        policies: {
          get digest() {
            return policies.digest;
          },
          judged: asked.text,
          evaluate(input) {
            const evaluation = policies.evaluate(input);
            if (evaluation instanceof Promise) throw new TypeError('nothing here waits');
            return evaluation;
          },
        },
        warnings: judged.warnings,
      };
    },
  };
}
