import { type Compiler, createCompiler } from '#config/index.ts';
import {
  createFileKeyring,
  type FileKeyring,
  openLoginDrop,
} from '#adapters/keyring/file/index.ts';
import { createDeskRecorder, type DeskRecorder } from '#contracts/desk.ts';
import type { KeptHolds } from '#contracts/kept-holds.ts';
import type { KeptRights } from '#contracts/kept-rights.ts';
import type { Store } from '#contracts/store.ts';
import type { Tombstones } from '#contracts/tombstones.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import type { Desks } from '#api/index.ts';
import { namedBy } from '#config/index.ts';
import { createMissingDesk } from '#planes/audit/index.ts';
import {
  createDelegationDesk,
  type DelegationKeeper,
  type OAuthServer,
} from '#planes/delegation/index.ts';
import {
  assertionKey,
  type AssertionSigner,
  createAssertionSigner,
  createSecretDesk,
  type Vault,
  carriedKey,
  createCarriedTokens,
  transactionKey,
} from '#planes/credentials/index.ts';
import { createDirectoryDesk, createScimDesk } from '#planes/directory/index.ts';
import {
  createEnrolment,
  createIdentityDesk,
  createLoginWatch,
  createApiTokenDesk,
  createCommandLineDesk,
  createElevationDesk,
  createPeopleDesk,
  createTaskDesk,
  type Enrolment,
  type LoginWatch,
  type TaskKeeper,
} from '#planes/identity/index.ts';
import { doubtDraft, rulesInForce } from '#planes/policy/index.ts';
import {
  createAgentChecks,
  createReviewDesk,
  createStandingDesk,
  type OwnerKeeper,
} from '#planes/lifecycle/index.ts';
import { createPasskeyDesk, endSignIns } from '#planes/passkeys/index.ts';
import { mendingSignIns } from '#planes/sign-in/index.ts';
import { createIndexDesk } from '#planes/query/index.ts';
import type { Wiring } from '#wiring/index.ts';
import { join } from 'node:path';
import { loginFolder } from '../../../sdk/login-file.ts';
import { createPlaneParts, documentKinds } from '../catalogue.ts';
import { tell } from '../child.ts';
import { holdProgramLog, openProgramLog, type ProgramLog } from '../program-log.ts';
import type { ControlSettings } from '../settings.ts';
import { openLeftDesks } from './left-desks.ts';
import { openAnnotations } from './annotations.ts';
import { configurationsOf } from './configurations.ts';
import { openEvidence, type OpenEvidence } from './evidence.ts';
import { keepLogDirectory, type RunningDirectory } from './log-directory.ts';
import { type RunningExports, startExports } from './exports.ts';
import { type RunningIndex, startRecordIndex } from './record-index.ts';
import { folderHeld, loggedAs, openDocumentDesks } from './changes.ts';
import { openExchange, type OpenExchange } from './exchange.ts';
import { openWorkloads } from './workloads.ts';
import { openDelegations, taskRecorder } from './delegations.ts';
import { openOAuth } from './oauth.ts';
import { openVault } from './own-secrets.ts';
import { openTasks } from './open-tasks.ts';
import { openStore } from './open-store.ts';
import { type OpenSignIns, openSignIns } from './sign-ins.ts';
import { openOwners } from './owners.ts';
import { type KeptGround, keepStore } from './keep-store.ts';
import { keepHeld, openErased, openPrivacyDesk } from './privacy.ts';
import { keepPeopleRights } from './rights.ts';
import { openToolDesk } from './tools.ts';
import { openWiring } from './wiring.ts';
import { approvalDesks } from './yeses.ts';
import { type OpenAnchors, openAnchors } from './anchors.ts';
import type { OpenArchive } from './archive.ts';
import { openKeeping, type OpenRetention } from './retention.ts';
import { type OpenWitnesses, openWitnesses } from './witnesses.ts';
import { type ControlStops, openStops } from './stop-file.ts';

const writer = 'control-1';

