import { createObjectDesk } from '#planes/monitoring/index.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ControlParts,
  createControlApi,
  createPersonTurns,
  createRepeatedActs,
  createRunningReplays,
  repeatsKey,
  type Desks,
  type SeenServer,
} from '#api/index.ts';
import { createOidc } from '#adapters/identity-provider/oidc/index.ts';
import { createOutbounds } from '#adapters/outbound/index.ts';
import { claimMarks } from '#contracts/claim-marks.ts';
import type { IdentityProvider } from '#contracts/identity-provider.ts';
import { nothingDiffers } from './kept-rights.ts';
import type { UserTokens } from '#contracts/person-session.ts';
import { createTurns } from '#kernel/turns.ts';
import {
  alterTenant,
  compileSnapshot,
  createChangeDesk,
  createDocumentDesk,
  type DocumentDeskParts,
  namedBy,
  proposeDocuments,
  type Proposing,
  type Step,
  withSteps,
} from '#config/index.ts';
import type { RiskWorld } from '#contracts/document-risk.ts';
import { neededSecrets } from '#contracts/document-kind.ts';
import { createDeskRecorder } from '#contracts/desk.ts';
import { type Configuration, partProblemText, type PlanePart } from '#contracts/plane-part.ts';
import { owedKinds } from '#contracts/owed.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import type { Store } from '#contracts/store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Person, type Role, roles } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  createAnnotationDesk,
  createEffectDesk,
  createMissingDesk,
  createPrivacyDesk,
  type RetentionShown,
} from '#planes/audit/index.ts';
import {
  createDelegationDesk,
  createDelegations,
  type DelegationKeeper,
} from '#planes/delegation/index.ts';
import {
  assertionKey,
  createAssertionSigner,
  createSecretDesk,
  createSecretReader,
  createVault,
  transactionKey,
  carriedKey,
  createCarriedTokens,
} from '#planes/credentials/index.ts';
import { createDirectoryDesk, createScimDesk } from '#planes/directory/index.ts';
import {
  createEnrolment,
  createIdentityDesk,
  createApiTokenDesk,
  createCommandLineDesk,
  createElevationDesk,
  createKeyProofs,
  createPeopleDesk,
  createDelegatedTasks,
  createTaskDesk,
  type Enrolment,
} from '#planes/identity/index.ts';
import { createOAuthServer, type OAuthServer } from '#planes/delegation/index.ts';
import { createReviewDesk, createStandingDesk } from '#planes/lifecycle/index.ts';
import { createPasskeyDesk, endSignIns } from '#planes/passkeys/index.ts';
import { compileConfiguration } from '#gateway/index.ts';
import {
  configuredBy,
  createCookieBinding,
  sessionKey,
  createUserTokens,
  createSignInDesk,
  createSignIns,
  type SignIns,
} from '#planes/sign-in/index.ts';
import { shadowReportOf } from '#planes/policy/index.ts';
import { createIndexDesk, knowsTask } from '#planes/query/index.ts';
import { createToolAuthors, createToolDesk } from '#planes/tools/index.ts';
import {
  consentChanged,
  createOwedRecorder,
  createWiring,
  delegationEnded,
  endWithTask,
  endWithSession,
  forgetServer,
  recordOwed,
  type Wiring,
} from '#wiring/index.ts';
import { openKeptOverrides } from '#storage/ratchet/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { createPlaneParts, documentKinds } from '../../src/programs/catalogue.ts';
import { openExchange } from '../../src/programs/control/exchange.ts';
import { replayPolicies } from '../../src/programs/control/replay.ts';
import {
  approvalDesk,
  judgedGrants,
  overrideDesk,
  type Yeses,
} from '../../src/programs/control/yeses.ts';
import { answerBody } from './answer-body.ts';
import { sealKeys } from './approval-asks.ts';
import { FakeKeyring } from './fake-keyring.ts';
import { FakeLog } from './fake-log.ts';
import { FakeRecordQueries } from './fake-record-queries.ts';
import { FakeUserTokens } from './fake-sign-ins.ts';

/** No log is missing: directories are for the tests of theirs. */
const noMissing = { missing: () => [], accept: async () => '' };

const tenants = ['main', 'other'] as const;

