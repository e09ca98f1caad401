import type { CredentialSource } from '#contracts/credential-source.ts';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { Generation, GenerationAnswer, ModelProvider } from '#contracts/model-provider.ts';
import type { LabelBook } from '#contracts/label-book.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type {
  ToolAnswer,
  ToolInvocation,
  ToolServerTransport,
  UpstreamRequest,
} from '#contracts/tool-server.ts';
import { createInlineEngine } from '#adapters/policy-engine/cedar/index.ts';
import {
  compileConfiguration,
  createIntake,
  createOpenCalls,
  createPipeline,
  createQuotas,
  createLook,
  createModelConnections,
  createTaskLabels,
  createStages,
  createState,
  createTerminal,
  createUnreconciled,
  createUpstreams,
  type OpenCalls,
  type Stages,
  type StateControl,
  systemTimer,
} from '#gateway/index.ts';
import type { ReleasedWindow } from '#gateway/release.ts';
import { actions } from '../../src/programs/catalogue.ts';
import type { GatewayParts as ProgramParts } from '../../src/programs/gateway/parts.ts';
import type { Action, Call, ConnectionState, Outcome, Presented } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayReason, StopTarget } from '#kernel/overlay.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { parseWireToolName, type ToolDefinition, toolTarget } from '#kernel/tool.ts';
import { createApprovalGate } from '#planes/approvals/index.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { createLender, createScrubber, createSealedSource } from '#planes/credentials/index.ts';
import { createIdentityGate } from '#planes/identity/index.ts';
import { agentKind, createStanding } from '#planes/lifecycle/index.ts';
import { createRates, createRefusalBook } from '#planes/monitoring/index.ts';
import { createModelKind, modelsPart } from '#planes/models/index.ts';
import { createPolicyGate } from '#planes/policy/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import {
  createToolGate,
  digestDefinition,
  manifestKind,
  toolServerKind,
} from '#planes/tools/index.ts';
import { sealSecret } from '#planes/credentials/envelope.ts';
import { FakeEffects } from './fake-effects.ts';
import {
  labelBook,
  openLeases,
  providerOf,
  recorderInto,
  reservationsOf,
  transportOf,
} from './gateway-books.ts';
import { FakeGrantLedger } from './fake-grant-ledger.ts';
import { FakeKeyring } from './fake-keyring.ts';
import {
  createIdentityWorld,
  type IdentityWorld,
  proven,
  type TestInstance,
} from './identity-world.ts';

/** Of the one shape of API that the world's provider speaks. */
const modelKind = createModelKind([{ kind: 'openai' }]);

/** Documents of one tenant as a test writes them: one agent `worker`, one server `fake`. */
export interface WorldDocuments {
  readonly agent?: JsonObject;
  readonly manifest?: JsonObject;
  readonly server?: JsonObject;
  readonly policies?: readonly string[];
  /** A model provider, called `fake` as well. */
  readonly provider?: JsonObject;
  /** What the inspector lets through to nobody. */
  readonly canaries?: readonly string[];
  /** More tool servers like `fake`, by name. */
  readonly servers?: readonly string[];
  /** What lies in the vault, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly definitions: readonly ToolDefinition[];
  /** What people said yes to; all `definitions` unless it is given. */
  readonly pinned?: readonly ToolDefinition[];
}

/** What an agent can do at the front of the world. */
export type WorldAsk =
  | {
      readonly kind: 'invoke';
      /** As on the wire: `fake.pay`. */
      readonly tool: string;
      readonly args: JsonObject;
      readonly handle?: string | undefined;
      readonly trace?: string;
    }
  | { readonly kind: 'list'; readonly cursor?: string | undefined }
  | { readonly kind: 'greet' | 'notice' }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  | {
      readonly kind: 'other';
      readonly method: string;
      readonly action: Action;
      readonly handle?: string | undefined;
    };

export function definition(name: string, inputSchema: JsonObject): ToolDefinition {
  const whole = { name, inputSchema };
  return { name, definition: whole, digest: digestDefinition(whole) };
}

