import type { StatePort } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json } from '#kernel/json/value.ts';

type Method = (port: StatePort, args: readonly never[]) => Promise<unknown>;

/**
 * Everything that a gateway may ask, by name. INVARIANT: what is not listed does not exist; a
 * gateway cannot approve, release, publish or write documents over this port.
 */
export const portMethods: Readonly<Record<string, Method>> = {
  'grants.request': (port, [ask]) => port.grants.request(ask as never),
  'grants.byHandle': (port, [tenant, handle]) =>
    port.grants.byHandle(tenant as never, handle as never),
  'grants.byId': (port, [tenant, id]) => port.grants.byId(tenant as never, id as never),
  'grants.openFor': (port, [tenant, digest]) =>
    port.grants.openFor(tenant as never, digest as never),
  'grants.list': (port, [filter]) => port.grants.list(filter as never),
  'grants.consume': (port, [spend]) => port.grants.consume(spend as never),
  'grants.noteUse': (port, [use]) => port.grants.noteUse(use as never),
  'leases.open': (port, [lease]) => port.leases.open(lease as never),
  'leases.end': (port, [tenant, id, by, now]) =>
    port.leases.end(tenant as never, id as never, by as never, now as never),
  'leases.listOpen': (port, [filter]) => port.leases.listOpen(filter as never),
  'labels.read': (port, [tenant, session]) => port.labels.read(tenant as never, session as never),
  'labels.raise': (port, [tenant, session, labels, source]) =>
    port.labels.raise(tenant as never, session as never, labels as never, source as never),
  'reservations.reserve': (port, [ask]) => port.reservations.reserve(ask as never),
  'reservations.commit': (port, [tenant, id]) =>
    port.reservations.commit(tenant as never, id as never),
  'reservations.release': (port, [tenant, id]) =>
    port.reservations.release(tenant as never, id as never),
  'reservations.used': (port, [tenant, key, period]) =>
    port.reservations.used(tenant as never, key as never, period as never),
  'snapshots.current': (port) => port.snapshots.current(),
  'overlay.current': (port) => port.overlay.current(),
  'overlay.add': (port, [entry]) => addQuarantine(port, entry as unknown as Json),
  'documents.list': (port, [tenant]) => port.documents.list(tenant as never),
  'documents.get': (port, [tenant, kind, name]) =>
    port.documents.get(tenant as never, kind as never, name as never),
  'documents.byDigest': (port, [tenant, digest]) =>
    port.documents.byDigest(tenant as never, digest as never),
  'catalogue.report': (port, [seen]) => port.catalogue.report(seen as never),
  'catalogue.list': (port, [tenant, server]) =>
    port.catalogue.list(tenant as never, (server ?? undefined) as never),
  'catalogue.get': (port, [tenant, server, tool]) =>
    port.catalogue.get(tenant as never, server as never, tool as never),
};

/** A gateway may quarantine what it saw drift; stops and revocations are for people. */
function addQuarantine(port: StatePort, entry: Json): Promise<unknown> {
  if (
    typeof entry !== 'object' ||
    entry === null ||
    !('why' in entry) ||
    entry['why'] !== 'quarantine'
  ) {
    throw new BailiwickError('api/forbidden');
  }
  return port.overlay.add(entry as never);
}