/** What a class of logs says of itself; the real one is asked where it is made. */
const noLogs = {
  tenants: sealKeys,
  readers: () => [],
  sealer: { open: () => Promise.reject(new BailiwickError('audit/erased')) },
};

const shownRetention: RetentionShown = {
  retention: 'standard',
  effective: {
    minimumMs: 86_400_000,
    maximumMs: undefined,
    onlineMs: undefined,
    of: [{ name: 'r', profile: 'custom', basis: 'a contract', minimumMs: 86_400_000 }],
  },
  promisedMs: 2 * 86_400_000,
  enforcedBy: ['the store'],
  logs: [{ writer: 'gw', size: 900, begins: 256 }],
  next: [{ writer: 'gw', from: 256, to: 512, why: 'maximum', newest: 0 }],
  heldBy: ['case 17'],
  run: { at: 0, pruned: 256, kept: ['records wait'] },
};
export type Tenant = (typeof tenants)[number];

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A member that must be text. */
export function textAt(value: JsonObject, key: string): string {
  const found = value[key];
  if (typeof found !== 'string') throw new Error(`no text at ${key}`);
  return found;
}

/**
 * The control program without its processes: the true store, desks, planes and API, for two
 * tenants with people of each role, over a log in memory and a clock that stands still.
 */
export interface ControlWorld {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly log: FakeLog;
  /** What the API asks the index. */
  readonly records: FakeRecordQueries;
  readonly desks: Desks;
  readonly sessions: SignIns;
  readonly identityProvider: IdentityProvider;
  readonly userTokens: UserTokens;
  readonly enrolment: Enrolment;
  readonly oauth: OAuthServer;
  readonly delegations: DelegationKeeper;
  /** A provider of identities, `acme`. */
  readonly users: FakeUserTokens;
  /** What gateways said of tool servers. */
  readonly seen: SeenServer[];
  readonly url: string;
  /** Writes down what is owed, as the control program does by itself. */
  settle(): Promise<void>;
  /** While set, no configuration can be made. */
  compileFault: Error | undefined;
  snapshot(): Snapshot | undefined;
  recompile(): Promise<Snapshot>;
  person(role: Role, tenant?: Tenant): Person;
  credential(role: Role, tenant?: Tenant): string;
  addSetupLink(link: string): Promise<void>;
  ask(
    method: string,
    path: string,
    how?: { readonly as?: string | undefined; readonly body?: JsonObject },
  ): Promise<Answer>;
  close(): Promise<void>;
}

