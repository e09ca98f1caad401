import { type DeskRecorder, recordOrOwe, tokenOf } from '#contracts/desk.ts';
import { type DocumentReview, reviewDigest } from '#contracts/document-change.ts';
import type { Person } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';

/** INVARIANT: the documents by name, and all of it by one digest: what they say stands in the store, version by version. */
export function reviewDraft(
  type: RecordDraft['type'],
  by: Pick<Person, 'tenant' | 'name' | 'through'>,
  review: Omit<DocumentReview, 'state' | 'seal'>,
): RecordDraft & { readonly details: NonNullable<RecordDraft['details']> } {
  const { id, steps, askedBy, reason, owner } = review;
  const documents = steps.map(({ kind, name }) => `${kind}/${name}`);
  return {
    type,
    tenant: by.tenant,
    actors: [actorOf(by)],
    details: {
      review: id,
      documents,
      digest: reviewDigest(review),
      owner,
      askedBy,
      reason,
      ...tokenOf(by),
    },
  };
}

/** No person has a name with a slash. */
export const systemName = 'system/config';

/** The folder is nobody: whoever writes there is not known here. */
export function actorOf({ name }: Pick<Person, 'name'>): RecordDraft['actors'][number] {
  return name === 'folder' || name === systemName
    ? { kind: 'system', name: systemName }
    : { kind: 'human', name };
}

/** What does not come after all takes nothing with it: recorded surely, and afterwards. */
export function recordEnded(
  recorder: DeskRecorder,
  tenant: string,
  { id, state, decidedBy, why, steps }: DocumentReview,
): Promise<void> {
  return recordOrOwe(recorder, {
    type: 'config.change-ended',
    tenant,
    actors: [
      decidedBy === undefined ? { kind: 'system', name: systemName } : actorOf({ name: decidedBy }),
    ],
    details: {
      review: id,
      outcome: state,
      documents: steps.map(({ kind, name }) => `${kind}/${name}`),
      ...(why === undefined ? {} : { why }),
    },
  });
}
