import type { CredentialSource } from '#contracts/credential-source.ts';
import type { Generation, GenerationAnswer } from '#contracts/model-provider.ts';
import type {
  ServerToConnect,
  ToolAnswer,
  ToolInvocation,
  UpstreamRequest,
} from '#contracts/tool-server.ts';
import {
  compileConfiguration,
  createOpenCalls,
  createPipeline,
  createStages,
  createState,
  type OpenCalls,
  type Stages,
  type StateControl,
} from '#gateway/index.ts';
import type { ReleasedWindow } from '#gateway/release.ts';
import type { Outcome, Presented } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayReason, OverlayTarget } from '#kernel/overlay.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import { createSealedSource, createSecretOpener } from '#planes/credentials/index.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { modelsPart } from '#planes/models/index.ts';
import { callOf, type WorldAsk } from './gateway-asks.ts';
import { sealAll, snapshotOf, type WorldDocuments } from './gateway-documents.ts';
import { type GatewayParts, partsOf } from './gateway-parts.ts';
import { labelBook, noObjects, providerOf, recorderInto, transportOf } from './gateway-books.ts';
import { toldFrom } from './told-from-records.ts';
import { FakeGrantLedger } from './fake-grant-ledger.ts';
import { FakeKeyring } from './fake-keyring.ts';
import {
  createIdentityWorld,
  type IdentityWorld,
  proven,
  type TestInstance,
} from './identity-world.ts';

/** The whole path with its real planes, in memory: only stores and the tool server are fakes. */
export interface GatewayWorld {
  readonly identity: IdentityWorld;
  readonly parts: GatewayParts;
  readonly control: StateControl;
  readonly ledger: FakeGrantLedger;
  readonly records: RecordDraft[];
  /** Bodies that were given to be sealed beside their records. */
  readonly bodies: ReadonlyMap<RecordDraft, Uint8Array>;
  /** Under whose key. */
  readonly subjects: ReadonlyMap<RecordDraft, string>;
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
  /** What connections were opened with. */
  readonly connected: ServerToConnect[];
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
  /** What the user of every task said; undefined: nothing. */
  words: string | undefined;
  /** How often a call was counted against the quota of a day. */
  reserved: number;
  publish(documents: WorldDocuments): Promise<void>;
  overlay(target: OverlayTarget, why: OverlayReason): void;
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
  const subjects = new Map<RecordDraft, string>();
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
    standing,
    ledger,
    labels,
    objects: documents.objects ?? noObjects,
    ...(documents.outflow === undefined ? {} : { outflow: documents.outflow }),
    recorder: recorderInto({ records, bodies, subjects }, () => world.recordsFail),
    canaries: documents.canaries ?? [],
    provider: providerOf(async (generation) => {
      world.generations.push(generation);
      return world.onGenerate(generation);
    }),
    transport: transportOf({
      connected: (server) => void world.connected.push(server),
      list: async () => {
        world.looks += 1;
        await world.onLook();
        return world.shown;
      },
      call: async (invocation) => {
        invocations.push(invocation);
        const answer = await world.onCall(invocation);
        await sayTwice(invocation, world.released);
        return answer;
      },
      exchange: async (request) => {
        world.requests.push(request);
        return world.onExchange(request);
      },
    }),
    openSecret: (tenant, secret) => createSecretOpener(wrapper).open(tenant, secret),
    reserved: () => (world.reserved += 1),
    words: () => world.words,
    told: toldFrom(records, bodies),
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
    subjects,
    invocations,
    shown: documents.definitions,
    onLook: () => undefined,
    looks: 0,
    onCall: () => ({ kind: 'answer', result: { content: [] }, bytes: 2 }),
    requests: [],
    onExchange: () => ({ kind: 'answer', result: {}, bytes: 2 }),
    connected: [],
    generations: [],
    onGenerate: () => ({ kind: 'answer', completion: {}, usage: undefined, bytes: 2 }),
    released: [],
    onWindow: () => undefined,
    labelsFail: false,
    recordsFail: undefined,
    words: undefined,
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

/** To a call that listens: the second word when the first was released, or nobody listens any more. */
async function sayTwice(
  { hearing, signal }: ToolInvocation,
  released: readonly unknown[],
): Promise<void> {
  if (hearing === undefined) return;
  const method = 'notifications/progress';
  hearing.hear({ kind: 'notice', method, params: { progress: 1 } });
  while (released.length === 0 && !signal.aborted) await nextTurn();
  hearing.hear({ kind: 'notice', method, params: { progress: 2 } });
  while (released.length === 1 && !signal.aborted) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