export async function createControlWorld(
  over: {
    readonly people?: boolean;
    readonly home?: boolean;
    readonly repeats?: Parameters<typeof createRepeatedActs>[0]['bounds'];
    /** What the world outside answers at an address. */
    readonly outside?: (url: string) => OutboundAnswer | undefined;
  } = {},
): Promise<ControlWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-control-'));
  const clock = new ManualClock();
  const { store, yeses } = judgedGrants(
    await openSqliteStore({ folder, clock }),
    { keys: sealKeys, overrides: openKeptOverrides(join(folder, 'ratchet'), clock) },
    clock,
  );
  const log = new FakeLog(clock);
  const planes = createPlaneParts();
  const compiler = createTwoTenantCompiler(store, clock, () => enrolment, planes.all);
  const enrolment: Enrolment = await createEnrolment({
    instances: store.instances,
    keyring: new FakeKeyring(),
    recorder: createDeskRecorder(log, { outbox: store.outbox, clock }),
    clock,
    knownAgent: (tenant, name) => compiler.current()?.tenants[tenant]?.agents[name] !== undefined,
    onRosterChange: async () => undefined,
  });
  yeses.judgeBy(() => compiler.current());
  await compiler.recompile();
  const keyring = new FakeKeyring();
  const identityProvider = createOidc({
    clock,
    outbound: createOutbounds(),
    secretOf: createSecretReader({
      wrapper: await keyring.wrapper('vault'),
      secrets: (tenant) => compiler.current()?.tenants[tenant]?.secrets,
    }),
    signer: await keyring.signer('sign-in'),
  });
  // Where it listens is known once it does.
  const place = { url: 'http://localhost:4011' };
  const configured = configuredBy(() => compiler.current());
  const sessions = createSignIns({
    book: store.signIns,
    recorder: createDeskRecorder(log, { outbox: store.outbox, clock }),
    clock,
    publicUrl: () => place.url,
    configured,
    cookies: createCookieBinding(await keyring.signer(sessionKey)),
    onEnded: async () => {
      await wiring.settle('session-ended');
      await wiring.settle('delegation-ended');
    },
  });
  const delegations = createWorldDelegations({ store, log, clock, enrolment, compiler }, sessions, {
    settled: () => wiring.settle('delegation-ended'),
  });
  const users = new FakeUserTokens(clock);
  const { exchange } = openExchange({
    carried: createCarriedTokens(await keyring.wrapper(carriedKey)),
    store,
    enrolment,
    delegations,
    sessions,
    users,
    clock,
    sealed: log,
    recorder: createDeskRecorder(log, { outbox: store.outbox, clock }),
    snapshot: () => compiler.current(),
  });
  const oauth = createOAuthServer({
    store,
    sessions,
    delegations,
    own: enrolment.own,
    proofs: createKeyProofs(clock),
    outbound: {
      fetch: async (asked) => {
        const answer = over.outside?.(asked.url);
        if (answer === undefined) throw new BailiwickError('outbound/unreachable');
        return answer;
      },
    },
    recorder: createDeskRecorder(log, { outbox: store.outbox, clock }),
    snapshot: () => compiler.current(),
    gateways: () => [{ origins: [gatewayOrigin] }],
    clock,
  });
  const desks = createDesks({
    yeses,
    keyring,
    store,
    log,
    clock,
    enrolment,
    compiler,
    delegations,
    sessions,
    oauth,
  });
  if (over.people !== false) await addPeople(store, clock);
  const seen: SeenServer[] = [];
  const records = new FakeRecordQueries(log, clock);
  const parts: ControlParts = {
    store,
    sessions,
    signIn: createSignInDesk({
      book: store.signIns,
      sessions,
      provider: identityProvider,
      configured,
      recorder: createDeskRecorder(log, { outbox: store.outbox, clock }),
      clock,
      publicUrl: () => place.url,
      tenant: 'main',
    }),
    desks,
    enrolment,
    delegations,
    exchange,
    assertionJwk: createAssertionSigner(await keyring.signer(assertionKey)).jwk,
    transactionJwk: createAssertionSigner(await keyring.signer(transactionKey)).jwk,
    oauth,
    reader: log,
    records,
    markClaims: claimMarks(sealKeys),
    evidence: { make: () => Promise.reject(new BailiwickError('api/not-found')) },
    exports: () => ({ sinks: [], silentMs: 0 }),
    retention: async () => [shownRetention],
    recorder: log,
    planes,
    configuration: () => compiler.configuration(),
    clock,
    systemTenant: 'main',
    publicUrl: () => place.url,
    checks: createPersonTurns(),
    checkPolicies: async () => ({ problems: [], warnings: [] }),
    proposals: compiler,
    shadows: (tenant) => shadowReportOf(tenant, [], undefined),
    // Over logs that hold nothing yet.
    replayPolicies: (asked) =>
      replayPolicies(
        { ...planes, store, log: noLogs, proposals: compiler, configuration: parts.configuration },
        asked,
      ),
    replays: createRunningReplays(),
    repeats: createRepeatedActs({
      book: store.repeats,
      sealed: await keyring.wrapper(repeatsKey),
      clock,
      ...(over.repeats === undefined ? {} : { bounds: over.repeats }),
    }),
    snapshot: () => compiler.current(),
    neededSecrets: (tenant) => neededSecrets(documentKinds, compiler.current()?.tenants[tenant]),
    servers: (tenant) => seen.filter(({ report }) => report.tenant === tenant),
    status: async (tenant) => ({ tenant }),
    vitals: { notServing: () => [], metrics: async () => '' },
  };
  const wiring: Wiring = createRecordWiring({ store, log, clock, compiler, delegations });
  const api = await createControlApi(parts, { host: '127.0.0.1', port: 0 });
  if (over.home === true) place.url = api.url.replace('127.0.0.1', 'localhost');
  return {
    clock,
    store,
    log,
    records,
    desks,
    sessions,
    identityProvider,
    userTokens: createUserTokens({ provider: identityProvider, configured, clock }),
    enrolment,
    oauth,
    delegations,
    users,
    seen,
    url: api.url,
    get compileFault() {
      return compiler.fault;
    },
    set compileFault(fault) {
      compiler.fault = fault;
    },
    snapshot: () => compiler.current(),
    recompile: () => compiler.recompile(),
    person: (role, tenant = 'main') => ({ tenant, name: `${role}-${tenant}`, roles: [role] }),
    credential: credentialOf,
    addSetupLink: (link) =>
      store.people.addSetupLink({
        digest: sha256Hex(link),
        expiresAt: clock.now() + limits.setupLinkMs,
      }),
    settle: () => wiring.settle('record'),
    async ask(method, path, how = {}) {
      const answer = await ask(api.url, { method, path, ...how });
      await wiring.settle('record').catch(() => undefined);
      return answer;
    },
    async close() {
      await api.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the gateway of this world says that it is met. */
export const gatewayOrigin = 'http://127.0.0.1:4010';

interface Compiler {
  fault: Error | undefined;
  current(): Snapshot | undefined;
  configuration(): Configuration | undefined;
  recompile(): Promise<Snapshot>;
  alone<Answer>(tenant: string, act: () => Promise<Answer>): Promise<Answer>;
  rehearse(tenant: string, document: StoredDocument): Promise<void>;
  rehearseWithout(tenant: string, kind: string, name: string): Promise<void>;
  rehearseSteps(tenant: string, steps: readonly Step[]): Promise<RiskWorld>;
  readonly propose: ControlParts['proposals']['propose'];
  readonly alter: ControlParts['proposals']['alter'];
}

function createTwoTenantCompiler(
  store: Store,
  clock: ManualClock,
  enrolment: () => Enrolment,
  planes: readonly PlanePart<unknown>[],
): Compiler {
  let configuration: Configuration | undefined;
  const current = () => configuration?.snapshot;
  const compile = async (
    added?: StoredDocument | Pick<StoredDocument, 'tenant' | 'kind' | 'name'>,
    of?: { readonly tenant: string; readonly steps: readonly Step[] },
  ): Promise<Snapshot> => {
    const sources = tenants.map(async (tenant) => {
      const stored = await store.documents.list(tenant);
      const kept = stored.filter(
        (one) => tenant !== added?.tenant || one.kind !== added.kind || one.name !== added.name,
      );
      return {
        tenant,
        documents:
          tenant === of?.tenant
            ? withSteps(stored, of.steps)
            : tenant === added?.tenant && 'spec' in added
              ? [...kept, added]
              : kept,
        pins: await store.catalogue.pins(tenant),
        secrets: await store.secrets.list(tenant),
      };
    });
    const compiled = compileSnapshot({
      kinds: documentKinds,
      tenants: await Promise.all(sources),
      epoch: 1,
      number: (current()?.number ?? 0) + 1,
      tokens: enrolment().trust(),
      now: clock.now(),
    });
    if (compiled.kind === 'compiled') return compiled.snapshot;
    const problems = compiled.problems.map(({ message }) => message);
    throw new BailiwickError('config/invalid', { details: { problems } });
  };
  const turns = createTurns();
  const proposing = (tenant: string): Proposing => ({
    store,
    kinds: documentKinds,
    clock,
    tenant,
    trust: () => enrolment().trust(),
    compile: (next, before) => compileConfiguration(planes, next, before),
  });
  const compiler: Compiler = {
    fault: undefined,
    current,
    configuration: () => configuration,
    async recompile() {
      if (compiler.fault !== undefined) throw compiler.fault;
      const compiled = await compileConfiguration(planes, await compile(), configuration);
      if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
      ({ configuration } = compiled);
      return configuration.snapshot;
    },
    alone: (tenant, act) => turns.take(tenant, act),
    async rehearseSteps(tenant, steps) {
      const next = await compile(undefined, { tenant, steps });
      const compiled = await compileConfiguration(planes, next, configuration);
      if (compiled.kind === 'refused') {
        const problems = compiled.problems.map(partProblemText);
        throw new BailiwickError('config/invalid', { details: { problems } });
      }
      return { before: current()?.tenants[tenant], after: next.tenants[tenant] };
    },
    alter: (base, tenant, change) => alterTenant(proposing(tenant), base, { tenant, change }),
    propose: (tenant, wanted) =>
      proposeDocuments(proposing(tenant), configuration, { tenant, wanted }),
    async rehearse(_tenant, document) {
      await compile(document);
    },
    async rehearseWithout(tenant, kind, name) {
      await compile({ tenant, kind, name });
    },
  };
  return compiler;
}

interface Parts {
  readonly store: Store;
  readonly log: FakeLog;
  readonly clock: ManualClock;
  readonly enrolment: Enrolment;
  readonly compiler: Compiler;
}

const noKeeper = {
  publish: async () => undefined,
  ended: () => undefined,
  waitMs: () => 0,
  inTurn: <T>(run: () => Promise<T>) => run(),
};

function createWorldDelegations(
  { store, log, clock, enrolment, compiler }: Parts,
  sessions: SignIns,
  { settled }: { readonly settled: () => Promise<void> },
): DelegationKeeper {
  const snapshot = () => compiler.current();
  const recorder = createDeskRecorder(log, { outbox: store.outbox, clock });
  return createDelegations({
    book: store.delegations,
    sessions,
    tasks: createDelegatedTasks({ ...store, recorder: log, clock, keeper: noKeeper, snapshot }),
    overlay: store.overlay,
    mint: (ask) => enrolment.mint(ask),
    recorder,
    snapshot,
    clock,
    settled,
  });
}

function createDesks(
  world: Parts & {
    readonly delegations: DelegationKeeper;
    readonly sessions: SignIns;
    readonly oauth: OAuthServer;
    readonly keyring: FakeKeyring;
    readonly yeses: Yeses;
  },
): Desks {
  const { store, log, clock, enrolment, compiler, delegations, sessions, oauth } = world;
  const { overlay, instances, catalogue, people, documents, secrets: book } = store;
  const shared = { recorder: createDeskRecorder(log, { outbox: store.outbox, clock }), clock };
  const recompile = () => compiler.recompile();
  const vault = createVault({ ...shared, book, keyring: world.keyring });
  const documentParts: DocumentDeskParts = {
    ...shared,
    documents,
    kinds: documentKinds,
    alone: (...of) => compiler.alone(...of),
    rehearse: (tenant, document) => compiler.rehearse(tenant, document),
    rehearseWithout: (...of) => compiler.rehearseWithout(...of),
    recompile,
  };
  const apiTokens = createApiTokenDesk({ ...shared, people, sessions, tokens: store.apiTokens });
  return {
    annotations: createAnnotationDesk({
      reader: log,
      knowsTask: knowsTask(new FakeRecordQueries(log, clock)),
      owns: ({ tenant, name }, agent) =>
        compiler.current()?.tenants[tenant]?.agents[agent]?.owner === name,
      recorder: log,
      clock,
    }),
    missing: createMissingDesk({ ...shared, ...store, directory: noMissing }),
    recordIndex: createIndexDesk({ ...shared, queries: new FakeRecordQueries(log, clock) }),
    approvals: approvalDesk({ ...shared, store, log: { tenants: sealKeys }, yeses: world.yeses }),
    overrides: overrideDesk({ ...shared, yeses: world.yeses, snapshot: () => compiler.current() }),
    documents: createDocumentDesk(documentParts),
    changes: createChangeDesk({
      ...documentParts,
      keys: sealKeys,
      reviews: store.documentReviews,
      rehearseSteps: (...of) => compiler.rehearseSteps(...of),
    }),
    identity: createIdentityDesk({
      ...shared,
      enrolment,
      instances,
      overlay,
      onRosterChange: async () => undefined,
    }),
    consents: oauth.consents,
    delegations: createDelegationDesk({ book: store.delegations, delegations }),
    apiTokens,
    commandLine: createCommandLineDesk({ ...shared, tokens: apiTokens }),
    elevation: createElevationDesk({ ...shared, people }),
    passkeys: createPasskeyDesk({
      ...shared,
      people,
      sessions,
      passkeys: store.passkeys,
      publicUrl: () => 'http://localhost:4011',
      tenant: 'main',
    }),
    people: createPeopleDesk({
      ...shared,
      people,
      tasks: store.tasks,
      snapshot: () => compiler.current(),
      systemTenant: 'main',
      endSignIns: endSignIns(sessions),
      keptRights: nothingDiffers,
    }),
    reviews: createReviewDesk({
      ...shared,
      ...store,
      snapshot: () => compiler.current(),
      recompile,
    }),
    directory: createDirectoryDesk({ ...shared, directory: store.directory }),
    scim: createScimDesk({ ...shared, directory: store.directory }),
    secrets: createSecretDesk({
      ...shared,
      vault,
      recompile,
      namedBy: namedBy({ documents, kinds: documentKinds }),
    }),
    standing: createStandingDesk({
      ...shared,
      overlay,
      instances,
      catalogue,
      snapshot: () => compiler.current(),
      kinds: documentKinds,
      systemTenant: 'main',
    }),
    privacy: createPrivacyDesk({
      ...store,
      keys: store.payloadKeys,
      tombstones: { add: () => undefined },
      keptHolds: { differences: async () => [], seen: () => [], mend: async () => undefined },
      sealer: { handleOf: async (_tenant, subject) => sha256Hex(subject).slice(0, 32) },
      reader: log,
      tenants: { destroy: () => true, destroyed: () => undefined },
      evidence: {
        of: () => undefined,
        sealedUnder: async () => ({ bodies: 0, looked: 0, isWhole: true }),
      },
      recorder: log,
      clock,
    }),
    objects: createObjectDesk({ ...shared, objects: store.objects }),
    effects: createEffectDesk({ ...shared, effects: store.effects, overlay }),
    tasks: createTaskDesk({
      ...store,
      recorder: log,
      clock,
      keeper: noKeeper,
      snapshot: () => compiler.current(),
    }),
    tools: createToolDesk({
      ...shared,
      catalogue,
      overlay,
      snapshot: () => compiler.current(),
      recompile,
      authors: createToolAuthors({ ...store, clock }),
    }),
  };
}

/** The true reaction, over this store's outbox and this log; the others have their own tests. */
function createRecordWiring({
  store,
  log,
  clock,
  compiler,
  delegations,
}: Omit<Parts, 'enrolment'> & { readonly delegations: DelegationKeeper }): Wiring {
  const records = createOwedRecorder({
    recorder: log,
    written: async () => new Set(),
    startedAt: clock.now() - 1,
  });
  const done: readonly string[] = [
    'record',
    'server-removed',
    'delegation-ended',
    'session-ended',
    'delegated-task-ended',
    'consent-changed',
  ];
  const ignored = owedKinds
    .filter((kind) => !done.includes(kind))
    .map((kind) => ({ kind, react: async () => undefined }));
  const recompile = () => compiler.recompile();
  const forget = forgetServer({
    catalogue: store.catalogue,
    documents: store.documents,
    alone: (...of) => compiler.alone(...of),
    recompile,
  });
  const reactions = [
    recordOwed(records),
    forget,
    delegationEnded(delegations),
    endWithTask(delegations),
    consentChanged(delegations),
    endWithSession(delegations),
    ...ignored,
  ];
  return createWiring({ outbox: store.outbox, clock, reactions, onFault: () => undefined });
}

/** As long as a true one, and the same in every run. */
function credentialOf(role: Role, tenant: Tenant = 'main'): string {
  return sha256Hex(`${role} ${tenant}`).slice(0, 44);
}

async function addPeople({ people }: Store, clock: ManualClock): Promise<void> {
  for (const tenant of tenants) {
    for (const role of roles) {
      await people.addPerson({
        person: { tenant, name: `${role}-${tenant}`, roles: [role] },
        credentialDigest: sha256Hex(credentialOf(role, tenant)),
        now: clock.now(),
      });
    }
  }
}

async function ask(
  url: string,
  asked: {
    readonly method: string;
    readonly path: string;
    readonly as?: string | undefined;
    readonly body?: JsonObject;
  },
): Promise<Answer> {
  const { method, path, as, body } = asked;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await answerBody(response) };
}
