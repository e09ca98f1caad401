import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import type { SqlDatabase } from './database.ts';
import { createDocumentStore } from './document-store.ts';
import { createGrantLedger } from './grant-ledger.ts';
import { createInstanceBook } from './instance-book.ts';
import { createLabelBook } from './label-book.ts';
import { createLeaseBook } from './lease-book.ts';
import { createOutbox } from './outbox.ts';
import { createOverlayFeed } from './overlay-feed.ts';
import { createPeopleBook } from './people-book.ts';
import { createReservations } from './reservations.ts';
import { createSecretBook } from './secret-book.ts';
import { createSnapshotFeed } from './snapshot-feed.ts';
import { createTaskBook } from './task-book.ts';
import { createToolCatalogue } from './tool-catalogue.ts';

/** The whole store over one database; the same code for both engines. */
export function createStore(database: SqlDatabase, clock: Clock): Store {
  return {
    grants: createGrantLedger(database, clock),
    leases: createLeaseBook(database),
    labels: createLabelBook(database),
    reservations: createReservations(database),
    snapshots: createSnapshotFeed(database),
    overlay: createOverlayFeed(database, clock),
    documents: createDocumentStore(database, clock),
    catalogue: createToolCatalogue(database),
    instances: createInstanceBook(database, clock),
    people: createPeopleBook(database),
    secrets: createSecretBook(database),
    tasks: createTaskBook(database),
    outbox: createOutbox(database, clock),
    close: () => database.close(),
  };
}
