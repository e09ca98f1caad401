import { writeFile } from 'node:fs/promises';
import {
  createPersonTurns,
  type ControlParts,
  type ControlApi,
  createControlApi,
  createRepeatedActs,
  createRunningReplays,
  repeatsKey,
  createMetrics,
  describeStatus,
  notServing,
  type StatusParts,
  type Vitals,
} from '#api/index.ts';
import { folderMark } from '#config/index.ts';
import { claimMarks } from '#contracts/claim-marks.ts';
import { neededSecrets } from '#contracts/document-kind.ts';
import { oweRoster } from '#contracts/owed.ts';
import { partProblemText } from '#contracts/plane-part.ts';
import type { Store } from '#contracts/store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { systemClock } from '#kernel/time.ts';
import { createAuditReader } from '#planes/audit/index.ts';
import { policyHealthTold, shadowReportOf } from '#planes/policy/index.ts';
import { serveStatePort, type StatePortServer } from '#storage/socket/index.ts';
import { createRounds, fenceGateways, sayWaiting, withTypedWords } from '#wiring/index.ts';
import { documentKinds } from '../catalogue.ts';
import { endWith, hearOfLost, receiveSettings, runProgram, tell } from '../child.ts';
import { controlSettings, type ControlSettings, type LostProgram } from '../settings.ts';
import { lookAtReviews } from './changes.ts';
import { checkPolicies } from './check-policies.ts';
import { followDocuments, sayUnapplied } from './documents.ts';
import { type OpenControl, openControl } from './parts.ts';
import { folderToRead, ownSecrets } from './own-secrets.ts';
import { followOwners } from './owners.ts';
import { followBackups } from './running-backup.ts';
import { replayPolicies } from './replay.ts';
import { voidWhatWasRestored } from './restored.ts';
import { watchRights } from './rights.ts';
import { keepStopNames } from './stop-names.ts';
import { sweepHomes } from './sweep-homes.ts';
import { withTold } from './told.ts';

const expiryMs = 1_000;
const waitingMs = 2_000;
/** How long writes may stay refused that nobody need fear any more. */
const fenceMs = 200;
/** Also how long a gateway whose log begins anew may wait for its answer. */
const ratchetMs = 500;
const loginMs = 500;
const holdsMs = 5_000;

/** The control program: owns the store, compiles documents, serves people and the state port. */
async function main(): Promise<void> {
  const settings = await receiveSettings(controlSettings);
  const lost = hearOfLost(settings.lost);
  const control = await openControl(settings);
  const { store, log, compiler, wiring } = control;
  await seed(control, settings);
  const config = folderToRead(log, settings.tenant, settings.config);
  // Before it is read: what is written meanwhile is another mark.
  const mark = config === undefined ? '' : await folderMark(config);
  if (config !== undefined) await compiler.loadFolder(config);
  sayUnapplied(compiler.problems());
  tell({ event: 'progress', text: 'compiling the documents' });
  await compiler.recompile();
  // Its day begins with the first start of all, whoever asks for it later.
  await store.documentReviews.bootstrap(settings.tenant, systemClock.now());
  // Made anew at every start, whatever was owed.
  await store.outbox.put([oweRoster(settings.tenant, systemClock.now())]);
  await wiring.start();
  const stopFile = await control.stops.follow();
  const fences = fenceGateways({
    effects: store.effects,
    clock: systemClock,
    onFault: (what, fault) => tell({ event: 'progress', text: `${what}: ${String(fault)}` }),
  });
  await fences.start();
  const port = await serveStatePort({
    path: settings.statePort,
    store: await withTold(control, settings.data),
    onGateway: (what, gateway) => fences[what](gateway),
  });
  control.gateways.health = () => port.health();
  const backups = await followBackups(settings, store, log);
  const api = await openApi(control, settings, { port, lost });
  await offerSetup(store, settings, control.place.url);
  const stopLooking = await lookNowAndThen(control, settings.tenant);
  const documents = config === undefined ? undefined : followDocuments(compiler, config, mark);
  const owners = followOwners(store);
  const stopNames = keepStopNames(store.snapshots, settings.data, settings.tenant);
  const waiting = lookAtWaiting(store, settings.tenant);
  const homes = sweepHomes(store.snapshots, settings.data);
  endWith(async () => {
    stopLooking();
    documents?.stop();
    stopNames();
    owners();
    homes();
    clearInterval(waiting);
    stopFile.stop();
    fences.stop();
    await api.close();
    await backups.close();
    await Promise.all([control.records.stop(), control.exports.stop()]);
    await port.close();
    await wiring.stop();
    await store.close();
    await control.directory.last();
    // Last: whoever waits for the lock of this log finds the store free too.
    await log.close();
  });
  tell({ event: 'ready', urls: { console: api.url } });
}

