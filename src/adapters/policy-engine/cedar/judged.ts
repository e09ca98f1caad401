import type { AppliedRule, PolicyProblem, PolicySet } from '#contracts/policy-engine.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { targetText } from '#kernel/target.ts';
import type { PlainRule } from './compiled/index.ts';
import type { Vocabulary } from './question.ts';

/** What deciding needs of a rule. */
export interface JudgedRule extends AppliedRule {
  /** Its text with the effect `permit`; see `source.ts`. */
  readonly question: string;
  readonly form: RuleForm;
}

/** How it is decided: by closures of plain data, or by asking the reference implementation. */
export type RuleForm =
  | { readonly kind: 'compiled'; readonly plain: PlainRule }
  | {
      readonly kind: 'falls-back';
      readonly why: string;
      /** The actions that it can be about; undefined when it can be about any. */
      readonly scope: readonly string[] | undefined;
    };

/** A set that was read and validated. */
export interface JudgedSet {
  readonly rules: readonly JudgedRule[];
  readonly vocabulary: Vocabulary;
  readonly digest: string;
}

interface Invalid {
  readonly kind: 'invalid';
  readonly problems: readonly PolicyProblem[];
}

export type Judged =
  | {
      readonly kind: 'judged';
      readonly set: JudgedSet;
      readonly warnings: readonly PolicyProblem[];
    }
  | Invalid;

/** The same as plain text, as it leaves the thread that judged it. */
export type JudgedText =
  | {
      readonly kind: 'judged';
      readonly text: string;
      readonly warnings: readonly PolicyProblem[];
    }
  | Invalid;

/** Judges a set of policies, wherever that is done. */
export interface Judge {
  judge(set: PolicySet): Promise<JudgedText>;
}

export function unjudged(message: string) {
  return { kind: 'invalid', problems: [atNoPlace(message)] } as const satisfies Judged;
}

export function atNoPlace(message: string): PolicyProblem {
  return { policy: '', message, line: undefined, column: undefined };
}

/** What decides is in the digest: the rules as they were compiled, or both where these are doubted. */
export const decidedBy = 'bailiwick-cedar 1, judged by cedar-wasm 4.13.0';

export function doubtedDigest(digest: string): string {
  return sha256Hex(canonicalText({ engine: `${decidedBy}, and asked of it`, compiled: digest }));
}

/**
 * What a set was made of: every text, and every target that rules may name, by the digest of what was
 * approved of it. INVARIANT: two sets that could be judged differently never share one.
 */
export function sourceOf({ policies, targets }: PolicySet): string {
  return sha256Hex(
    canonicalText({
      texts: policies.map(({ name, cedar }) => ({ name, sha256: sha256Hex(cedar) })),
      targets: targets.map(({ target, digest }) => `${targetText(target)} ${digest}`).sort(),
    }),
  );
}
