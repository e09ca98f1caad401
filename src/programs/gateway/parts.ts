import { claimMarks } from '#contracts/claim-marks.ts';
import type { GatewayLife } from '#contracts/effect-book.ts';
import { alone, type Fellows } from '#contracts/fellows.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import type { Keyring } from '#contracts/keyring.ts';
import type { StatePort } from '#contracts/store.ts';
import type { ToolServerTransport } from '#contracts/tool-server.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import {
  type Asks,
  createAsks,
  createConfigurations,
  createIntake,
  createKeptPages,
  createOpenCalls,
  createParkedRules,
  createQuestions,
  createQuotas,
  createServerStates,
  createServerWords,
  type Actions,
  type ChoreParts,
  createLook,
  createShown,
  createModelConnections,
  type KeptPages,
  type Look,
  type Questions,
  createTaskAmounts,
  createSpoken,
  createTaskFlow,
  createTaskPast,
  createOwnTold,
  type OwnTold,
  type TaskFlow,
  createTaskLabels,
  createOutflow,
  createScopedData,
  type OutflowKeeper,
  createTaskObjects,
  createTaskWords,
  createState,
  createTerminal,
  createUnreconciled,
  type GatewayState,
  keyedDigests,
  createResultSignals,
  createUpstreams,
  createValueYeses,
  type KeyedDigest,
  type StageParts,
  type Terminal,
  type UpstreamParts,
  type Upstreams,
  systemTimer,
  type WordsToHearers,
} from '#gateway/index.ts';
import { createApprovalGate } from '#planes/approvals/index.ts';
import type { PayloadSealer, Recorder } from '#planes/audit/index.ts';
import {
  assertionKey,
  carriedKey,
  createCarriedTokens,
  createSecretOpener,
  createAssertionSigner,
  createExchangeSource,
  createLender,
  createScrubber,
  createSealedSource,
  type Lender,
  transactionKey,
} from '#planes/credentials/index.ts';
import { createFlowMemory } from '#planes/flow/index.ts';
import {
  createIdentityGate,
  type IdentityGateOptions,
  readStatement,
} from '#planes/identity/index.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import {
  type CallCounts,
  createCallCounts,
  createRates,
  createRefusalBook,
  createSoftenedBook,
  type SoftenedBook,
} from '#planes/monitoring/index.ts';
import { createShadowBook, doubtDraft, type ShadowBook } from '#planes/policy/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import { createPlaneParts, modelProviders } from '../catalogue.ts';
import { ownSnapshots } from './own-snapshots.ts';
import { actions, decisionPoint, formPoster } from './catalogue.ts';

export interface GatewayOptions {
  readonly port: StatePort;
  readonly recorder: Recorder;
  readonly sealer: PayloadSealer;
  readonly tenants: TenantKeys;
  readonly keyring: Keyring;
  readonly transports: readonly ToolServerTransport[];
  readonly clock: Clock;
  readonly writer: string;
  readonly gateway: GatewayLife;
  readonly tenant: string;
  /** Who else shares its listener, and the nonces that they share; nobody, unless it is said. */
  readonly fellows?: Fellows;
  readonly nonces?: NonNullable<IdentityGateOptions['nonces']>;
  /** Told when a server says that its list changed. */
  readonly onListChanged: (tenant: string, server: string) => void;
}

export type GatewayParts = StageParts &
  ChoreParts & {
    readonly actions: Actions;
    readonly look: Look;
    readonly asks: Asks;
    readonly questions: Questions;
    readonly pages: KeptPages;
    readonly words: WordsToHearers;
    readonly terminal: Terminal;
    readonly softened: SoftenedBook;
    readonly outflow: OutflowKeeper;
    readonly shadows: ShadowBook;
    readonly counts: CallCounts;
    readonly sealer: PayloadSealer;
    readonly ownTold: OwnTold;
    readonly flow: TaskFlow;
  };

