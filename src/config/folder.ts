import type { DocumentKind } from '#contracts/document-kind.ts';
import type { DocumentStore } from '#contracts/document-store.ts';
import { oweServerRemoved } from '#contracts/owed.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Clock } from '#kernel/time.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type PartProblem, partProblemText } from '#contracts/plane-part.ts';
import { changedDocuments, problemsAgainstPins } from './against-pins.ts';
import { type LoadedDocument, loadDocuments } from './load.ts';
import { type Claimed, claimedBy, takenDraft } from './take-over.ts';

/** Where each document of the folder stands, by kind and name. */
export type Places = ReadonlyMap<string, Pick<LoadedDocument, 'place'>>;

export interface ReadDocuments extends Claimed {
  readonly documents: readonly LoadedDocument[];
  readonly places: Places;
  /** Some are new, other or gone. */
  readonly isChange: boolean;
  /** Tool servers of the folder that are no more in it. */
  readonly goneServers: readonly string[];
}

interface FolderParts {
  readonly store: {
    readonly documents: Pick<DocumentStore, 'list' | 'replaceAll'>;
    readonly catalogue: Pick<ToolCatalogue, 'pins'>;
  };
  readonly kinds: readonly DocumentKind[];
  readonly tenant: string;
  readonly record: (draft: RecordDraft) => Promise<unknown>;
  readonly clock: Clock;
  readonly alsoWrong?: AlsoWrong;
}

/** Says what is wrong with a document by what the system knows beside documents. */
export type AlsoWrong = (
  tenant: string,
  document: { readonly kind: string; readonly name: string; readonly spec: JsonObject },
) => Promise<readonly string[]>;

/** All documents of the folder, or every problem at once with file and line; nothing is stored. */
export async function readDocuments(parts: FolderParts, folder: string): Promise<ReadDocuments> {
  const stored = await parts.store.documents.list(parts.tenant);
  const { documents, problems } = loadDocuments({
    folder,
    kinds: parts.kinds,
    tenant: parts.tenant,
    // A document of the folder may refer to one that the API owns.
    elsewhere: stored.filter(({ owner }) => owner === 'api'),
  });
  const changed = changedDocuments(documents, stored);
  const pins = await parts.store.catalogue.pins(parts.tenant);
  const told = [
    ...problems.map(
      ({ file, line, message, suggestedAction }) =>
        `${file}:${line}: ${message} (${suggestedAction})`,
    ),
    ...changed.flatMap((one) =>
      problemsAgainstPins(parts.kinds, [one], pins).map((problem) => `${one.place()}: ${problem}`),
    ),
    ...(await alsoWrongIn(parts, changed)),
  ];
  const claimed = claimedBy(documents, stored);
  if (told.length > 0) throw invalid([...told, ...claimed.clashes]);
  const before = stored.filter(({ owner }) => owner === 'folder');
  const places = new Map(documents.map((one) => [`${one.kind}/${one.name}`, one]));
  return {
    ...claimed,
    documents,
    places,
    isChange: changed.length > 0 || claimed.taken.length > 0 || documents.length !== before.length,
    goneServers: before
      .filter(({ kind, name }) => kind === 'ToolServer' && !places.has(`${kind}/${name}`))
      .map(({ name }) => name),
  };
}

async function alsoWrongIn(
  { alsoWrong, tenant }: FolderParts,
  changed: readonly LoadedDocument[],
): Promise<readonly string[]> {
  const told: string[] = [];
  for (const one of changed) {
    const wrong = (await alsoWrong?.(tenant, one)) ?? [];
    told.push(...wrong.map((problem) => `${one.place()}: ${problem}`));
  }
  return told;
}

/**
 * Whatever of the folder stood in the store before is replaced, all or nothing. What was approved of a
 * tool server goes with its document, as when a person removes it.
 */
export async function keepDocuments(
  { store, tenant, clock, record }: FolderParts,
  { documents, goneServers, taken }: ReadDocuments,
): Promise<void> {
  const now = clock.now();
  for (const one of taken) await record(takenDraft(tenant, one));
  await store.documents.replaceAll({
    tenant,
    owner: 'folder',
    documents: documents.map(({ kind, name, spec, digest }) => ({ kind, name, spec, digest })),
    by: 'folder',
    now,
    also: goneServers.map((name) => oweServerRemoved(tenant, name, now)),
  });
}

/** On record with the number of its problems; they themselves are for whoever runs it. */
export async function recordRefused(parts: FolderParts, fault: unknown): Promise<void> {
  const problems = problemsOf(fault);
  if (problems === undefined) return;
  await parts.record({
    type: 'config.refused',
    tenant: parts.tenant,
    actors: [{ kind: 'system', name: 'system/config' }],
    details: { problems: problems.length },
  });
}

export function problemsOf(fault: unknown): readonly string[] | undefined {
  if (!(fault instanceof BailiwickError) || fault.code !== 'config/invalid') return undefined;
  const problems = fault.details?.['problems'];
  return Array.isArray(problems) ? problems.map(String) : [fault.message];
}

/** What a plane refuses, with the file and the line in which it stands where a folder has it. */
export function refused(problems: readonly PartProblem[], places: Places): BailiwickError {
  return invalid(
    problems.map((problem) => {
      const { document, line, column } = problem;
      const found = document && places.get(`${document.kind}/${document.name}`);
      const text = partProblemText(problem);
      return found === undefined ? text : `${found.place(line, column)}: ${text}`;
    }),
  );
}

export function invalid(problems: readonly string[]): BailiwickError {
  return new BailiwickError('config/invalid', { details: { problems } });
}
