import { z } from 'zod';
import { belongsPattern, isBelonging, type Label, type Labels } from '#kernel/label.ts';
import { credentialHeaderProblem, isCredentialHeader } from './credential-header.ts';

/** What the documents of targets say alike, whatever kind of target it is; each plane has the rest. */

const labelNames = {
  untrusted: 'integrity:untrusted',
  personal: 'confidentiality:personal',
  sensitive: 'confidentiality:sensitive',
  secret: 'confidentiality:secret',
} as const satisfies Record<string, Label>;

/** In the words of documents; `resultLabels` has them as the gateway carries them. */
export const labelsSpec = z.array(z.enum(['untrusted', 'personal', 'sensitive', 'secret']));

const mostConfidential = 16;

/** What somebody must be cleared for: a name, or whose it is (`region:eu`, `tenant:acme`). */
export const confidentialSpec = z
  .array(
    z.union([
      z.enum(['personal', 'sensitive', 'secret']),
      z
        .string()
        .regex(belongsPattern, 'use personal, sensitive, secret, region:NAME or tenant:NAME'),
    ]),
  )
  .max(mostConfidential);

export function confidentialLabels(said: z.infer<typeof confidentialSpec>): Labels {
  return [...new Set(said.map(confidentialLabel))].sort();
}

function confidentialLabel(said: string): Label {
  if (said === 'personal' || said === 'sensitive' || said === 'secret') return labelNames[said];
  // INVARIANT: read by the pattern above; what is no label of ours is the highest.
  return isBelonging(said) ? said : 'confidentiality:secret';
}

/** INVARIANT: unknown counts as labelled. Only a document that says `labels: []` says otherwise. */
export const unknownLabels: Labels = ['integrity:untrusted'];

/** What results are labelled: as the document says, or, where it says nothing, as is usual. */
export function resultLabels(
  said: z.infer<typeof labelsSpec> | undefined,
  usual: Labels = unknownLabels,
): Labels {
  if (said === undefined) return usual;
  return [...new Set(said.map((name) => labelNames[name]))].sort();
}

/** Whether results are kept, sealed, beside their records; `commitment-only` is what shows in no copy. */
export const recordSpec = z.enum(['sealed', 'commitment-only']);

/** As the document says, or as is usual; absent where results are kept. */
export function keptAs(
  said: z.infer<typeof recordSpec> | undefined,
  usual?: z.infer<typeof recordSpec>,
): { readonly record?: 'commitment-only' } {
  const record = said ?? usual;
  return record === 'commitment-only' ? { record } : {};
}

export const effectSpec = z.enum(['read', 'write', 'delete']);

export const sensitivitySpec = z.enum(['public', 'internal', 'sensitive']).default('internal');

/** How something that is used is classed, by whoever declares it. */
export const classShape = {
  reversible: z.boolean().optional(),
  sensitivity: sensitivitySpec,
  results: z
    .strictObject({ labels: labelsSpec.optional(), record: recordSpec.optional() })
    .default({}),
};

/** Where an upstream is reached, as its document writes it. */
export const httpUrlSpec = z
  .string()
  .max(2_048)
  .refine(isPlainHttpUrl, 'must be an http or https URL without user, password and fragment');

/** Which secret is lent, and in which header it goes. */
export const credentialShape = {
  secret: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -'),
  header: z.string().refine(isCredentialHeader, credentialHeaderProblem).optional(),
  prefix: z
    .string()
    .regex(/^[\x20-\x7e]{0,64}$/, 'use printable ASCII')
    .optional(),
};

function isPlainHttpUrl(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, username, password, hash, hostname } = new URL(given);
  const isHttp = protocol === 'http:' || protocol === 'https:';
  return isHttp && hostname !== '' && username + password + hash === '' && !given.includes('#');
}