function lookAtWaiting({ catalogue }: Store, tenant: string): NodeJS.Timeout {
  const say = (text: string) => tell({ event: 'progress', text });
  const look = sayWaiting({ catalogue, tenant, say });
  return setInterval(() => void look().catch(() => undefined), waitingMs);
}

/** What is over, what waits and what was put back is found by looking; answers how to stop. */
async function lookNowAndThen(control: OpenControl, tenant: string): Promise<() => void> {
  const expire = expiryOf(control);
  const timers = [
    setInterval(() => void expire(), expiryMs),
    setInterval(() => void expireEffects(control), fenceMs),
    setInterval(() => void lookForLogins(control), loginMs),
    setInterval(() => void lookAtRatchet(control), ratchetMs),
    setInterval(() => void lookAtHolds(control), holdsMs),
  ];
  const stopReviews = await lookAtReviews(control, tenant);
  const stopAsking = control.witnesses.start();
  const stopAnchoring = control.anchors.start();
  const stopEvidence = control.evidence.start();
  const stopArchiving = control.archive.start();
  const stopNoting = control.directory.start();
  const stopPruning = control.retention.start();
  const stopWatching = watchRights(control.keptRights, control.log);
  return () => {
    for (const timer of timers) clearInterval(timer);
    stopReviews();
    stopAsking();
    stopAnchoring();
    stopEvidence();
    stopArchiving();
    stopNoting();
    stopPruning();
    stopWatching();
  };
}

/** What a restore voids; then secrets of the demo, made at run time: a user's own come through the API. */
async function seed(control: OpenControl, settings: ControlSettings): Promise<void> {
  await voidWhatWasRestored(control, settings);
  await ownSecrets(control);
  const { tenant } = settings;
  for (const [name, text] of Object.entries(settings.seedSecrets))
    await control.vault.put({ tenant, name, value: Buffer.from(text), by: 'demo' });
}

async function openApi(
  control: OpenControl,
  settings: ControlSettings,
  asked: Omit<StatusAsked, 'tenant'>,
): Promise<ControlApi> {
  const repeats = createRepeatedActs({
    book: control.store.repeats,
    sealed: await control.keyring.wrapper(repeatsKey),
    clock: systemClock,
  });
  const parts = apiParts(control, settings, { ...asked, repeats });
  const api = await createControlApi(parts, settings.listen, settings.publicUrl);
  control.place.url = settings.publicUrl ?? api.url.replace('//127.0.0.1:', '//localhost:');
  return api;
}

function apiParts(
  control: OpenControl,
  settings: ControlSettings,
  { port, lost, repeats }: Omit<StatusAsked, 'tenant'> & Pick<ControlParts, 'repeats'>,
): ControlParts {
  const { store, sessions, signIn, enrolment, delegations, exchange, desks, planes } = control;
  const { log, compiler } = control;
  return {
    store,
    sessions,
    signIn,
    enrolment,
    delegations,
    exchange: exchange.exchange,
    assertionJwk: control.assertions.jwk,
    transactionJwk: control.transactions.jwk,
    oauth: control.oauth,
    desks,
    planes,
    configuration: () => compiler.configuration(),
    systemTenant: settings.tenant,
    publicUrl: () => control.place.url,
    clock: systemClock,
    recorder: log.recorder,
    reader: createAuditReader({ readers: () => log.readers(), sealer: log.sealer }),
    records: withTypedWords(control.records.queries, log.sealer),
    exports: (tenant) => control.exports.health(tenant),
    evidence: control.evidence,
    retention: (tenant) => control.retention.show(tenant),
    markClaims: claimMarks(log.tenants),
    proposals: compiler,
    shadows: (tenant) => {
      const digest = compiler.configuration()?.of(planes.policy).shadowDigest(tenant);
      return shadowReportOf(tenant, port.health(), digest);
    },
    checks: createPersonTurns(),
    checkPolicies: (tenant, policies) => checkPolicies(control, tenant, policies),
    replayPolicies: (asked) =>
      replayPolicies(
        {
          ...planes,
          store,
          log,
          proposals: compiler,
          configuration: () => compiler.configuration(),
        },
        asked,
      ),
    replays: createRunningReplays(),
    repeats,
    snapshot: () => compiler.current(),
    neededSecrets: (tenant) => neededSecrets(documentKinds, compiler.current()?.tenants[tenant]),
    servers: (tenant) => port.servers().filter(({ report }) => report.tenant === tenant),
    status: (tenant) => describeStatus(statusParts(control, settings, { port, lost, tenant })),
    vitals: vitalsOf(control, settings, (tenant) =>
      statusParts(control, settings, { port, lost, tenant }),
    ),
  };
}

interface StatusAsked {
  readonly port: StatePortServer;
  readonly lost: () => readonly LostProgram[];
  readonly tenant: string;
}

