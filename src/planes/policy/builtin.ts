import type { Decision } from '#kernel/decision.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';

export const builtinPolicyName = 'builtin';

/**
 * In force unless a document of this name replaces them. Out of the box a read goes through and
 * everything else waits for a human.
 */
export const builtinPolicies: PolicyEntry = {
  name: builtinPolicyName,
  cedar: `@id("builtin/read")
permit(principal, action in Action::"call", resource)
when { resource.effect == "read" };

@id("builtin/write")
@approval("write")
permit(principal, action in Action::"call", resource)
unless { resource.effect == "read" };
`,
};

/** Rules that stand in no document: the gate itself applies them, and records them by these ids. */
export const gateRules = {
  mayNotCallTool: 'builtin/tool-not-in-manifest',
  outsideEnvelope: 'builtin/outside-envelope',
  crossesSensitivity: 'builtin/crosses-sensitivity',
  untrustedRaises: 'builtin/untrusted-raises',
  /** Stands beside the permit that said so. */
  untrustedAllowed: 'builtin/untrusted-allowed',
} as const;

/** The rules of a deny that says no more than that the manifest does not list this, or not so. */
const reach: ReadonlySet<string> = new Set([gateRules.mayNotCallTool, gateRules.outsideEnvelope]);

/** Denied for its manifest alone: no rule forbids it, some permit it, and nothing went wrong. */
export function isOutOfReach({
  effect,
  rules,
  errors,
}: Pick<Decision, 'effect' | 'rules' | 'errors'>): boolean {
  const isAsked = effect === 'deny' && errors.length === 0 && rules.length > 0;
  return isAsked && rules.every((rule) => reach.has(rule));
}

export const untrustedClass = 'untrusted-content';

export function withBuiltins(policies: readonly PolicyEntry[]): readonly PolicyEntry[] {
  const replaced = policies.some(({ name }) => name === builtinPolicyName);
  return replaced ? policies : [builtinPolicies, ...policies];
}