export interface OpenControl extends OpenSignIns, Omit<KeptGround, 'kept'> {
  /** Told what gateways say once they are listened to; until then there are none. */
  readonly gateways: { health: () => readonly JsonObject[] };
  readonly keyring: FileKeyring;
  readonly store: Store;
  readonly tombstones: Tombstones;
  readonly keptHolds: KeptHolds;
  readonly keptRights: KeptRights;
  readonly witnesses: OpenWitnesses;
  readonly anchors: OpenAnchors;
  readonly archive: OpenArchive;
  readonly retention: OpenRetention;
  readonly log: ProgramLog;
  readonly planes: ReturnType<typeof createPlaneParts>;
  readonly enrolment: Enrolment;
  readonly compiler: Compiler;
  readonly vault: Vault;
  readonly tasks: TaskKeeper;
  readonly delegations: DelegationKeeper;
  readonly owners: OwnerKeeper;
  readonly exchange: OpenExchange;
  readonly assertions: Pick<AssertionSigner, 'jwk'>;
  readonly transactions: Pick<AssertionSigner, 'jwk'>;
  readonly oauth: OAuthServer;
  readonly desks: Desks;
  readonly wiring: Wiring;
  readonly stops: ControlStops;
  readonly records: RunningIndex;
  readonly evidence: OpenEvidence;
  readonly directory: RunningDirectory;
  readonly exports: RunningExports;
  readonly logins: LoginWatch;
}

/** What everything stands on: keys, log and store, held by this program alone. */
async function openGround(settings: ControlSettings) {
  const clock = systemClock;
  const keyring = await createFileKeyring({ folder: settings.keys, data: settings.data });
  const { data, tenant } = settings;
  // Once an earlier control has ended its store is free too; and a store that cannot be opened
  // must leave no trace in the log.
  const hold = await holdProgramLog(data, writer);
  tell({ event: 'progress', text: 'opening the store' });
  const ratchetFolder = join(settings.keys, 'ratchet');
  const signer = await keyring.signer('log');
  const witnesses = await openWitnesses(settings, { signer, writer, ratchetFolder });
  const anchors = openAnchors(settings, { signer, ratchetFolder });
  const plainStore = await openStore(settings, clock, await keyring.tenants());
  const known = await keepPeopleRights(plainStore, {
    folder: ratchetFolder,
    keyring,
  });
  const { keptRights } = known;
  const { store: plain, keptHolds, takings } = await keepHeld(known.store, ratchetFolder);
  const { payloadKeys } = plain;
  const place = { data, writer, tenant, ratchetFolder, ...loggedAs(settings) };
  const log = await openProgramLog({ ...place, keyring, clock, hold, payloadKeys });
  const tombstones = await openErased(plain, log, ratchetFolder);
  const { kept, ratchet, keptStops, yeses } = await keepStore(plain, log, place);
  const stops = openStops({ store: kept, recorder: log.recorder, data, tenant, clock });
  const assertions = createAssertionSigner(await keyring.signer(assertionKey));
  const transactions = createAssertionSigner(await keyring.signer(transactionKey));
  const { publicKey } = await keyring.signer('log');
  const carried = createCarriedTokens(await keyring.wrapper(carriedKey));
  const { store } = stops;
  const signers = { assertions, transactions, carried };
  const ends = { witnesses, anchors, tombstones, keptHolds, keptRights, keptStops, takings, yeses };
  return { keyring, publicKey, logSigner: signer, log, ratchet, stops, store, ...ends, ...signers };
}