function statusParts(
  control: OpenControl,
  settings: ControlSettings,
  { port, lost, tenant }: StatusAsked,
): StatusParts {
  const { store, keyring, wiring, compiler, planes, log } = control;
  return {
    clock: systemClock,
    store,
    keyring,
    putBack: () => control.ratchet.open(),
    witness: () => control.witnesses.health(),
    anchors: () => control.anchors.health(),
    evidence: () => control.evidence.health(),
    archive: () => control.archive.health(),
    space: () => log.space(),
    index: () => control.records.health(tenant),
    missingLogs: () => control.directory.missing(tenant),
    clockJump: () => log.clockJump(),
    holdsDiffer: () => control.keptHolds.seen(tenant),
    rightsDiffer: () => control.keptRights.seen(tenant),
    overrides: () => control.yeses.overrides.list(tenant),
    stopsDiffer: () => control.keptStops.seen(tenant),
    acceptedLosses: () => control.directory.accepted(tenant).length,
    exports: () => control.exports.health(tenant),
    lost,
    failing: () => wiring.failing(),
    unapplied: () => compiler.problems(),
    policy: {
      health: policyHealthTold(planes.policy.health()),
      warnings: (compiler.configuration()?.warnings ?? []).map(partProblemText),
    },
    recorder: log.recorder,
    settings,
    privateRuntime: process.env['BAILIWICK_RUNTIME'] === 'private',
    tenant,
    snapshot: compiler.current(),
    kinds: documentKinds,
    servers: port.servers(),
    gateways: () => port.health(),
    gatewaysWanted: settings.gateways,
    places: placesOf(settings),
    owners: () => control.owners.seen(tenant),
    recentLogin: () => control.logins.recent(),
  };
}

function placesOf(settings: ControlSettings): StatusParts['places'] {
  const { host, publicUrl } = settings.gatewayPlace;
  return [
    { name: 'control', host: settings.listen.host, publicUrl: settings.publicUrl },
    { name: 'gateway', host, publicUrl },
  ];
}

function vitalsOf(
  { log }: OpenControl,
  { tenant }: ControlSettings,
  status: (tenant: string) => StatusParts,
): Vitals {
  return {
    notServing: () => notServing(status(tenant)),
    metrics: createMetrics({
      status: () => status(tenant),
      node: process.version,
      log: () => ({ records: log.records(), lag: log.lag() }),
    }),
  };
}

function expiryOf(control: OpenControl): () => Promise<void> {
  const { desks, store, sessions, delegations, exchange, oauth, compiler } = control;
  return createRounds(
    {
      'sign-ins': () => sessions.expire(),
      delegations: () => delegations.expire(),
      consents: async () => {
        const now = compiler.current();
        if (now !== undefined) await exchange.consents.follow(now);
      },
      clients: async () => {
        const now = compiler.current();
        if (now !== undefined) await oauth.changes.follow(now);
      },
      approvals: () => desks.approvals.expire(),
      reservations: () => store.reservations.settleExpired(systemClock.now()),
      'repeated acts': () => store.repeats.forget(systemClock.now()),
    },
    (what, fault) => tell({ event: 'progress', text: `expiry of ${what}: ${String(fault)}` }),
  );
}

async function lookAtRatchet({ ratchet }: OpenControl): Promise<void> {
  await ratchet.look().catch((fault: unknown) => {
    tell({ event: 'progress', text: `ratchet: ${String(fault)}` });
  });
}

/** Who edits the store while everything runs is told of too, and whatever erases looks again by itself. */
async function lookAtHolds({ store, keptHolds }: OpenControl): Promise<void> {
  try {
    const { spent } = await store.marks.current();
    for (const tenant of Object.keys(spent)) await keptHolds.differences(tenant);
  } catch (fault) {
    tell({ event: 'progress', text: `holds: ${String(fault)}` });
  }
}

async function lookForLogins({ logins }: OpenControl): Promise<void> {
  await logins.look().catch((fault: unknown) => {
    tell({ event: 'progress', text: `login: ${String(fault)}` });
  });
}

async function expireEffects({ store }: OpenControl): Promise<void> {
  // The store is away or full: what stands there goes on refusing, and the next round asks again.
  await store.effects.expire(systemClock.now()).catch(() => undefined);
}

/** Until there is a first admin: a one-time link, in a file that only its owner can read. */
async function offerSetup(store: Store, settings: ControlSettings, url: string): Promise<void> {
  if ((await store.people.list(settings.tenant)).length > 0) return;
  const link = newCapability();
  await store.people.addSetupLink({
    digest: sha256Hex(link),
    expiresAt: systemClock.now() + limits.setupLinkMs,
  });
  // In the fragment: it reaches no server log and no Referer header.
  await writeFile(settings.setupFile, `${url}/#setup=${link}\n`, { mode: 0o600 });
}

runProgram(main);
