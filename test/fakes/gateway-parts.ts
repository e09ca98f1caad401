import { claimMarks } from '#contracts/claim-marks.ts';
import { alone } from '#contracts/fellows.ts';
import type { CredentialSource } from '#contracts/credential-source.ts';
import type { ModelProvider } from '#contracts/model-provider.ts';
import type { GatewayObjects } from '#contracts/object-book.ts';
import type { GatewayOutflow } from '#contracts/outflow-book.ts';
import type { LabelBook } from '#contracts/label-book.ts';
import { nothingTold, type ToldRecords } from '#contracts/told-records.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { ToolServerTransport } from '#contracts/tool-server.ts';
import { createInlineEngine } from '#adapters/policy-engine/cedar/inline.ts';
import {
  createAsks,
  createIntake,
  createKeptPages,
  createParkedRules,
  createQuestions,
  createQuotas,
  createServerStates,
  createServerWords,
  createLook,
  createShown,
  createModelConnections,
  createTaskAmounts,
  createResultSignals,
  createOwnTold,
  createSpoken,
  createTaskFlow,
  createTaskPast,
  createTaskWords,
  createValueYeses,
  createTaskLabels,
  createOutflow,
  createScopedData,
  createTaskObjects,
  createTerminal,
  createUnreconciled,
  createUpstreams,
  type OpenCalls,
  type StateControl,
  systemTimer,
} from '#gateway/index.ts';
import { actions, decisionPoint } from '../../src/programs/gateway/catalogue.ts';
import type { GatewayParts as ProgramParts } from '../../src/programs/gateway/parts.ts';
import type { Clock } from '#kernel/time.ts';
import { createApprovalGate } from '#planes/approvals/index.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { createLender, createScrubber } from '#planes/credentials/index.ts';
import { createFlowMemory } from '#planes/flow/index.ts';
import { createIdentityGate, readStatement } from '#planes/identity/index.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import {
  createCallCounts,
  createRates,
  createRefusalBook,
  createSoftenedBook,
} from '#planes/monitoring/index.ts';
import { createPolicyGate, createShadowBook } from '#planes/policy/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import { createToolGate, toolServerKind } from '#planes/tools/index.ts';
import { modelKind } from './gateway-documents.ts';
import { FakeEffects } from './fake-effects.ts';
import { openLeases, outflowInMemory, reservationsOf } from './gateway-books.ts';
import { saidIn } from './fake-said.ts';
import { hastyTimer } from './hasty-timer.ts';
import type { FakeGrantLedger } from './fake-grant-ledger.ts';
import { sealKeys } from './approval-asks.ts';

export type GatewayParts = Omit<ProgramParts, 'sealer' | 'configurations'>;

interface WorldParts {
  readonly source: CredentialSource;
  readonly openCalls: OpenCalls;
  readonly clock: Clock;
  readonly control: StateControl;
  /** The one that its control tells of the roster, as in the program. */
  readonly standing: Standing;
  readonly ledger: FakeGrantLedger;
  readonly labels: LabelBook;
  readonly objects: GatewayObjects;
  readonly outflow?: GatewayOutflow;
  readonly recorder: Recorder;
  readonly transport: ToolServerTransport;
  readonly provider: ModelProvider;
  readonly canaries: readonly string[];
  readonly reserved: () => number;
  /** What the user of every task said. */
  readonly words?: () => string | undefined;
  /** What is on record of tasks; nothing can be read where it is left out. */
  readonly told?: ToldRecords;
  readonly openSecret: ProgramParts['openSecret'];
}

