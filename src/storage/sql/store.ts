import type { GatewayObjects } from '#contracts/object-book.ts';
import type { GatewayOutflow } from '#contracts/outflow-book.ts';
import type { StatePort, Store } from '#contracts/store.ts';
import { nothingTold } from '#contracts/told-records.ts';
import type { Clock } from '#kernel/time.ts';
import type { ColumnSeal } from './column-seal.ts';
import type { SqlDatabase } from './database.ts';
import { createDelegationBook } from './delegation-book.ts';
import { createDirectoryBook } from './directory-book.ts';
import { createAgreementBook } from './agreement-book.ts';
import { createApiTokenBook } from './api-token-book.ts';
import { createClientBook } from './client-book.ts';
import { createCodeBook } from './code-book.ts';
import { createConsentBook } from './consent-book.ts';
import { createDocumentStore } from './document-store.ts';
import { createEffectBook } from './effect-book.ts';
import { createGrantLedger } from './grant-ledger.ts';
import { createHoldBook } from './hold-book.ts';
import { createInstanceBook } from './instance-book.ts';
import { createLabelBook } from './label-book.ts';
import { createLeaseBook } from './lease-book.ts';
import { createObjectBook } from './object-book.ts';
import { createOutflowBook } from './outflow-book.ts';
import { createOutbox } from './outbox.ts';
import { createOverlayFeed } from './overlay-feed.ts';
import { createOversightBook } from './oversight-book.ts';
import { createPayloadKeyBook } from './payload-keys.ts';
import { createPasskeyBook } from './passkey-book.ts';
import { createPeopleBook } from './people-book.ts';
import { createRepeatBook } from './repeat-book.ts';
import { createRightsRows } from './rights-rows.ts';
import { createReservations } from './reservations.ts';
import { createSecretBook } from './secret-book.ts';
import { createSignInBook } from './sign-in-book.ts';
import { createSnapshotFeed } from './snapshot-feed.ts';
import { createStoreMarks } from './store-marks.ts';
import { createTaskBook } from './task-book.ts';
import { createReviewBook } from './review-book.ts';
import { createToolCatalogue } from './tool-catalogue.ts';

/** The whole store over one database; the same code for both engines. */
export function createStore(database: SqlDatabase, clock: Clock, seal?: ColumnSeal): Store {
  return {
    grants: createGrantLedger(database, clock),
    leases: createLeaseBook(database),
    labels: createLabelBook(database),
    objects: createObjectBook(database),
    outflow: createOutflowBook(database),
    reservations: createReservations(database),
    snapshots: createSnapshotFeed(database, seal),
    overlay: createOverlayFeed(database, clock),
    effects: createEffectBook(database),
    delegations: createDelegationBook(database),
    clients: createClientBook(database),
    codes: createCodeBook(database),
    consents: createConsentBook(database),
    documents: createDocumentStore(database, clock),
    catalogue: createToolCatalogue(database),
    instances: createInstanceBook(database, clock),
    people: createPeopleBook(database),
    apiTokens: createApiTokenBook(database),
    passkeys: createPasskeyBook(database),
    rights: createRightsRows(database),
    secrets: createSecretBook(database),
    payloadKeys: createPayloadKeyBook(database),
    agreements: createAgreementBook(database),
    repeats: createRepeatBook(database),
    documentReviews: createReviewBook(database),
    holds: createHoldBook(database),
    signIns: createSignInBook(database),
    tasks: createTaskBook(database),
    told: nothingTold,
    directory: createDirectoryBook(database),
    oversight: createOversightBook(database),
    outbox: createOutbox(database, clock),
    marks: createStoreMarks(database),
    close: () => database.close(),
  };
}

/**
 * The gateway's half, and nothing beside it: what a gateway cannot ask has no name there either.
 */
export function gatewayHalf(store: StatePort): StatePort {
  const { grants, leases, labels, objects, outflow, reservations, snapshots, overlay, effects } =
    store;
  const { catalogue, payloadKeys, tasks, told } = store;
  return {
    grants: {
      request: (ask) => grants.request(ask),
      byHandle: (tenant, handle) => grants.byHandle(tenant, handle),
      openFor: (tenant, digest) => grants.openFor(tenant, digest),
      consume: (spend) => grants.consume(spend),
      noteUse: (use) => grants.noteUse(use),
      userSaid: (said) => grants.userSaid(said),
      valueYeses: (tenant, agent) => grants.valueYeses(tenant, agent),
      overrideFor: (ask) => grants.overrideFor(ask),
    },
    leases: {
      open: (lease) => leases.open(lease),
      end: (tenant, id, by, now) => leases.end(tenant, id, by, now),
    },
    labels: {
      read: (tenant, session) => labels.read(tenant, session),
      raise: (tenant, session, raised, source) => labels.raise(tenant, session, raised, source),
    },
    objects: objectsHalf(objects),
    outflow: outflowHalf(outflow),
    reservations: {
      reserve: (ask) => reservations.reserve(ask),
      commit: (tenant, id) => reservations.commit(tenant, id),
      release: (tenant, id) => reservations.release(tenant, id),
    },
    snapshots: {
      current: () => snapshots.current(),
      subscribe: (listener) => snapshots.subscribe(listener),
    },
    overlay: {
      current: () => overlay.current(),
      add: (entry) => overlay.add(entry),
      subscribe: (listener) => overlay.subscribe(listener),
    },
    effects: {
      serving: (gateway, tenant, task) => effects.serving(gateway, tenant, task),
      report: (reports, now) => effects.report(reports, now),
      recovered: (gateway) => effects.recovered(gateway),
      left: (gateway) => effects.left(gateway),
    },
    catalogue: { report: (seen) => catalogue.report(seen) },
    tasks: {
      words: (tenant, task) => tasks.words(tenant, task),
      say: (words) => tasks.say(words),
    },
    told: { of: (question) => told.of(question) },
    payloadKeys: {
      of: (tenant, subject) => payloadKeys.of(tenant, subject),
      byHandle: (tenant, handle) => payloadKeys.byHandle(tenant, handle),
      keep: (offer) => payloadKeys.keep(offer),
      destroyed: (tenant, handle) => payloadKeys.destroyed(tenant, handle),
      destroyedSince: (tenant, after, most) => payloadKeys.destroyedSince(tenant, after, most),
    },
  };
}

function outflowHalf(outflow: GatewayOutflow): GatewayOutflow {
  return {
    count: (ask) => outflow.count(ask),
    giveBack: (ask) => outflow.giveBack(ask),
  };
}

function objectsHalf(objects: GatewayObjects): GatewayObjects {
  return {
    carried: (tenant, asked, now) => objects.carried(tenant, asked, now),
    mark: (tenant, mark) => objects.mark(tenant, mark),
    settle: (tenant, marked) => objects.settle(tenant, marked),
    clean: (tenant, given) => objects.clean(tenant, given),
  };
}
