import type { WrittenDocument } from '#contracts/document-change.ts';
import type { DocumentKind, DocumentReference } from '#contracts/document-kind.ts';
import type { DocumentStore, StoredDocument } from '#contracts/document-store.ts';
import type { OversightBook } from '#contracts/oversight-book.ts';
import type { CompiledConfiguration, Configuration } from '#contracts/plane-part.ts';
import type { SecretBook } from '#contracts/secret-book.ts';
import type { SnapshotFeed } from '#contracts/snapshot-feed.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot, TokenTrust } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { problemsAgainstPins } from './against-pins.ts';
import { compileSnapshot, type TenantSource } from './compile.ts';
import { type AlsoWrong, invalid, type ReadDocuments } from './folder.ts';

/** What a Snapshot is made from, and where it goes. */
export interface CompilerStore {
  readonly documents: Pick<DocumentStore, 'list' | 'replaceAll'>;
  readonly catalogue: Pick<ToolCatalogue, 'pins'>;
  readonly secrets: Pick<SecretBook, 'list'>;
  readonly snapshots: Pick<SnapshotFeed, 'current' | 'publish'>;
  /** When agents were looked at. */
  readonly oversight?: Pick<OversightBook, 'reviews'>;
}

export interface CompilerParts {
  readonly store: CompilerStore;
  readonly kinds: readonly DocumentKind[];
  /** What every plane makes of a Snapshot; touches nothing that is in force. */
  readonly compile: (
    snapshot: Snapshot,
    before: Configuration | undefined,
  ) => Promise<CompiledConfiguration>;
  /** As gateways are given it. */
  readonly carried: (configuration: Configuration) => Snapshot | Promise<Snapshot>;
  readonly record: (draft: RecordDraft) => Promise<unknown>;
  /** What else the record says of what comes into force, in as many records as that takes. */
  readonly alsoApplied?: (next: Snapshot) => readonly JsonObject[];
  readonly clock: Clock;
  readonly tenant: string;
  readonly trust: () => TokenTrust;
  /** Sees to what must be there before the Snapshot is in force. */
  readonly beforePublish: (next: Snapshot) => Promise<void>;
  /** Told of each that is in force from now on; nobody waits for what it does. */
  readonly onPublished?: (next: Snapshot) => void;
  /** What each gateway said of itself last. */
  readonly gateways: () => readonly JsonObject[];
  /** What of a folder that was read comes into force now; everything where it is not set. */
  readonly held?: (read: ReadDocuments) => Promise<ReadDocuments>;
  /** What else is wrong with a document that is new or changed, beside the documents. */
  readonly alsoWrong?: AlsoWrong;
  /** Which environment this is, as whoever started it says. */
  readonly environment?: DocumentReference | undefined;
}

/** What is needed to say what would be, and nothing that writes. */
export type Proposing = Pick<
  CompilerParts,
  'kinds' | 'clock' | 'tenant' | 'trust' | 'alsoWrong' | 'compile' | 'environment'
> & { readonly store: Omit<CompilerStore, 'snapshots'> & ReadSnapshots };

interface ReadSnapshots {
  readonly snapshots: Pick<SnapshotFeed, 'current'>;
}

/** What would be stored, from what is. */
export type Changed = (stored: readonly StoredDocument[]) => TenantSource['documents'];

/** What is wrong beside the documents: with approved tools, and with what the system knows. */
export async function checkBeside(
  parts: Proposing,
  tenant: string,
  documents: readonly WrittenDocument[],
): Promise<void> {
  const pins = await parts.store.catalogue.pins(tenant);
  const problems = [...problemsAgainstPins(parts.kinds, documents, pins)];
  for (const one of documents) problems.push(...((await parts.alsoWrong?.(tenant, one)) ?? []));
  if (problems.length > 0) throw invalid(problems);
}

export async function compileNext(
  parts: Proposing,
  before: Snapshot | undefined,
  changed: Changed = (stored) => stored,
): Promise<Snapshot> {
  const { store, tenant, clock } = parts;
  const documents = changed(await store.documents.list(tenant));
  const published = before ?? (await store.snapshots.current()).snapshot;
  const compiled = compileSnapshot({
    kinds: parts.kinds,
    tenants: [
      {
        tenant,
        documents,
        pins: await store.catalogue.pins(tenant),
        secrets: await store.secrets.list(tenant),
        reviews: (await store.oversight?.reviews(tenant)) ?? [],
      },
    ],
    epoch: published?.epoch ?? 1,
    number: (published?.number ?? 0) + 1,
    tokens: parts.trust(),
    now: clock.now(),
    environment: parts.environment,
  });
  if (compiled.kind === 'problems') {
    throw invalid(compiled.problems.map(({ message }) => message));
  }
  return compiled.snapshot;
}
