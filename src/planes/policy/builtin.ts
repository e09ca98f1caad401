import type { Decision } from '#kernel/decision.ts';
import type { PolicyEntry, TenantSnapshot } from '#kernel/snapshot.ts';

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

export const flowPolicyName = 'builtin-flow';

export const confidentialPolicyName = 'builtin-confidential';

/** Asked of a call that would tell what its target is not cleared for. */
export const confidentialClass = 'confidential';

/**
 * In force beside the rules of flow, unless a document of this name replaces it. What is secret, and what belongs to
 * another region or tenant, does not leave; of what is personal or sensitive a person decides.
 */
export const confidentialPolicies: PolicyEntry = {
  name: confidentialPolicyName,
  cedar: `@id("builtin/flow-keeps")
forbid(principal, action in Action::"call", resource)
when { context has flow && !["confidentiality:personal", "confidentiality:sensitive"].containsAll(context.flow.leaks) };

@id("builtin/flow-confidential")
@approval("${confidentialClass}")
forbid(principal, action in Action::"call", resource)
when { context has flow && !context.flow.leaks.isEmpty() };
`,
};

export const bulkPolicyName = 'builtin-bulk';

/** Asked of a call that moves more than goes unasked. */
export const bulkClass = 'bulk';

/** In force beside the rules of flow, unless a document of this name replaces it: of what is much a person decides. */
export const bulkPolicies: PolicyEntry = {
  name: bulkPolicyName,
  cedar: `@id("builtin/bulk-no")
forbid(principal, action in Action::"call", resource)
when { context has flow && context.flow.bulkRefuses && !context.flow.bulk.isEmpty() };

@id("builtin/bulk-asks")
@approval("${bulkClass}")
forbid(principal, action in Action::"call", resource)
when { context has flow && !context.flow.bulk.isEmpty() };
`,
};

export const scopePolicyName = 'builtin-scope';

/** Asked of a call that moves data outside of the scope of its project. */
export const scopeClass = 'outside-scope';

/** In force beside the rules of flow, unless a document of this name replaces it; a scope that only signals stops nothing. */
export const scopePolicies: PolicyEntry = {
  name: scopePolicyName,
  cedar: `@id("builtin/scope-no")
forbid(principal, action in Action::"call", resource)
when { context has flow && context.flow.scope == "refuse" };

@id("builtin/scope-asks")
@approval("${scopeClass}")
forbid(principal, action in Action::"call", resource)
when { context has flow && context.flow.scope == "ask" };
`,
};

/** INVARIANT: every name that `policiesOf` gives way to. A document of such a name switches off what is built in. */
export const replaceableNames: ReadonlySet<string> = new Set([
  builtinPolicyName,
  flowPolicyName,
  confidentialPolicyName,
  bulkPolicyName,
  scopePolicyName,
]);

/** Asked of a value of which nobody knows that the user wants it. */
export const flowClass = 'unproved-value';

/**
 * In force where a tool declares flow, unless a document of this name replaces it. Without the words of a user it
 * says nothing: then the labels of the task decide, as they do for tools that declare nothing.
 */
export const flowPolicies: PolicyEntry = {
  name: flowPolicyName,
  cedar: `@id("builtin/flow-no")
forbid(principal, action in Action::"call", resource)
when { context has flow && context.flow.verdict == "no" };

@id("builtin/flow-asks")
@approval("${flowClass}")
forbid(principal, action in Action::"call", resource)
when { context has flow && context.flow.intent && context.flow.verdict == "step-up" };
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
  /** Untrusted content was read, and no value of the call is of its choice; beside the permit that trusts in that. */
  flowProved: 'builtin/flow-proved',
  /** Its document says that it only assists: whatever is no read waits for a person. */
  assistedAsks: 'builtin/assisted-asks',
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
export const assistedClass = 'assisted';

/** Whether it is asked because of what strangers may have written: no yes that was given before it came is for that. */
export function isOfStrangers(approvalClass: string): boolean {
  return approvalClass.split('+').some((one) => one === untrustedClass || one === flowClass);
}

export function withBuiltins(policies: readonly PolicyEntry[]): readonly PolicyEntry[] {
  return beside(policies, builtinPolicies);
}

/** All that is in force in a tenant: what its documents say, and what is built in. INVARIANT: no shadow is among it. */
export function policiesOf(tenant: TenantSnapshot): readonly PolicyEntry[] {
  return inForce(
    tenant,
    tenant.policies.filter(({ shadow }) => shadow !== true),
  );
}

/** As if those in shadow decided; undefined where there are none. */
export function shadowPoliciesOf(tenant: TenantSnapshot): readonly PolicyEntry[] | undefined {
  const shadows = tenant.policies.filter(({ shadow }) => shadow === true);
  if (shadows.length === 0) return undefined;
  const gone = new Set(shadows.map(({ replaces }) => replaces));
  const kept = tenant.policies.filter(({ name, shadow }) => shadow !== true && !gone.has(name));
  const come = shadows.map(({ name, cedar, replaces }) => ({ name: replaces ?? name, cedar }));
  return inForce(tenant, [...kept, ...come]);
}

function inForce(tenant: TenantSnapshot, written: readonly PolicyEntry[]): readonly PolicyEntry[] {
  const policies = withBuiltins(written);
  const declares = Object.values(tenant.servers).some(({ tools }) =>
    Object.values(tools).some(({ flow }) => flow !== undefined),
  );
  if (!declares) return policies;
  return [flowPolicies, confidentialPolicies, bulkPolicies, scopePolicies].reduce(beside, policies);
}

function beside(policies: readonly PolicyEntry[], own: PolicyEntry): readonly PolicyEntry[] {
  return policies.some(({ name }) => name === own.name) ? policies : [own, ...policies];
}