/** Everything of the control program, opened; nothing listens yet. */
export async function openControl(settings: ControlSettings): Promise<OpenControl> {
  const clock = systemClock;
  const { tenant } = settings;
  const ground = await openGround(settings);
  const { keyring, log, store } = ground;
  const recorder = createDeskRecorder(log.recorder, { outbox: store.outbox, clock });
  const planes = createPlaneParts({
    onDoubt: (doubt) => void recorder.record(doubtDraft(writer, doubt)).catch(() => undefined),
  });
  const gateways: OpenControl['gateways'] = { health: () => [] };
  const tasks = openTasks(store, log, tenant);
  const snapshot = () => compiler.current();
  const enrolment = await openEnrolment(ground, recorder, {
    tenant,
    snapshot,
    onRosterChange: () => wiring.settle('roster'),
  });
  ground.yeses.judgeBy(snapshot);
  const onPublished = (next: Snapshot) => {
    void exchange.consents.follow(next).catch(notFollowed);
    void oauth.changes.follow(next).catch(notFollowed);
  };
  const made = configurationsOf(keyring, planes.all);
  const ruling = { store, log, recorder, planes, settings, enrolment, tasks, gateways };
  const compiler = openCompiler({ ...ruling, made, onPublished });
  const vault = openVault(ground, recorder);
  const settle: Wiring['settle'] = (kind) => wiring.settle(kind);
  const signIns = await openSignIns({ ...ground, recorder, clock, settle, tenant, snapshot });
  const delegations = openDelegations({
    store,
    log,
    enrolment,
    tasks,
    sessions: signIns.sessions,
    snapshot,
    settled: () => wiring.settle('delegation-ended'),
  });
  const owners = openOwners(store);
  const { sessions, userTokens: users } = signIns;
  const shared = { store, enrolment, recorder, sealed: log.recorder, clock, snapshot };
  const lent = { delegations, users, sessions, carried: ground.carried };
  const exchange = openExchange({ ...shared, ...lent });
  const oauth = openOAuth({ ...shared, sessions, delegations, health: () => gateways.health() });
  const { yeses } = ground;
  const wired = { store, log, compiler, tasks, delegations, sessions, owners, clock, yeses };
  const wiring: Wiring = openWiring(wired);
  const records = startRecordIndex({ ...ground, ...settings, writer, recorder });
  const ofLog = await openOfLog(settings, ground, { recorder, snapshot, records });
  const rights = { keptRights: mendingSignIns(ground.keptRights, sessions) };
  const opened = { ...ground, ...rights, ...signIns, ...ofLog, records, planes, gateways };
  const built = { compiler, vault, tasks, delegations, exchange, oauth, owners, wiring };
  const parts = { ...opened, enrolment, ...built };
  const desks = createDesks(parts, settings);
  const drop = openLoginDrop(loginFolder(settings.keys));
  const logins = createLoginWatch({ drop, desk: desks.people, clock });
  return { ...parts, desks, logins };
}

/** What goes on with the logs beside what is written there. */
async function openOfLog(
  settings: ControlSettings,
  ground: Awaited<ReturnType<typeof openGround>>,
  of: {
    readonly recorder: DeskRecorder;
    readonly snapshot: () => Snapshot | undefined;
    readonly records: RunningIndex;
  },
) {
  const keeping = await openKeeping({ ...ground, settings, writer, snapshot: of.snapshot });
  const directory = keepLogDirectory(ground.log, { ...ground, ...settings });
  const evidence = openEvidence(settings, { ...ground, ...of, writer });
  const exports = await startExports(settings, ground, of.recorder);
  return { ...keeping, directory, evidence, exports };
}

/** Who comes in as an agent: by a join token, or by the word of a platform that a document names. */
function openEnrolment(
  { store, keyring }: Pick<OpenControl, 'store' | 'keyring'>,
  recorder: DeskRecorder,
  of: {
    readonly tenant: string;
    readonly snapshot: () => Snapshot | undefined;
    /** The roster is owed since the book changed; whoever waits is told when it is out. */
    readonly onRosterChange: () => Promise<void>;
  },
): Promise<Enrolment> {
  const { tenant, snapshot, onRosterChange } = of;
  const clock = systemClock;
  return createEnrolment({
    instances: store.instances,
    keyring,
    recorder,
    clock,
    knownAgent: (among, name) => snapshot()?.tenants[among]?.agents[name] !== undefined,
    onRosterChange,
    tenant,
    workloads: openWorkloads({ clock, snapshot }),
  });
}

