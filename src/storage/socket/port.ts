import type { OverlayListener } from '#contracts/overlay-feed.ts';
import type { SnapshotListener } from '#contracts/snapshot-feed.ts';
import type { StatePort } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json } from '#kernel/json/value.ts';

export interface PortCalls {
  ask(method: string, args: readonly unknown[]): Promise<Json>;
  subscribeSnapshots(listener: SnapshotListener): () => void;
  subscribeOverlay(listener: OverlayListener): () => void;
}

/** The contracts over a way to ask. Null on the wire is undefined here. */
export function portOver(calls: PortCalls): StatePort {
  const wire = wireOver(calls);
  return { ...decisionsOver(wire), ...feedsOver(wire, calls), ...catalogueOver(wire) };
}

interface Wire {
  readonly ask: <T>(method: string, ...args: readonly unknown[]) => Promise<T>;
  readonly done: (method: string, ...args: readonly unknown[]) => Promise<void>;
}

function wireOver(calls: PortCalls): Wire {
  return {
    ask: async <T>(method: string, ...args: readonly unknown[]) =>
      ((await calls.ask(method, args)) ?? undefined) as T,
    async done(method, ...args) {
      await calls.ask(method, args);
    },
  };
}

/** What exists in the contracts and is for people; asking control for it is refused there too. */
const forbidden = () => Promise.reject(new BailiwickError('api/forbidden'));

type Decisions = Pick<StatePort, 'grants' | 'leases' | 'labels' | 'reservations'>;

function decisionsOver({ ask, done }: Wire): Decisions {
  return {
    grants: {
      request: (request) => ask('grants.request', request),
      byHandle: (tenant, handle) => ask('grants.byHandle', tenant, handle),
      byId: (tenant, id) => ask('grants.byId', tenant, id),
      openFor: (tenant, digest) => ask('grants.openFor', tenant, digest),
      list: (filter) => ask('grants.list', filter),
      consume: (spend) => ask('grants.consume', spend),
      noteUse: (use) => done('grants.noteUse', use),
      decide: forbidden,
      expire: forbidden,
      raiseEpoch: forbidden,
    },
    leases: {
      open: (lease) => ask('leases.open', lease),
      end: (tenant, id, by, now) => done('leases.end', tenant, id, by, now),
      listOpen: (filter) => ask('leases.listOpen', filter),
    },
    labels: {
      read: (tenant, session) => ask('labels.read', tenant, session),
      raise: (tenant, session, labels, source) =>
        ask('labels.raise', tenant, session, labels, source),
    },
    reservations: {
      reserve: (reservation) => ask('reservations.reserve', reservation),
      commit: (tenant, id) => done('reservations.commit', tenant, id),
      release: (tenant, id) => done('reservations.release', tenant, id),
      used: (tenant, key, period) => ask('reservations.used', tenant, key, period),
      settleExpired: forbidden,
    },
  };
}

function feedsOver({ ask }: Wire, calls: PortCalls): Pick<StatePort, 'snapshots' | 'overlay'> {
  return {
    snapshots: {
      current: () => ask('snapshots.current'),
      publish: forbidden,
      publishRoster: forbidden,
      subscribe: (listener) => calls.subscribeSnapshots(listener),
    },
    overlay: {
      current: () => ask('overlay.current'),
      add: (entry) => ask('overlay.add', entry),
      release: forbidden,
      subscribe: (listener) => calls.subscribeOverlay(listener),
    },
  };
}

function catalogueOver({ ask }: Wire): Pick<StatePort, 'documents' | 'catalogue'> {
  return {
    documents: {
      list: (tenant) => ask('documents.list', tenant),
      get: (tenant, kind, name) => ask('documents.get', tenant, kind, name),
      byDigest: (tenant, digest) => ask('documents.byDigest', tenant, digest),
      replaceAll: forbidden,
      put: forbidden,
      remove: forbidden,
    },
    catalogue: {
      report: (seen) => ask('catalogue.report', seen),
      list: (tenant, server) => ask('catalogue.list', tenant, server),
      get: (tenant, server, tool) => ask('catalogue.get', tenant, server, tool),
      approve: forbidden,
    },
  };
}
