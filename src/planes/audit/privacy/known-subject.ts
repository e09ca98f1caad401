import type { Act } from '#contracts/desk.ts';
import type { PayloadKeyBook } from '#contracts/payload-keys.ts';
import type { PeopleBook } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { holdsRole } from '#kernel/principal.ts';
import { nearest } from '#kernel/text/index.ts';

export interface KnownSubjects {
  readonly keys: Pick<PayloadKeyBook, 'of' | 'like'>;
  readonly people: Pick<PeopleBook, 'byName'>;
}

/** So many names are compared with the one that was asked for. */
const mostCompared = 2_000;

/** Something is sealed of them, or they are a person here. */
export async function isKnown(
  { keys, people }: KnownSubjects,
  tenant: string,
  subject: string,
): Promise<boolean> {
  if ((await keys.of(tenant, subject)) !== undefined) return true;
  return (await people.byName(tenant, subject)) !== undefined;
}

/**
 * INVARIANT: it says the name that was asked for nowhere, since refusals go on record; and another one only to whoever
 * may read records, where names stand.
 */
export async function unknownSubject(
  { keys }: Pick<KnownSubjects, 'keys'>,
  { by }: Act,
  { subject, told }: { readonly subject: string; readonly told: Partial<Told> },
): Promise<BailiwickError> {
  const names = holdsRole(by, 'auditor') ? await keys.like(by.tenant, subject, mostCompared) : [];
  const near = nearest(subject, names);
  return new BailiwickError('audit/subject-unknown', {
    ...told,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}

interface Told {
  readonly message: string;
  readonly suggestedAction: string;
}
