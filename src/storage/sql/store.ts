import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { createToolCatalogue } from './catalogue.ts';
import type { SqlDatabase } from './database.ts';
import { createDocumentStore } from './documents.ts';
import { createOverlayFeed, createSnapshotFeed } from './feeds.ts';
import { createGrantLedger } from './grant-ledger.ts';
import { createInstanceBook } from './instances.ts';
import { createPeopleBook } from './people.ts';
import {
  createLabelBook,
  createLeaseBook,
  createReservations,
  createSecretBook,
} from './small-books.ts';

/** The whole store over one database; the same code for both engines. */
export function createStore(database: SqlDatabase, clock: Clock): Store {
  return {
    grants: createGrantLedger(database),
    leases: createLeaseBook(database),
    labels: createLabelBook(database),
    reservations: createReservations(database),
    snapshots: createSnapshotFeed(database),
    overlay: createOverlayFeed(database, clock),
    documents: createDocumentStore(database),
    catalogue: createToolCatalogue(database),
    instances: createInstanceBook(database),
    people: createPeopleBook(database),
    secrets: createSecretBook(database),
    close: () => database.close(),
  };
}