/** The whole path with its real planes, in memory: only stores and the tool server are fakes. */
export interface GatewayWorld {
  readonly identity: IdentityWorld;
  readonly parts: GatewayParts;
  readonly control: StateControl;
  readonly ledger: FakeGrantLedger;
  readonly records: RecordDraft[];
  /** Bodies that were given to be sealed beside their records. */
  readonly bodies: ReadonlyMap<RecordDraft, Uint8Array>;
  readonly invocations: ToolInvocation[];
  /** What the tool server shows when it is looked at. */
  shown: readonly ToolDefinition[];
  /** Runs while the gateway looks at the tool server. */
  onLook: () => Promise<void> | void;
  looks: number;
  /** What the tool server answers to a call. */
  onCall: (invocation: ToolInvocation) => ToolAnswer | Promise<ToolAnswer>;
  /** Requests that are no calls of tools, and what is answered to them. */
  readonly requests: UpstreamRequest[];
  onExchange: (request: UpstreamRequest) => ToolAnswer | Promise<ToolAnswer>;
  /** What models were asked, and what is answered to it. */
  readonly generations: Generation[];
  onGenerate: (generation: Generation) => GenerationAnswer | Promise<GenerationAnswer>;
  /** Windows that left, in their order; `onWindow` runs before each of them counts as taken. */
  readonly released: ReleasedWindow[];
  onWindow: (window: ReleasedWindow) => void;
  /** While true, no label can be raised. */
  labelsFail: boolean;
  /** Records of this type cannot be written. */
  recordsFail: RecordDraft['type'] | undefined;
  /** How often a call was counted against the quota of a day. */
  reserved: number;
  publish(documents: WorldDocuments): Promise<void>;
  overlay(target: StopTarget, why: OverlayReason): void;
  /** Control says again what the overlay is: without it nothing is let through after a while. */
  confirm(): void;
  /** Takes every entry of the overlay away. */
  release(): void;
  raise(labels: Labels): Promise<void>;
  enrol(): Promise<TestInstance>;
  /** The gateway looks at the tool server, as it does by itself. */
  look(server?: string): Promise<Refusal | undefined>;
  ask(by: TestInstance, tool: string, args: JsonObject, handle?: string): Promise<Outcome>;
  /** What a client of this instance presents, with a token as fresh as a client keeps one. */
  present(by: TestInstance): Promise<Presented>;
  send(presented: Presented, ask: WorldAsk, signal?: AbortSignal): Promise<Outcome>;
  approve(approvalId: string): Promise<void>;
}

export async function createGatewayWorld(
  documents: WorldDocuments,
  openCalls: OpenCalls = createOpenCalls(),
  source?: CredentialSource,
  mutate: (stages: Stages, parts: GatewayParts) => Stages = (stages) => stages,
): Promise<GatewayWorld> {
  const identity = await createIdentityWorld();
  const { clock } = identity;
  const ledger = new FakeGrantLedger({ clock });
  const records: RecordDraft[] = [];
  const bodies = new Map<RecordDraft, Uint8Array>();
  const invocations: ToolInvocation[] = [];
  const keyring = new FakeKeyring();
  const wrapper = await keyring.wrapper('vault');
  const labels = labelBook(() => world.labelsFail);
  const standing = createStanding();
  const control = createState({ standing, stopLeaseMs: limits.stopLeaseMs, writer: 'w' });
  const parts = partsOf({
    source: source ?? createSealedSource(wrapper),
    openCalls,
    clock,
    control,
    ledger,
    labels,
    recorder: recorderInto({ records, bodies }, () => world.recordsFail),
    canaries: documents.canaries ?? [],
    provider: providerOf(async (generation) => {
      world.generations.push(generation);
      return world.onGenerate(generation);
    }),
    transport: transportOf({
      list: async () => {
        world.looks += 1;
        await world.onLook();
        return world.shown;
      },
      call: async (invocation) => {
        invocations.push(invocation);
        return world.onCall(invocation);
      },
      exchange: async (request) => {
        world.requests.push(request);
        return world.onExchange(request);
      },
    }),
    reserved: () => (world.reserved += 1),
  });
  const pipeline = createPipeline({ ...parts, stages: mutate(createStages(parts), parts) });
  const connection = { id: newId(clock.now()), windowStart: 0, callsInWindow: 0 };
  const tokens = new Map<string, { readonly token: Promise<string>; readonly until: number }>();
  /** As a client does: one token until it is nearly over. */
  const tokenOf = (by: TestInstance): Promise<string> => {
    const known = tokens.get(by.enrolled.instance);
    if (known !== undefined && known.until > clock.now()) return known.token;
    const token = identity.token(by);
    tokens.set(by.enrolled.instance, { token, until: clock.now() + limits.accessTokenMs / 2 });
    return token;
  };
  let overlayEntries: Parameters<StateControl['takeOverlay']>[0]['entries'] = [];
  const world: GatewayWorld = {
    identity,
    parts,
    control,
    ledger,
    records,
    bodies,
    invocations,
    shown: documents.definitions,
    onLook: () => undefined,
    looks: 0,
    onCall: () => ({ kind: 'answer', result: { content: [] }, bytes: 2 }),
    requests: [],
    onExchange: () => ({ kind: 'answer', result: {}, bytes: 2 }),
    generations: [],
    onGenerate: () => ({ kind: 'answer', completion: {}, usage: undefined, bytes: 2 }),
    released: [],
    onWindow: () => undefined,
    labelsFail: false,
    recordsFail: undefined,
    reserved: 0,
    async publish(next) {
      const before = parts.state.configuration;
      const number = (before?.number ?? 0) + 1;
      const secrets = sealAll(wrapper, next.secrets ?? {});
      const snapshot = snapshotOf({ ...next, secrets }, number, identity);
      const compiled = await compileConfiguration(
        [parts.tools, parts.policy, modelsPart],
        snapshot,
        before,
      );
      if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
      control.takeConfiguration(compiled.configuration);
    },
    overlay(target, why) {
      const number = parts.state.overlay.number + 1;
      const entry = { id: `o${number}`, target, why, by: 'ada', reason: 'test', at: clock.now() };
      overlayEntries = [...overlayEntries, entry];
      control.takeOverlay({ number, entries: overlayEntries }, clock.monotonic());
    },
    confirm() {
      const { number } = parts.state.overlay;
      control.takeOverlay({ number, entries: overlayEntries }, clock.monotonic());
    },
    release() {
      overlayEntries = [];
      const number = parts.state.overlay.number + 1;
      control.takeOverlay({ number, entries: overlayEntries }, clock.monotonic());
    },
    async raise(raised) {
      for (const task of labels.tasks) {
        await labels.raise('main', { task, session: 's' }, raised, 'test');
      }
    },
    async enrol() {
      const instance = await identity.enrol('worker');
      control.takeRoster(identity.roster);
      return instance;
    },
    async present(by) {
      const accessToken = await tokenOf(by);
      const nonce = parts.identity.nonce(clock.now());
      return proven({ key: by.key, accessToken, nonce, now: clock.now() });
    },
    send: (presented, ask, signal = new AbortController().signal) =>
      pipeline.run(callOf({ ask, presented, connection, clock, signal }), async (window) => {
        world.released.push(window);
        world.onWindow(window);
      }),
    async ask(by, tool, args, handle) {
      const presented = await world.present(by);
      return world.send(presented, { kind: 'invoke', tool: `fake.${tool}`, args, handle });
    },
    look: (server = 'fake') => parts.look(pipeline.run, 'main', server),
    async approve(id) {
      const now = clock.now();
      const yes = { verdict: 'approve', by: 'ada', reason: 'fine' } as const;
      await ledger.decide({ tenant: 'main', id, ...yes, now, grantExpiresAt: now + 60_000 });
    },
  };
  await world.publish(documents);
  control.takeOverlay({ number: 1, entries: [] }, clock.monotonic());
  return world;
}

