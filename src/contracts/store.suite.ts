import { describeAgreementBook } from './agreement-book.suite.ts';
import { describeRepeatBook } from './repeat-book.suite.ts';
import { describeReviewBook } from './review-book.suite.ts';
import { describeDelegationBook } from './delegation-book.suite.ts';
import { describeDirectoryBook } from './directory-book.suite.ts';
import { describeClientBook } from './client-book.suite.ts';
import { describeCodeBook } from './code-book.suite.ts';
import { describeConsentBook } from './consent-book.suite.ts';
import { describeDocumentStore } from './document-store.suite.ts';
import { describeEffectBook } from './effect-book.suite.ts';
import { describeGrantLedger } from './grant-ledger.suite.ts';
import { describeHoldBook } from './hold-book.suite.ts';
import { describeInstanceBook } from './instance-book.suite.ts';
import { describeLabelBook } from './label-book.suite.ts';
import { describeLabelReach } from './label-reach.suite.ts';
import { describeLeaseBook } from './lease-book.suite.ts';
import { describeObjectBook } from './object-book.suite.ts';
import { describeOutflowBook } from './outflow-book.suite.ts';
import { describeOutbox } from './outbox.suite.ts';
import { describeOverlayFeed } from './overlay-feed.suite.ts';
import { describeOversightBook } from './oversight-book.suite.ts';
import { describeApiTokenBook } from './api-token-book.suite.ts';
import { describePayloadKeys } from './payload-keys.suite.ts';
import { describePasskeyBook } from './passkey-book.suite.ts';
import { describePeopleBook } from './people-book.suite.ts';
import { describeRightsRows } from './rights-rows.suite.ts';
import { describeReservations } from './reservations.suite.ts';
import { describeSecretBook } from './secret-book.suite.ts';
import { describeSignInBook } from './sign-in-book.suite.ts';
import { describeSnapshotFeed } from './snapshot-feed.suite.ts';
import { describeStoreMarks } from './store-mark.suite.ts';
import type { MakeStore } from './store-under-test.suite.ts';
import { describeTaskBook } from './task-book.suite.ts';
import { describeToolCatalogue } from './tool-catalogue.suite.ts';

/** The promises that a gateway relies on. */
export function describeStatePort(name: string, make: MakeStore): void {
  describeGrantLedger(name, make);
  describeLeaseBook(name, make);
  describeLabelBook(name, make);
  describeLabelReach(name, make);
  describeObjectBook(name, make);
  describeOutflowBook(name, make);
  describeReservations(name, make);
  describeSnapshotFeed(name, make);
  describeOverlayFeed(name, make);
  describeEffectBook(name, make);
  describeToolCatalogue(name, make);
  describePayloadKeys(name, make);
}

/** Those, and the books that only `control` holds. */
export function describeStore(name: string, make: MakeStore): void {
  describeStatePort(name, make);
  describeDelegationBook(name, make);
  describeClientBook(name, make);
  describeCodeBook(name, make);
  describeConsentBook(name, make);
  describeDocumentStore(name, make);
  describeInstanceBook(name, make);
  describePeopleBook(name, make);
  describePasskeyBook(name, make);
  describeApiTokenBook(name, make);
  describeRightsRows(name, make);
  describeSecretBook(name, make);
  describeAgreementBook(name, make);
  describeRepeatBook(name, make);
  describeReviewBook(name, make);
  describeHoldBook(name, make);
  describeSignInBook(name, make);
  describeTaskBook(name, make);
  describeDirectoryBook(name, make);
  describeOversightBook(name, make);
  describeOutbox(name, make);
  describeStoreMarks(name, make);
}