/** Where credentials come from: the vault, and authorization servers of tool servers. */
async function openLender(keyring: Keyring, tenants: TenantKeys, clock: Clock): Promise<Lender> {
  const signer = createAssertionSigner(await keyring.signer(assertionKey));
  const vault = await keyring.wrapper('vault');
  const carried = createCarriedTokens(await keyring.wrapper(carriedKey));
  const opener = createSecretOpener(vault, tenants);
  return createLender({
    source: createSealedSource(vault, tenants),
    exchanges: createExchangeSource({
      signer,
      poster: formPoster,
      clock,
      carried,
      openSecret: (tenant, secret) => opener.open(tenant, secret),
    }),
    transactions: createAssertionSigner(await keyring.signer(transactionKey)),
    clock,
  });
}

/** Who outside is asked whether a user may, and by what we prove ourselves there. */
async function openRights(keyring: Keyring, tenants: TenantKeys) {
  const opener = createSecretOpener(await keyring.wrapper('vault'), tenants);
  const openSecret: GatewayParts['openSecret'] = (tenant, secret) => opener.open(tenant, secret);
  return { decisionPoint, openSecret };
}

/** Everything that the stages ask, built once; nothing listens and nothing runs yet. */
export async function openGatewayParts(given: GatewayOptions): Promise<GatewayParts> {
  const ownTold = createOwnTold();
  const options = { ...given, recorder: ownTold.noting(given.recorder) };
  const { port, recorder, sealer, keyring, tenants, clock, writer } = options;
  const { fellows = alone } = options;
  const standing = createStanding();
  const control = createState({ standing, stopLeaseMs: limits.stopLeaseMs, writer });
  const lender = await openLender(keyring, tenants, clock);
  const { state } = control;
  const inspector = createInspector();
  const planes = openPlanes(options);
  const { tools, policy } = planes;
  const approvals = createApprovalGate({ ledger: port.grants, clock, keys: options.tenants });
  const counted = openCounts(clock);
  const repeats = openRepeats(options, state);
  const intake = createIntake({ scrubber: createScrubber(), inspector, timer: systemTimer });
  const states = createServerStates({ intake, clock });
  const words = createServerWords(fellows);
  const looking = { tools, state, catalogue: port.catalogue, clock };
  const seen = { states, onShown: createShown(looking) };
  const upstreams = openUpstreams(options, { intake, lender, ...seen, offers: words });
  const connections = createModelConnections(modelProviders);
  const rules = { state, standing, tools, clock, recorder, ...repeats, writer };
  const talk = { ...openAsks(fellows, rules), inspector };
  const pages = createKeptPages(clock, fellows);
  const told = { kept: pages, clock };
  return {
    clock,
    control,
    configurations: createConfigurations(planes.all, await ownSnapshots(options)),
    ...sealing(sealer),
    state,
    fellows,
    identity: openIdentity(options, fellows),
    standing,
    ...openBounds(options, fellows, state),
    ...counted,
    tools,
    ownTold,
    ...openTaskFacts({ ...options, fellows, ownTold }, state, repeats.keyed),
    policy,
    ...(await openRights(keyring, tenants)),
    approvals,
    ...repeats,
    recorder,
    upstreams,
    words,
    serverStates: states,
    modelConnections: connections,
    lender,
    ...talk,
    pages,
    actions: actions({ tools, upstreams, intake, connections, talk, pages: told }),
    look: createLook({ ...looking, states }),
    terminal: createTerminal({ recorder, inspector, ...counted, approvals, ...repeats, clock }),
  };
}

/** What of a call, an agent or a task there may be so much. */
function openBounds(
  { port, clock }: GatewayOptions,
  fellows: Fellows,
  state: GatewayParts['state'],
): Pick<GatewayParts, 'rates' | 'openCalls' | 'quotas' | 'amounts'> {
  return {
    rates: createRates({
      fellows,
      rateOf: (of, agent) => state.configuration?.snapshot.tenants[of]?.agents[agent],
    }),
    openCalls: createOpenCalls(limits, { fellows, monotonic: () => clock.monotonic() }),
    quotas: createQuotas(port.reservations, clock),
    amounts: createTaskAmounts(port.reservations, clock),
  };
}