type GatewayParts = Omit<ProgramParts, 'sealer' | 'configurations'>;

interface WorldParts {
  readonly source: CredentialSource;
  readonly openCalls: OpenCalls;
  readonly clock: Clock;
  readonly control: StateControl;
  readonly ledger: FakeGrantLedger;
  readonly labels: LabelBook;
  readonly recorder: Recorder;
  readonly transport: ToolServerTransport;
  readonly provider: ModelProvider;
  readonly canaries: readonly string[];
  readonly reserved: () => number;
}

function partsOf(given: WorldParts): GatewayParts {
  const { clock, control, ledger, recorder } = given;
  const lender = createLender({ source: given.source, clock });
  const inspector = createInspector({ canaries: given.canaries });
  const tools = createToolGate();
  const approvals = createApprovalGate({ ledger, clock });
  const refusals = createRefusalBook();
  const unreconciled = createUnreconciled({
    effects: slowEffects(),
    state: control.state,
    gateway: { writer: 'w', life: 'l' },
    clock,
  });
  const intake = createIntake({ scrubber: createScrubber(), inspector, timer: systemTimer });
  const upstreams = createUpstreams({
    intake,
    transports: [given.transport, { ...given.transport, kind: 'stdio' }],
    lender,
    leases: openLeases,
    recorder,
    clock,
    onListChanged: () => undefined,
    onLateAnswer: () => undefined,
  });
  const modelConnections = createModelConnections([given.provider]);
  const catalogue = { report: async () => [] } as unknown as ToolCatalogue;
  return {
    clock,
    state: control.state,
    identity: createIdentityGate(),
    standing: createStanding(),
    rates: createRates(),
    openCalls: given.openCalls,
    refusals,
    quotas: createQuotas(reservationsOf(given.reserved), clock),
    tools,
    inspector,
    labels: createTaskLabels({ book: given.labels, state: control.state, recorder, clock }),
    policy: createPolicyGate({
      engine: createInlineEngine(),
      kinds: [toolServerKind, modelKind],
    }),
    approvals,
    recorder,
    upstreams,
    control,
    modelConnections,
    lender,
    actions: actions({ tools, upstreams, intake, connections: modelConnections }),
    look: createLook({ tools, state: control.state, catalogue, clock }),
    unreconciled,
    terminal: createTerminal({ recorder, inspector, refusals, approvals, unreconciled, clock }),
  };
}

