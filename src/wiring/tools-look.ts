import type { DocumentStore } from '#contracts/document-store.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { CatalogueChange, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { Introduced } from '#planes/tools/index.ts';
import type { OwedRecorder } from './record-owed.ts';

/** What whoever judges a look at a tool server may ask and change. */
export interface JudgeParts {
  readonly catalogue: ToolCatalogue;
  readonly overlay: Pick<OverlayFeed, 'current' | 'add'>;
  readonly documents: Pick<DocumentStore, 'get'>;
  readonly records: OwedRecorder;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot | undefined;
}

/** What was seen of one server, however many looks told it. */
export interface Look {
  readonly tenant: string;
  readonly server: string;
  /** Names what is recorded, so that it is recorded once. */
  readonly id: string;
  readonly at: number;
  readonly passedOver: number;
  readonly changes: readonly CatalogueChange[];
  /** By tool, what its change brings; of so many as are looked into. */
  readonly brings: ReadonlyMap<string, readonly Introduced[]>;
}
