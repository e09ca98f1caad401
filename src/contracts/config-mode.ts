import type { Role } from '#kernel/principal.ts';
import type { ReviewBook } from './document-change.ts';
import type { DocumentStore } from './document-store.ts';

/**
 * What becomes of a risky document that somebody writes into the folder or puts by itself. `auto`: it waits where
 * somebody else may say yes to it, or ever might; while nobody else was ever set up it comes into force as written.
 */
export const configModes = ['auto', 'follow', 'review'] as const;

export type ConfigMode = (typeof configModes)[number];

export interface ModeParts {
  readonly documents: Pick<DocumentStore, 'list'>;
  readonly reviews: Pick<ReviewBook, 'bootstrap'>;
}

/**
 * Whether what is risky waits. INVARIANT: of `auto`, once a second person was there it waits for good, whoever
 * goes afterwards: nobody becomes one person alone again by removing the other.
 */
export async function isReviewed(
  { documents, reviews }: ModeParts,
  {
    mode,
    tenant,
    now,
  }: { readonly mode: ConfigMode; readonly tenant: string; readonly now: number },
): Promise<boolean> {
  if (mode !== 'auto') return mode === 'review';
  if ((await reviews.bootstrap(tenant, now)).endedAt !== undefined) return true;
  // Whoever signs in by a provider with such a role is somebody else, and stands in no book of ours.
  return (await documents.list(tenant)).some(
    ({ kind, spec }) => kind === 'IdentityProvider' && givesYes(spec['roles']),
  );
}

/** Whoever holds one of them, or may take it for a time, may say yes to a change of documents. */
export const yesRoles: readonly Role[] = ['admin', 'operator'];

function givesYes(rules: unknown): boolean {
  const all: readonly unknown[] = Array.isArray(rules) ? rules : [];
  return all.some((rule) => {
    const given = typeof rule === 'object' && rule !== null && 'roles' in rule ? rule.roles : [];
    return Array.isArray(given) && yesRoles.some((role) => given.includes(role));
  });
}