/** A control that takes what it is told, and whose overlay with it is still to come. */
function slowEffects(): FakeEffects {
  const effects = new FakeEffects();
  effects.number = 1_000_000;
  return effects;
}

function sealAll(
  wrapper: KeyringWrapper,
  secrets: Readonly<Record<string, string>>,
): TenantSnapshot['secrets'] {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, text]) => [
      name,
      sealSecret(wrapper, 'main', { name, version: 1, value: Buffer.from(text) }),
    ]),
  );
}

type Sealed = Omit<WorldDocuments, 'secrets'> & Pick<TenantSnapshot, 'secrets'>;

function snapshotOf(documents: Sealed, number: number, identity: IdentityWorld): Snapshot {
  const agent = agentKind.parse('worker', {
    owner: 'ann',
    purpose: 'p',
    manifest: 'm',
    ...documents.agent,
  });
  const manifest = manifestKind.parse('m', {
    tools: documents.definitions.map(({ name }) => ({ tool: `fake/${name}` })),
    ...documents.manifest,
  });
  const server = toolServerKind.parse('fake', {
    connect: { url: 'http://127.0.0.1:1/' },
    ...documents.server,
  });
  if (agent.kind === 'problems' || manifest.kind === 'problems' || server.kind === 'problems') {
    throw new Error(JSON.stringify([agent, manifest, server]));
  }
  const pins = (documents.pinned ?? documents.definitions).map(
    ({ name, digest, definition: whole }) => [
      name,
      { tool: name, digest, definition: whole, approvedBy: 'ann', approvedAt: 0 },
    ],
  );
  const tenant: TenantSnapshot = {
    ...providersOf(documents),
    tenant: 'main',
    agents: { worker: agent.entry },
    manifests: { m: manifest.entry },
    servers: {
      fake: server.entry,
      ...Object.fromEntries(
        (documents.servers ?? []).map((name) => [name, { ...server.entry, name }]),
      ),
    },
    policies: (documents.policies ?? []).map((cedar, at) => ({ name: `p${at}`, cedar })),
    secrets: documents.secrets,
    pins: { fake: Object.fromEntries(pins) },
  };
  return {
    number,
    digest: `d${number}`.padEnd(20, '0'),
    createdAt: 0,
    epoch: 0,
    tenants: { main: tenant },
    tokens: identity.enrolment.trust(),
  };
}

/** Where the Snapshot keeps them; a tenant without any has no trace of it. */
function providersOf({ provider }: Sealed): object {
  if (provider === undefined) return {};
  const parsed = modelKind.parse('fake', provider);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed));
  return { [modelKind.section.name]: { fake: parsed.entry } };
}

interface Asked {
  readonly ask: WorldAsk;
  readonly presented: Presented;
  readonly connection: ConnectionState;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const methodOf = {
  invoke: 'tools/call',
  list: 'tools/list',
  greet: 'initialize',
  notice: 'ping',
  refused: 'tools/never',
} as const;

function callOf({ ask, presented, connection, clock, signal }: Asked): Call {
  return {
    id: newId(clock.now()),
    front: 'mcp',
    method: ask.kind === 'other' ? ask.method : methodOf[ask.kind],
    revision: '',
    tenant: 'main',
    source: '127.0.0.1',
    connection,
    receivedAt: clock.now(),
    receivedBytes: 0,
    presented,
    approvalHandle: 'handle' in ask ? ask.handle : undefined,
    trace: ask.kind === 'invoke' ? ask.trace : undefined,
    onIdentified: undefined,
    signal,
    action: actionOf(ask),
  };
}

function actionOf(ask: WorldAsk): Action {
  switch (ask.kind) {
    case 'invoke': {
      const id = parseWireToolName(ask.tool);
      return {
        kind: 'tool-call',
        target: id === undefined ? undefined : toolTarget(id),
        named: ask.tool,
        arguments: ask.args,
        argumentBytes: canonicalBytes(ask.args),
      };
    }
    case 'other':
      return ask.action;
    case 'list':
      return { kind: 'tool-list', cursor: ask.cursor };
    case 'greet':
    case 'notice':
      return { kind: ask.kind };
    case 'refused':
      return { kind: 'refused', reason: ask.reason };
  }
}