/** The parts of the gateway's program, as it puts them together, with fakes for what is stored. */
export function partsOf(given: WorldParts): GatewayParts {
  const { clock, control, ledger } = given;
  const ownTold = createOwnTold();
  const recorder = ownTold.noting(given.recorder);
  const lender = createLender({ source: given.source, clock });
  const inspector = createInspector({ canaries: given.canaries });
  const tools = createToolGate(clock);
  const approvals = createApprovalGate({ ledger, clock, keys: sealKeys });
  const refusals = createRefusalBook();
  const softened = createSoftenedBook();
  const shadows = createShadowBook(clock);
  const keyed = (_: string, digest: string): string => digest;
  const unreconciled = createUnreconciled({
    effects: slowEffects(),
    state: control.state,
    gateway: { writer: 'w', life: 'l' },
    clock,
    keyed,
  });
  const intake = createIntake({ scrubber: createScrubber(), inspector, timer: systemTimer });
  const serverStates = createServerStates({ intake, clock });
  const words = createServerWords();
  const tasks = saidIn(() => given.words?.());
  const taskWords = createTaskWords(tasks, hastyTimer());
  const flowMemory = createFlowMemory();
  const catalogue = { report: async () => [] } as unknown as ToolCatalogue;
  const upstreams = createUpstreams({
    intake,
    states: serverStates,
    offers: words,
    transports: [given.transport, { ...given.transport, kind: 'stdio' }],
    lender,
    leases: openLeases,
    recorder,
    clock,
    onListChanged: () => undefined,
    onShown: createShown({ tools, state: control.state, catalogue, clock }),
    onLateAnswer: () => undefined,
  });
  const modelConnections = createModelConnections([given.provider]);
  const counts = createCallCounts();
  const asks = createAsks();
  const { state } = control;
  const { standing } = given;
  const parked = { state, standing, tools, clock, recorder, unreconciled, writer: 'w' };
  const questions = createQuestions(alone, createParkedRules(parked));
  const pages = createKeptPages(clock);
  const talk = { asks, questions, inspector };
  const labels = createTaskLabels({
    book: given.labels,
    state: control.state,
    recorder,
    clock,
    timer: hastyTimer(),
  });
  const flow = createTaskFlow({
    memory: flowMemory,
    words: taskWords,
    clock,
    past: createTaskPast({
      memory: flowMemory,
      told: given.told ?? nothingTold,
      own: ownTold,
      fellows: alone,
      state: control.state,
      timer: hastyTimer(),
    }),
    state: control.state,
    yeses: createValueYeses({ grants: given.ledger, keyed }),
  });
  return {
    clock,
    decisionPoint,
    openSecret: given.openSecret,
    state: control.state,
    fellows: alone,
    ownTold,
    lentKeys: { look: async () => undefined, fetchAhead: async () => undefined },
    identity: createIdentityGate({ markClaims: claimMarks(sealKeys) }),
    standing: given.standing,
    rates: createRates(),
    openCalls: given.openCalls,
    refusals,
    softened,
    shadows,
    counts,
    signals: createResultSignals(counts),
    scoped: createScopedData(counts),
    quotas: createQuotas(reservationsOf(given.reserved), clock),
    amounts: createTaskAmounts(reservationsOf(given.reserved), clock),
    tools,
    inspector,
    labels,
    objects: createTaskObjects({ book: given.objects, keyed, clock }),
    outflow: createOutflow({ book: given.outflow ?? outflowInMemory(), keyed, clock }),
    spoken: createSpoken({
      words: taskWords,
      tasks,
      memory: flowMemory,
      flow,
      labels,
      recorder,
      read: readStatement,
      clock,
    }),
    flow,
    policy: createPolicyGate({
      engine: createInlineEngine(),
      kinds: [toolServerKind, modelKind],
    }),
    approvals,
    keyed,
    recorder,
    upstreams,
    words,
    serverStates,
    control,
    modelConnections,
    lender,
    asks,
    questions,
    pages,
    actions: actions({
      tools,
      upstreams,
      intake,
      connections: modelConnections,
      talk,
      pages: { kept: pages, clock },
    }),
    look: createLook({ tools, state: control.state, catalogue, states: serverStates, clock }),
    unreconciled,
    terminal: createTerminal({
      recorder,
      inspector,
      refusals,
      softened,
      approvals,
      unreconciled,
      clock,
    }),
  };
}

/** A control that takes what it is told, and whose overlay with it is still to come. */
function slowEffects(): FakeEffects {
  const effects = new FakeEffects();
  effects.number = 1_000_000;
  return effects;
}
