import type { z } from 'zod';
import type { ApprovalFilter, ApprovalRequest } from '#contracts/grant-ledger.ts';
import type { Reservations } from '#contracts/reservations.ts';
import type { StatePort } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { Clock } from '#kernel/time.ts';
import * as shape from './requests.ts';

/** Whose clock decides: the arbiter's, never the gateway's. */
interface Arbiter {
  readonly store: StatePort;
  readonly clock: Clock;
}

type Method = (arbiter: Arbiter, given: unknown) => Promise<unknown>;

/** Reads what was sent by its shape, then does it; what does not fit is refused. */
function method<Args>(
  args: z.ZodType<Args>,
  run: (arbiter: Arbiter, args: Args) => Promise<unknown>,
): Method {
  return async (arbiter, given) => {
    const read = args.safeParse(given);
    if (!read.success) {
      const at = read.error.issues[0]?.path.join('.') ?? '';
      throw new BailiwickError('api/invalid', { message: `a request has a wrong field \`${at}\`` });
    }
    return run(arbiter, read.data);
  };
}

/**
 * Everything that a gateway may ask, by name. INVARIANT: what is not listed does not exist; a
 * gateway cannot approve, release, publish or write documents over this port.
 */
const methods = new Map<string, Method>([
  ['grants.request', method(shape.approvalRequest, (by, [ask]) => requestApproval(by, ask))],
  [
    'grants.byHandle',
    method(shape.tenantAndName, ({ store }, [t, h]) => store.grants.byHandle(t, h)),
  ],
  ['grants.byId', method(shape.tenantAndName, ({ store }, [t, id]) => store.grants.byId(t, id))],
  [
    'grants.openFor',
    method(shape.tenantAndName, ({ store }, [t, d]) => store.grants.openFor(t, d)),
  ],
  ['grants.list', method(shape.approvalFilter, ({ store }, [f]) => store.grants.list(listable(f)))],
  [
    'grants.consume',
    method(shape.spend, ({ store, clock }, [spend]) =>
      store.grants.consume({ ...spend, now: clock.now() }),
    ),
  ],
  ['grants.noteUse', method(shape.use, ({ store }, [use]) => store.grants.noteUse(use))],
  [
    'leases.open',
    method(shape.lease, ({ store, clock }, [lease]) =>
      store.leases.open({ ...lease, openedAt: clock.now() }),
    ),
  ],
  [
    'leases.end',
    method(shape.leaseEnd, ({ store, clock }, [tenant, id, by]) =>
      store.leases.end(tenant, id, by, clock.now()),
    ),
  ],
  [
    'leases.listOpen',
    method(shape.leaseFilter, ({ store }, [filter]) => store.leases.listOpen(given(filter))),
  ],
  ['labels.read', method(shape.tenantAndName, ({ store }, [t, s]) => store.labels.read(t, s))],
  [
    'labels.raise',
    method(shape.labelRaise, ({ store }, [tenant, session, labels, source]) =>
      store.labels.raise(tenant, session, labels, source),
    ),
  ],
  ['reservations.reserve', method(shape.reservation, (by, [ask]) => reserve(by, ask))],
  [
    'reservations.commit',
    method(shape.tenantAndName, ({ store }, [t, id]) => store.reservations.commit(t, id)),
  ],
  [
    'reservations.release',
    method(shape.tenantAndName, ({ store }, [t, id]) => store.reservations.release(t, id)),
  ],
  [
    'reservations.used',
    method(shape.tenantAndTwoNames, ({ store }, [t, key, p]) => store.reservations.used(t, key, p)),
  ],
  ['snapshots.current', method(shape.nothing, ({ store }) => store.snapshots.current())],
  ['overlay.current', method(shape.nothing, ({ store }) => store.overlay.current())],
  ['overlay.add', addQuarantine],
  ['documents.list', method(shape.tenantOnly, ({ store }, [t]) => store.documents.list(t))],
  [
    'documents.get',
    method(shape.tenantAndTwoNames, ({ store }, [t, kind, n]) => store.documents.get(t, kind, n)),
  ],
  [
    'documents.byDigest',
    method(shape.tenantAndName, ({ store }, [t, d]) => store.documents.byDigest(t, d)),
  ],
  [
    'catalogue.report',
    method(shape.catalogueReport, ({ store }, [s]) => store.catalogue.report(s)),
  ],
  [
    'catalogue.list',
    method(shape.catalogueFilter, ({ store }, [t, server]) =>
      store.catalogue.list(t, server ?? undefined),
    ),
  ],
  [
    'catalogue.get',
    method(shape.tenantAndTwoNames, ({ store }, [t, s, tool]) => store.catalogue.get(t, s, tool)),
  ],
]);

export async function callMethod(arbiter: Arbiter, name: string, args: unknown): Promise<unknown> {
  const known = methods.get(name);
  if (known === undefined) throw new BailiwickError('api/forbidden');
  return known(arbiter, args);
}

type Shape<Name extends keyof typeof shape> = z.infer<(typeof shape)[Name]>;

function requestApproval(
  { store, clock }: Arbiter,
  ask: Shape<'approvalRequest'>[0],
): Promise<unknown> {
  const now = clock.now();
  const request: ApprovalRequest = {
    ...ask,
    binding: { ...ask.binding, user: ask.binding.user },
    now,
    expiresAt: now + Math.min(limits.approvalMs, Math.max(0, ask.expiresAt - ask.now)),
    pendingLimit: Math.min(limits.approvalsPendingPerAgent, ask.pendingLimit),
  };
  return store.grants.request(request);
}

function reserve({ store, clock }: Arbiter, ask: Shape<'reservation'>[0]): Promise<unknown> {
  const now = clock.now();
  const expiresAt = now + Math.max(0, ask.expiresAt - ask.now);
  const reservation: Parameters<Reservations['reserve']>[0] = { ...ask, now, expiresAt };
  return store.reservations.reserve(reservation);
}

const mostListed = 1_000;

function listable(filter: Shape<'approvalFilter'>[0]): ApprovalFilter {
  return { ...given(filter), limit: Math.min(mostListed, filter.limit) };
}

/** Without the members that were not given. */
function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as never;
}

/** A gateway may quarantine the tool that it saw drift; stops and revocations are for people. */
async function addQuarantine({ store }: Arbiter, args: unknown): Promise<unknown> {
  const read = shape.quarantine.safeParse(args);
  if (!read.success) throw new BailiwickError('api/forbidden');
  const [entry] = read.data;
  const { digest, target, ...rest } = entry;
  const checked: OverlayEntry = {
    ...rest,
    target: { ...target, tool: target.tool },
    ...(digest === undefined ? {} : { digest }),
  };
  return store.overlay.add(checked);
}
