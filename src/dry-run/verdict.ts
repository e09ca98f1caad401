import type { DryAnswer } from './judge-call.ts';

/** What was said to a call: to its agent, or to whoever was asked for it. */
export type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'held'; readonly class: string }
  | { readonly kind: 'refused'; readonly code: string };

/** What is not enforced yet goes on, whatever would be said of it, but what could not be decided. */
export function verdictOf({ decision, refusal, phase }: DryAnswer): Verdict {
  if (phase !== undefined && decision.errors.length === 0) return { kind: 'allowed' };
  if (refusal !== undefined) return { kind: 'refused', code: refusal.code };
  if (decision.effect === 'allow') return { kind: 'allowed' };
  if (decision.effect === 'approve') {
    return { kind: 'held', class: decision.approvalClass ?? '' };
  }
  return { kind: 'refused', code: codeOf(decision) };
}

/** As the gateway's stage says it. */
function codeOf({ tooLarge, errors, rules }: DryAnswer['decision']): string {
  if (tooLarge === true) return 'policy/too-large';
  if (errors.length > 0) return 'policy/evaluation-error';
  return rules.length === 0 ? 'policy/no-permit' : 'policy/denied';
}

export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'allowed':
      return 'allowed';
    case 'held':
      return `held (${verdict.class})`;
    case 'refused':
      return `refused (${verdict.code})`;
  }
}

const freedom = { refused: 0, held: 1, allowed: 2 } as const;

export function wayOf(before: Verdict, after: Verdict): 'more' | 'less' | 'other' {
  const moved = freedom[after.kind] - freedom[before.kind];
  if (moved === 0) return 'other';
  return moved > 0 ? 'more' : 'less';
}
