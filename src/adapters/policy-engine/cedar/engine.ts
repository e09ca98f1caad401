import type {
  LoadedPolicies,
  PoliciesLoad,
  PolicyDoubt,
  PolicyEngine,
  PolicyProblem,
  PolicySet,
} from '#contracts/policy-engine.ts';
import { buildRules, type CompiledRules, type PlainRule } from './compiled/index.ts';
import { doubtedDigest, type Judge, type JudgedSet, sourceOf, unjudged } from './judged.ts';
import { linesOf, type ReadText, readJudged } from './judged-text.ts';
import { createJudgeThread } from './judge-thread.ts';
import { LivePolicies } from './live.ts';
import type { Oracle, OracleSet } from './oracle.ts';
import { createOracleThread } from './oracle-thread.ts';
import { createSamples, type Samples } from './samples.ts';
import { runInSlices, type Steps } from './slices.ts';
import { createWatch, type Watch } from './watch.ts';

/** Closures of rules, one rule a step. */
export type Build = (rules: readonly PlainRule[]) => Steps<CompiledRules>;

export interface CedarParts {
  /** Reads and validates, off the loop. */
  readonly judge?: Judge;
  /** The reference implementation, off the loop too. */
  readonly oracle?: Oracle;
  readonly build?: Build;
  readonly samples?: () => Samples;
  /** Told once of each tenant for which the two did not say the same. */
  readonly onDoubt?: (doubt: PolicyDoubt) => void;
}

interface Engine {
  readonly judge: Judge;
  readonly oracle: Oracle;
  readonly build: Build;
  readonly samples: () => Samples;
  readonly watch: Watch;
}

/**
 * Cedar by our own compiled evaluator. INVARIANT: the reference implementation is in no thread that
 * carries calls; it reads and validates in one of its own, and answers in another.
 */
export function createCedarEngine(parts: CedarParts = {}): PolicyEngine {
  const engine: Engine = {
    judge: parts.judge ?? createJudgeThread(),
    oracle: parts.oracle ?? createOracleThread(),
    build: parts.build ?? buildRules,
    samples: parts.samples ?? createSamples,
    watch: createWatch(parts.onDoubt ?? (() => undefined)),
  };
  return {
    name: 'cedar',
    load: (set) => load(engine, set),
    health: () => engine.watch.health(),
  };
}

async function load(engine: Engine, set: PolicySet): Promise<PoliciesLoad> {
  const source = sourceOf(set);
  const asked = { tenant: set.tenant, source };
  const by = { ...engine, watch: watchOf(engine, set) };
  const given = await readText(set.judged, source);
  if (given.kind === 'refused') return unjudged(given.message);
  if (given.kind === 'read') {
    return begin(by, { ...asked, text: set.judged ?? '' }, given.set, []);
  }
  const judged = await engine.judge.judge(set);
  if (judged.kind === 'invalid') return judged;
  const made = await readText(judged.text, source);
  return made.kind === 'read'
    ? begin(by, { ...asked, text: judged.text }, made.set, judged.warnings)
    : unjudged('what was judged cannot be read');
}

/** What decides nothing is watched by itself: a doubt about it ends with it. */
export function watchOf({ watch }: Pick<Engine, 'watch'>, { isShadow }: PolicySet): Watch {
  if (isShadow !== true) return watch;
  return { ...createWatch(() => undefined), renames: false };
}

async function readText(text: string | undefined, source: string): Promise<ReadText> {
  if (text === undefined) return { kind: 'other-form' };
  return runInSlices(readJudged(await linesOf(text), source));
}

async function begin(
  engine: Engine,
  asked: OracleSet,
  set: JudgedSet,
  warnings: readonly PolicyProblem[],
): Promise<PoliciesLoad> {
  let rules: CompiledRules;
  try {
    rules = await runInSlices(engine.build(plainRules(set)));
  } catch {
    return unjudged('the rules cannot be built');
  }
  return { kind: 'loaded', policies: inForce(engine, asked, set, rules), warnings };
}

/** What falls back is asked elsewhere. */
export function plainRules({ rules }: JudgedSet): readonly PlainRule[] {
  return rules.flatMap(({ form }) => (form.kind === 'compiled' ? [form.plain] : []));
}

export function inForce(
  { oracle, samples, watch }: Pick<Engine, 'oracle' | 'samples' | 'watch'>,
  asked: OracleSet,
  set: JudgedSet,
  rules: CompiledRules,
): LoadedPolicies {
  const live = new LivePolicies({ set, rules, asked, oracle, samples: samples(), watch });
  const doubted = doubtedDigest(set.digest);
  return {
    // A decision names what decided: rules that are doubted do not decide alone.
    get digest() {
      return watch.renames && watch.doubts(asked.tenant) ? doubted : set.digest;
    },
    judged: asked.text,
    evaluate: (input) => live.evaluate(input),
  };
}
