import type { DocumentStore } from './document-store.ts';
import type { GrantLedger } from './grant-ledger.ts';
import type { InstanceBook } from './instance-book.ts';
import type { LabelBook } from './label-book.ts';
import type { LeaseBook } from './lease-book.ts';
import type { Outbox } from './outbox.ts';
import type { OverlayFeed } from './overlay-feed.ts';
import type { PeopleBook } from './people-book.ts';
import type { Reservations } from './reservations.ts';
import type { SecretBook } from './secret-book.ts';
import type { SnapshotFeed } from './snapshot-feed.ts';
import type { ToolCatalogue } from './tool-catalogue.ts';

/** What a gateway may ask of the store; over the state port, or directly of PostgreSQL. */
export interface StatePort {
  readonly grants: GrantLedger;
  readonly leases: LeaseBook;
  readonly labels: LabelBook;
  readonly reservations: Reservations;
  readonly snapshots: SnapshotFeed;
  readonly overlay: OverlayFeed;
  readonly documents: DocumentStore;
  readonly catalogue: ToolCatalogue;
}

/** The whole store, as `control` owns it. */
export interface Store extends StatePort {
  readonly instances: InstanceBook;
  readonly people: PeopleBook;
  readonly secrets: SecretBook;
  readonly outbox: Outbox;
  close(): Promise<void>;
}
