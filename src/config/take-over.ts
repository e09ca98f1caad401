import type { DocumentChange, StoredDocument } from '#contracts/document-store.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { LoadedDocument } from './load.ts';
import { keyOf } from './plan.ts';
import { systemName } from './review-records.ts';

/** A document of the folder that the API owns. */
export interface Claimed {
  /** To the letter what is in force: it is the folder's from now on, and nobody notices. */
  readonly taken: readonly LoadedDocument[];
  /** Another: two owners say different things of one document, so what is in force stays. */
  readonly clashes: readonly string[];
}

export function claimedBy(
  documents: readonly LoadedDocument[],
  stored: readonly StoredDocument[],
): Claimed {
  const foreign = new Map(
    stored.filter(({ owner }) => owner === 'api').map((one) => [keyOf(one), one.digest]),
  );
  const claimed = documents.filter((one) => foreign.has(keyOf(one)));
  const isSame = (one: LoadedDocument) => foreign.get(keyOf(one)) === one.digest;
  return {
    taken: claimed.filter(isSame),
    clashes: claimed.filter((one) => !isSame(one)).map(clashText),
  };
}

function clashText(one: LoadedDocument): string {
  return (
    `${one.place()}: ${one.kind} \`${one.name}\` is in force as it came by the API, and this file says otherwise ` +
    `(remove it from ${one.file}, or write there what is in force, or \`bailiwick apply\` what the file says: ` +
    'what both say alike is the folder`s from then on)'
  );
}

/** INVARIANT: on record before the owner is another: from then on whoever writes in the folder changes it. */
export function takenDraft(
  tenant: string,
  { kind, name, digest }: Pick<DocumentChange, 'kind' | 'name' | 'digest'>,
): RecordDraft {
  return {
    type: 'config.applied',
    tenant,
    actors: [{ kind: 'system', name: systemName }],
    details: { kind, name, digest, owner: 'folder', ownerBefore: 'api' },
  };
}