/** Documents become what is in force: compiled by every plane, on record, with a task for each agent. */
function openCompiler(
  parts: Pick<OpenControl, 'store' | 'log' | 'planes' | 'enrolment' | 'tasks' | 'gateways'> & {
    readonly made: ReturnType<typeof configurationsOf>;
    readonly recorder: DeskRecorder;
    readonly settings: ControlSettings;
    readonly onPublished: (next: Snapshot) => void;
  },
): Compiler {
  const { store, recorder, settings, enrolment, tasks, gateways, onPublished } = parts;
  const compiler: Compiler = createCompiler({
    store,
    kinds: documentKinds,
    ...parts.made,
    record: (draft) => recorder.record(draft),
    alsoApplied: ({ tenants }) => rulesInForce(tenants[settings.tenant]),
    clock: systemClock,
    tenant: settings.tenant,
    trust: () => enrolment.trust(),
    beforePublish: (next) => tasks.publish(next),
    onPublished,
    gateways: () => gateways.health(),
    alsoWrong: createAgentChecks({ ...store, snapshot: () => compiler.current() }),
    ...folderHeld(parts, () => compiler),
  });
  return compiler;
}

/** It is tried again with the next look at what is over. */
function notFollowed(fault: unknown): void {
  tell({ event: 'progress', text: `consents: ${String(fault)}` });
}

/** What people do, each kind at its own desk. */
function createDesks(
  parts: Omit<OpenControl, 'desks' | 'logins'>,
  settings: ControlSettings,
): Desks {
  const { store, log, enrolment, compiler, vault, tasks, wiring, stops } = parts;
  const { delegations, oauth, owners } = parts;
  const { overlay, instances, catalogue, documents } = store;
  const clock = systemClock;
  const recorder = createDeskRecorder(log.recorder, { outbox: store.outbox, clock });
  const shared = { recorder, clock };
  const snapshot = () => compiler.current();
  const recompile = () => compiler.recompile();
  const onRosterChange = () => wiring.settle('roster');
  return {
    ...approvalDesks({ ...shared, ...parts, snapshot }),
    directory: createDirectoryDesk({ ...shared, directory: store.directory }),
    scim: createScimDesk({ ...shared, directory: store.directory }),
    ...openDocumentDesks({ ...shared, store, settings, compiler, keys: log.tenants }),
    identity: createIdentityDesk({ ...shared, enrolment, instances, overlay, onRosterChange }),
    consents: oauth.consents,
    delegations: createDelegationDesk({ book: store.delegations, delegations }),
    ...peopleDesks(parts, shared, settings.tenant),
    annotations: openAnnotations({ log, queries: parts.records.queries, snapshot }),
    privacy: openPrivacyDesk(parts),
    missing: createMissingDesk({ ...shared, ...store, directory: parts.directory }),
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
      snapshot,
      kinds: documentKinds,
      systemTenant: settings.tenant,
      keptIn: (id) => stops.urgent.keptIn(id),
      presenceOf: (...of) => owners.presenceOf(...of),
    }),
    reviews: createReviewDesk({ ...shared, ...store, snapshot, recompile }),
    recordIndex: createIndexDesk({ recorder, queries: parts.records.queries }),
    ...openLeftDesks(store, shared),
    tasks: createTaskDesk({
      ...store,
      recorder: taskRecorder(log, recorder),
      clock,
      keeper: tasks,
      snapshot,
    }),
    tools: openToolDesk({ ...shared, store, snapshot, recompile }),
  };
}

/** Who people are, what they may, and by what they come. */
function peopleDesks(
  {
    store,
    sessions,
    compiler,
    place,
    keptRights,
  }: Pick<OpenControl, 'store' | 'sessions' | 'compiler' | 'place' | 'keptRights'>,
  shared: { readonly recorder: DeskRecorder; readonly clock: Clock },
  systemTenant: string,
): Pick<Desks, 'apiTokens' | 'commandLine' | 'elevation' | 'passkeys' | 'people'> {
  const { people, tasks, passkeys, apiTokens: tokens } = store;
  const publicUrl = () => place.url;
  const apiTokens = createApiTokenDesk({ ...shared, people, sessions, tokens });
  return {
    apiTokens,
    commandLine: createCommandLineDesk({ ...shared, tokens: apiTokens }),
    elevation: createElevationDesk({ ...shared, people }),
    passkeys: createPasskeyDesk({
      ...shared,
      people,
      sessions,
      passkeys,
      publicUrl,
      tenant: systemTenant,
    }),
    people: createPeopleDesk({
      ...shared,
      people,
      systemTenant,
      keptRights,
      tasks,
      snapshot: () => compiler.current(),
      endSignIns: endSignIns(sessions),
    }),
  };
}