interface FactsOptions extends GatewayOptions {
  readonly fellows: Fellows;
  readonly ownTold: OwnTold;
}

/** What is known of a task: what it has read, and what that brought. */
function openTaskFacts(
  { port, recorder, clock, fellows, ownTold: own }: FactsOptions,
  state: GatewayParts['state'],
  keyed: KeyedDigest,
): Pick<GatewayParts, 'labels' | 'flow' | 'objects' | 'outflow' | 'spoken'> {
  const { tasks, labels: book, objects, grants, told } = port;
  const memory = createFlowMemory();
  const words = createTaskWords(tasks, systemTimer);
  const past = createTaskPast({ memory, told, own, fellows, state, timer: systemTimer });
  const yeses = createValueYeses({ grants, keyed });
  const labels = createTaskLabels({ book, state, recorder, clock });
  const flow = createTaskFlow({ memory, words, state, yeses, past, clock });
  const read = readStatement;
  return {
    labels,
    flow,
    objects: createTaskObjects({ book: objects, keyed, clock }),
    outflow: createOutflow({ book: port.outflow, keyed, clock }),
    spoken: createSpoken({ words, tasks, memory, flow, labels, recorder, read, clock }),
  };
}

/** What must not be made again, and by what digest it is told from everything else. */
function openIdentity({ tenants, nonces }: GatewayOptions, fellows: Fellows) {
  return createIdentityGate({
    fellows,
    markClaims: claimMarks(tenants),
    ...(nonces === undefined ? {} : { nonces }),
  });
}

function openRepeats({ port, gateway, clock, tenants }: GatewayOptions, state: GatewayState) {
  const keyed = keyedDigests(tenants);
  return {
    keyed,
    unreconciled: createUnreconciled({ effects: port.effects, state, gateway, clock, keyed }),
  };
}

function sealing(sealer: PayloadSealer): Pick<GatewayParts, 'sealer' | 'lentKeys'> {
  // Of one that seals under nobody's key.
  const none = { look: async () => undefined, fetchAhead: async () => undefined };
  return { sealer, lentKeys: sealer.lentKeys ?? none };
}

function openPlanes({ recorder, writer }: GatewayOptions) {
  return createPlaneParts({
    // That it could not be recorded shows red already, and the doubt itself does with each ping.
    onDoubt: (doubt) => void recorder.record(doubtDraft(writer, doubt)).catch(() => undefined),
  });
}

/** What callers were asked, and have not answered. */
function openAsks(fellows: Fellows, rules: Parameters<typeof createParkedRules>[0]) {
  return {
    asks: createAsks(fellows),
    questions: createQuestions(fellows, createParkedRules(rules)),
  };
}

function openCounts(clock: Clock) {
  const counts = createCallCounts();
  return {
    refusals: createRefusalBook(),
    softened: createSoftenedBook(),
    shadows: createShadowBook(clock),
    counts,
    signals: createResultSignals(counts),
    scoped: createScopedData(counts),
  };
}

function openUpstreams(
  { transports, port, recorder, clock, onListChanged }: GatewayOptions,
  parts: Pick<UpstreamParts, 'intake' | 'lender' | 'states' | 'offers' | 'onShown'>,
): Upstreams {
  return createUpstreams({
    ...parts,
    transports,
    leases: port.leases,
    recorder,
    clock,
    onListChanged,
    onLateAnswer: (tenant, server, call, bytes) =>
      void recordLateAnswer(recorder, { tenant, server, call, bytes }),
  });
}

async function recordLateAnswer(
  recorder: Recorder,
  late: { tenant: string; server: string; call: string; bytes: number },
): Promise<void> {
  try {
    await recorder.record({
      type: 'gateway.late-answer',
      tenant: late.tenant,
      actors: [{ kind: 'system', name: 'system/forward' }],
      call: late.call,
      details: { server: late.server, bytes: late.bytes },
    });
  } catch {
    // The recorder is unhealthy: every new call is refused for that already.
  }
}
