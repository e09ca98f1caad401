/**
 * What a value, a session or a call carries. INVARIANT: labels only rise; lowering one is the act
 * of an entitled human, on record. Unknown counts as labelled.
 */
export type Label =
  | 'integrity:untrusted'
  | 'confidentiality:secret'
  | 'confidentiality:personal'
  | 'confidentiality:sensitive'
  | `region:${string}`
  | `tenant:${string}`;

export type Labels = readonly Label[];

/** Everything that there is: what is carried by something of which nothing is known. */
export const labelCeiling = Object.freeze([
  'confidentiality:personal',
  'confidentiality:secret',
  'confidentiality:sensitive',
  'integrity:untrusted',
] as const) satisfies Labels;

/** Of whose data it is: a region, another company. There are as many as documents name. */
export const belongsPattern = /^(?:region|tenant):[a-z0-9][a-z0-9-]{0,62}$/;

export function isBelonging(text: string): text is `region:${string}` | `tenant:${string}` {
  return belongsPattern.test(text);
}

/** What a sink needs a clearance for: everything but where a value came from. */
export function isConfidential(label: Label): boolean {
  return !label.startsWith('integrity:');
}

/** What of these is confidential beyond a clearance; without one nothing is. */
export function aboveClearance(labels: Labels, clearance: Labels | undefined): Labels {
  if (clearance === undefined) return noLabels;
  return labels.filter((label) => isConfidential(label) && !clearance.includes(label));
}

export const noLabels: Labels = Object.freeze([]);

export function joinLabels(a: Labels, b: Labels): Labels {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const extra = b.filter((label) => !a.includes(label));
  return extra.length === 0 ? a : [...a, ...extra].sort();
}
