import type { GatewayLeases } from '#contracts/lease-book.ts';
import {
  type Aside,
  type Lent,
  toolCallRequest,
  type ToolServerConnection,
  type ToolServerEvents,
  type ToolServerTransport,
  type UpstreamRequest,
} from '#contracts/tool-server.ts';
import type { Reply, SideEffect } from '#kernel/call.ts';
import { targetText } from '#kernel/target.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import { limits } from '#kernel/limits.ts';
import type { ServerEntry, Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import { judgeSource, signersNeeded } from '#planes/tools/index.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { emptyLoan, type Lender, type Loan } from '#planes/credentials/index.ts';
import {
  aloneKeyOf,
  type Connected,
  HeldUpstream,
  keyOf,
  type OpenUpstream,
  type UpstreamNeed,
} from './held-upstream.ts';
import { laneOf } from './lanes.ts';
import type { Intake, Taken, WholeAnswer } from './intake.ts';
import type { ServerStates } from './server-states.ts';

const idleMs = 600_000;

/** Connections to tool servers: one per tenant, and per instance unless the server is stateless. */
export interface Upstreams {
  open(need: UpstreamNeed): OpenUpstream | Refusal | Promise<OpenUpstream | Refusal>;
  /** Closes what the new Snapshot no longer names, or names differently. */
  adopt(snapshot: Snapshot): void;
  /** Closes processes that nobody has used for a while, and those of a revoked instance. */
  sweep(isForbidden: (principal: Principal) => boolean): void;
  close(): Promise<void>;
}

export interface ServerWords {
  changed(tenant: string, server: string, kind: 'resource' | 'prompt'): void;
  updated(tenant: string, server: string, uri: string): void;
  isWatched(tenant: string, server: string, uri: string): boolean;
}

/** What a process shows that was started to serve calls. */
export type Shown = (
  tenant: string,
  server: string,
  definitions: readonly ToolDefinition[],
) => void;

export interface UpstreamParts {
  readonly intake: Intake;
  readonly transports: readonly ToolServerTransport[];
  readonly lender: Lender;
  readonly leases: GatewayLeases;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly states: Pick<ServerStates, 'connection'>;
  readonly onListChanged: (tenant: string, server: string) => void;
  readonly onShown: Shown;
  /** What it says of its offers, for whoever listens. */
  readonly offers: ServerWords;
  readonly onLateAnswer: (tenant: string, server: string, callId: string, bytes: number) => void;
}

export function createUpstreams(parts: UpstreamParts): Upstreams {
  const held = new Map<string, HeldUpstream>();
  const drop = (key: string, by: string): void => {
    const one = held.get(key);
    held.delete(key);
    if (one !== undefined) void closeHeld(parts, one, by);
  };
  const hold = (key: string, need: UpstreamNeed, isAlone: boolean): HeldUpstream => {
    const one = new HeldUpstream(connect(parts, need, isAlone), need, isAlone);
    held.set(key, one);
    return one;
  };
  /** Undefined when it goes with everybody else's. */
  const aloneKey = (shared: string, need: UpstreamNeed): string | undefined => {
    if (!isAskedAlone(parts, need, held.get(shared))) return undefined;
    const key = aloneKeyOf(shared, need);
    return held.has(key) || hasRoomFor(need, [...held.values()]) ? key : undefined;
  };
  return {
    open(need) {
      const { configuration, principal } = need;
      const tenant = configuration.snapshot.tenants[principal.tenant];
      const unlisted = judgeSource(tenant, need.server);
      if (unlisted !== undefined) return unlisted;
      const { key: signersKey } = signersNeeded(tenant, need.server);
      const shared = keyOf(need);
      const isAsked = need.asks !== undefined && need.asks.length > 0;
      const alone = isAsked ? aloneKey(shared, need) : undefined;
      const key = alone ?? shared;
      // INVARIANT: what was started by other signers than this configuration wants serves nothing by it.
      if (held.get(key)?.signersKey !== signersKey) drop(key, 'configuration');
      const one = held.get(key) ?? hold(key, need, alone !== undefined);
      one.usedAt = parts.clock.monotonic();
      // Neither a refusal nor a fault is kept: the next call tries again.
      return one.open(() => {
        if (held.get(key) === one) held.delete(key);
      });
    },
    adopt(snapshot) {
      for (const [key, one] of held) {
        const tenant = snapshot.tenants[one.principal.tenant];
        const now = tenant?.servers[one.server.name];
        const isSame =
          now?.digest === one.server.digest && signersNeeded(tenant, now).key === one.signersKey;
        if (!isSame || judgeSource(tenant, one.server) !== undefined) drop(key, 'configuration');
      }
    },
    sweep(isForbidden) {
      const now = parts.clock.monotonic();
      for (const [key, one] of held) {
        if (one.sharedByAll) continue;
        if (now - one.usedAt > idleMs && !one.isWatching()) drop(key, 'idle');
        else if (isForbidden(one.principal)) drop(key, 'stop');
      }
    },
    async close() {
      const all = [...held.values()];
      held.clear();
      await Promise.all(all.map((one) => closeHeld(parts, one, 'shutdown')));
    },
  };
}

/** Servers of the modern era ask in their answer, and processes are known by what is in flight. */
function isAskedAlone(
  { transports }: UpstreamParts,
  { server }: UpstreamNeed,
  shared: HeldUpstream | undefined,
): boolean {
  if (shared?.speaks() === 'modern') return false;
  return transportOf(transports, server)?.connectAlone !== undefined;
}

/** INVARIANT: bounded in all, for each origin and for each instance; what is more goes with the rest. */
function hasRoomFor({ principal, server }: UpstreamNeed, held: readonly HeldUpstream[]): boolean {
  const alone = held.filter(({ isAlone }) => isAlone);
  const lane = laneOf(server, principal);
  const there = alone.filter((one) => laneOf(one.server, one.principal) === lane);
  const own = alone.filter(
    (one) =>
      one.principal.tenant === principal.tenant && one.principal.instance === principal.instance,
  );
  return (
    alone.length < limits.aloneUpstreams &&
    there.length < limits.aloneUpstreamsPerOrigin &&
    own.length < limits.aloneUpstreamsPerInstance
  );
}

function transportOf(transports: readonly ToolServerTransport[], server: ServerEntry) {
  return transports.find(({ kind }) => kind === server.connect.kind);
}

async function connect(
  parts: UpstreamParts,
  need: UpstreamNeed,
  isAlone: boolean,
): Promise<Connected | Refusal> {
  const { server } = need;
  const transport = transportOf(parts.transports, server);
  if (transport === undefined) return refusal('tools/upstream-unreachable');
  if (isAlone && transport.connectAlone !== undefined) {
    const greeted = { ...server, asks: need.asks ?? [] };
    const connection = transport.connectAlone(greeted, aloneEventsOf(parts, need));
    return { connection, upstream: throughIntake(parts.intake, connection, emptyLoan) };
  }
  const environment = await lendToProcess(parts, need);
  if (isRefusal(environment)) return environment;
  const { tenant } = need.principal;
  const { needs: signers } = signersNeeded(need.configuration.snapshot.tenants[tenant], server);
  const started = signers.length === 0 ? server : { ...server, signers };
  const open = () =>
    transport.connect(started, environment.lent, eventsOf(parts, need, environment.lent), tenant);
  const connection = orEnd(environment, 'unknown', open);
  return { connection, upstream: throughIntake(parts.intake, connection, environment) };
}

function eventsOf(
  parts: UpstreamParts,
  { principal, server, configuration }: UpstreamNeed,
  lent: readonly Lent[],
): ToolServerEvents {
  const { tenant } = principal;
  const { key: wants } = signersNeeded(configuration.snapshot.tenants[tenant], server);
  const tell = parts.states.connection(tenant, server, lent, wants);
  let isUp = false;
  return {
    news(news) {
      tell(news);
      // What ended while it served is looked at, so that it is started again, or known to be dead.
      if (news.kind === 'gone' && isUp) parts.onListChanged(tenant, server.name);
      if (news.kind !== 'printed') isUp = news.kind === 'up';
    },
    ...showsOf(parts, principal, server, lent),
    listChanged: () => parts.onListChanged(tenant, server.name),
    offersChanged: (kind) => parts.offers.changed(tenant, server.name, kind),
    resourceUpdated: (uri) => parts.offers.updated(tenant, server.name, uri),
    isWatched: (uri) => parts.offers.isWatched(tenant, server.name, uri),
    lateAnswer: (callId, bytes) => parts.onLateAnswer(tenant, server.name, callId, bytes),
  };
}

/** A process of the gateway's own look serves nobody else: it need not be looked at twice. */
function showsOf(
  { intake, onShown }: UpstreamParts,
  { tenant, kind }: Principal,
  server: ServerEntry,
  lent: readonly Lent[],
): Pick<ToolServerEvents, 'shows'> {
  if (kind === 'system' && !server.shared) return {};
  return {
    shows(tools) {
      const taken = intake.definitions(tools, lent);
      if (isRefusal(taken)) return taken;
      onShown(tenant, server.name, taken);
      return undefined;
    },
  };
}

/** Its news are of one task: how the server does is told by the connection of all. */
function aloneEventsOf(
  parts: UpstreamParts,
  { principal: { tenant }, server }: UpstreamNeed,
): ToolServerEvents {
  return {
    listChanged: () => parts.onListChanged(tenant, server.name),
    offersChanged: (kind) => parts.offers.changed(tenant, server.name, kind),
    lateAnswer: (callId, bytes) => parts.onLateAnswer(tenant, server.name, callId, bytes),
  };
}

function throughIntake(
  intake: Intake,
  connection: ToolServerConnection,
  environment: Loan,
): OpenUpstream {
  const exchange = async (request: UpstreamRequest): Promise<Taken> => {
    const answer = await connection.exchange(request);
    const lent = [...request.lent, ...environment.lent];
    return intake.answer(answer.kind === 'asks' ? unasked : answer, lent);
  };
  const converse: OpenUpstream['converse'] = async ({ hearing, ...request }, hear) => {
    // Whoever goes on with it later may have been lent another value.
    const lent = () => [...request.lent, ...(hearing?.lent?.() ?? []), ...environment.lent];
    const heard = (aside: Aside): void => {
      const taken = intake.aside(aside, lent());
      if (taken !== undefined) hear(taken);
      else if (aside.kind === 'ask') aside.answer(unreadable);
    };
    const through = hearing === undefined ? {} : { hearing: { ...hearing, hear: heard } };
    const answer = await connection.exchange({ ...request, ...through });
    return answer.kind === 'asks' ? intake.asks(answer, lent()) : intake.answer(answer, lent());
  };
  return {
    environment,
    exchange,
    converse,
    speaks: () => connection.speaks?.(),
    isWatching: () => connection.isWatching?.() === true,
    call: (invocation) => exchange(toolCallRequest(invocation)),
    async listTools(ask) {
      const lent = [...ask.lent, ...environment.lent];
      try {
        return intake.definitions(await connection.listTools(ask), lent);
      } catch (fault) {
        return intake.fault(fault, lent);
      }
    },
  };
}

/** INVARIANT: a server that asks where nothing may be asked has broken the protocol. */
const unasked: WholeAnswer = {
  kind: 'failed',
  refusal: refusal('tools/upstream-protocol', { message: 'the tool server asks unasked' }),
  effect: 'unknown',
};

const unreadable: Reply = { kind: 'error', code: -32600, message: 'this cannot be asked' };

/** A process lease is on the books and on record before the process can see the secret. */
async function lendToProcess(parts: UpstreamParts, need: UpstreamNeed): Promise<Loan | Refusal> {
  const { principal, server, borrows, configuration } = need;
  if (!server.credentials.some((use) => use.kind === 'environment')) return emptyLoan;
  const loan = await parts.lender.lend({
    ...borrows,
    tenant: principal.tenant,
    secrets: configuration.snapshot.tenants[principal.tenant]?.secrets ?? {},
    use: 'environment',
    // The process may be for more than this call, so it does not go with it.
    signal: new AbortController().signal,
  });
  if (isRefusal(loan)) return loan;
  await tellOfLeases(parts, need, loan).catch((fault: unknown) => {
    loan.end('none');
    throw fault;
  });
  return loan;
}

async function tellOfLeases(
  { leases, recorder, clock }: UpstreamParts,
  { principal, server }: UpstreamNeed,
  loan: Loan,
): Promise<void> {
  for (const lease of loan.leases) {
    await leases.open({
      id: lease.id,
      tenant: principal.tenant,
      agent: principal.agent,
      instance: principal.instance,
      target: targetText({ kind: 'tool', owner: server.name, name: undefined }),
      secret: lease.secret,
      bound: 'process',
      openedAt: clock.now(),
    });
  }
  await recorder.record(leaseDraft('credential.process-lease', principal, loan));
}

function orEnd<T>(loan: Loan, effect: SideEffect, act: () => T): T {
  try {
    return act();
  } catch (fault) {
    loan.end(effect);
    throw fault;
  }
}

async function closeHeld(parts: UpstreamParts, one: HeldUpstream, by: string): Promise<void> {
  try {
    const opened = await one.opened;
    if (isRefusal(opened)) return;
    const { environment } = opened.upstream;
    // What a process did with what it was lent, in all the time that it had it, nobody knows.
    await opened.connection.close().finally(() => environment.end('unknown'));
    if (environment.leases.length === 0) return;
    await parts.recorder.record({
      ...leaseDraft('credential.process-lease-ended', one.principal, environment),
      details: { by },
    });
    for (const lease of environment.leases) {
      await parts.leases.end(one.principal.tenant, lease.id, by, parts.clock.now());
    }
  } catch {
    // The process is gone or going; its lease stays open on the books until control sweeps it.
  }
}

function leaseDraft(
  type: 'credential.process-lease' | 'credential.process-lease-ended',
  principal: Principal,
  loan: Loan,
) {
  return {
    type,
    tenant: principal.tenant,
    actors: [
      {
        kind: principal.kind,
        name: principal.agent,
        instance: principal.instance,
        binding: principal.binding,
      },
    ],
    session: principal.session,
    lease: loan.leases,
  } as const;
}
