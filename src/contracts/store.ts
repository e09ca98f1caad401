import type { AgreementBook } from './agreement-book.ts';
import type { RepeatBook } from './repeat-book.ts';
import type { DelegationBook } from './delegation-book.ts';
import type { DirectoryBook } from './directory-book.ts';
import type { ApiTokenBook } from './api-token-book.ts';
import type { ClientBook } from './client-book.ts';
import type { CodeBook } from './code-book.ts';
import type { ConsentBook } from './consent-book.ts';
import type { DocumentStore } from './document-store.ts';
import type { EffectBook, GatewayEffects } from './effect-book.ts';
import type { GatewayGrants, GrantLedger } from './grant-ledger.ts';
import type { HoldBook } from './hold-book.ts';
import type { InstanceBook } from './instance-book.ts';
import type { LabelBook } from './label-book.ts';
import type { GatewayLeases, LeaseBook } from './lease-book.ts';
import type { GatewayObjects, ObjectBook } from './object-book.ts';
import type { Outbox } from './outbox.ts';
import type { GatewayOverlay, OverlayFeed } from './overlay-feed.ts';
import type { OversightBook } from './oversight-book.ts';
import type { GatewayPayloadKeys, PayloadKeyBook } from './payload-keys.ts';
import type { PasskeyBook } from './passkey-book.ts';
import type { RightsRows } from './rights-rows.ts';
import type { ReviewBook } from './document-change.ts';
import type { PeopleBook } from './people-book.ts';
import type { GatewayOutflow } from './outflow-book.ts';
import type { GatewayReservations, Reservations } from './reservations.ts';
import type { SecretBook } from './secret-book.ts';
import type { SignInBook } from './sign-in-book.ts';
import type { StoreCuts } from './store-cut.ts';
import type { GatewaySnapshots, SnapshotFeed } from './snapshot-feed.ts';
import type { StoreMarks } from './store-mark.ts';
import type { GatewayTasks, TaskBook } from './task-book.ts';
import type { ToldRecords } from './told-records.ts';
import type { GatewayCatalogue, ToolCatalogue } from './tool-catalogue.ts';

/**
 * What a gateway may ask of the store; over the state port, or directly of PostgreSQL.
 * INVARIANT: nothing here grants, releases, publishes or writes documents, by type and by right.
 */
export interface StatePort {
  readonly grants: GatewayGrants;
  readonly leases: GatewayLeases;
  readonly labels: LabelBook;
  readonly objects: GatewayObjects;
  readonly outflow: GatewayOutflow;
  readonly reservations: GatewayReservations;
  readonly snapshots: GatewaySnapshots;
  readonly overlay: GatewayOverlay;
  readonly effects: GatewayEffects;
  readonly catalogue: GatewayCatalogue;
  readonly payloadKeys: GatewayPayloadKeys;
  readonly tasks: GatewayTasks;
  readonly told: ToldRecords;
}

/** The whole store, as `control` owns it: of each book both halves. */
export interface Store extends StatePort {
  readonly grants: GrantLedger;
  readonly leases: LeaseBook;
  readonly objects: ObjectBook;
  readonly reservations: Reservations;
  readonly snapshots: SnapshotFeed;
  readonly overlay: OverlayFeed;
  readonly effects: EffectBook;
  readonly catalogue: ToolCatalogue;
  readonly delegations: DelegationBook;
  readonly clients: ClientBook;
  readonly codes: CodeBook;
  readonly consents: ConsentBook;
  readonly documents: DocumentStore;
  readonly instances: InstanceBook;
  readonly people: PeopleBook;
  readonly apiTokens: ApiTokenBook;
  readonly passkeys: PasskeyBook;
  readonly rights: RightsRows;
  readonly secrets: SecretBook;
  readonly payloadKeys: PayloadKeyBook;
  readonly agreements: AgreementBook;
  readonly repeats: RepeatBook;
  readonly documentReviews: ReviewBook;
  readonly holds: HoldBook;
  readonly signIns: SignInBook;
  readonly tasks: TaskBook;
  readonly directory: DirectoryBook;
  readonly oversight: OversightBook;
  readonly outbox: Outbox;
  readonly marks: StoreMarks;
  /** Where there is none, the engine has means of its own. */
  readonly cuts?: StoreCuts;
  close(): Promise<void>;
}
