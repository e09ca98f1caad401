/**
 * What a value, a session or a call carries. INVARIANT: labels only rise; lowering one is the act
 * of an entitled human, on record. Unknown counts as labelled.
 */
export type Label =
  | 'integrity:untrusted'
  | 'confidentiality:secret'
  | 'confidentiality:personal'
  | 'confidentiality:sensitive';

export type Labels = readonly Label[];

/** Everything that there is: what is carried by something of which nothing is known. */
export const labelCeiling: Labels = Object.freeze([
  'confidentiality:personal',
  'confidentiality:secret',
  'confidentiality:sensitive',
  'integrity:untrusted',
]);

export const noLabels: Labels = Object.freeze([]);

export function joinLabels(a: Labels, b: Labels): Labels {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const extra = b.filter((label) => !a.includes(label));
  return extra.length === 0 ? a : [...a, ...extra].sort();
}
