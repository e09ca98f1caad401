import { type DocumentKind, neededSecrets } from '#contracts/document-kind.ts';
import type { Keyring } from '#contracts/keyring.ts';
import type { Store } from '#contracts/store.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { DiskSpace } from '#contracts/disk-space.ts';
import type { OverlayEntry, OverlayReason } from '#kernel/overlay.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { OwnersSeen } from '#planes/lifecycle/index.ts';
import type { ExportsHealth } from '#planes/export/index.ts';
import type { IndexHealth } from '#planes/query/index.ts';
import type {
  AnchorHealth,
  ArchiveHealth,
  MissingLog,
  Recorder,
  WitnessHealth,
} from '#planes/audit/index.ts';
import { policyFaults } from '#planes/policy/index.ts';
import type { EvidenceHealth } from '#planes/evidence/index.ts';
import { anchorItem } from './anchor-item.ts';
import { archiveItem } from './archive-item.ts';
import { clockItem, type ClocksSeen } from './clock-item.ts';
import { type KeptAlone, type KeptDifferences, keptItems } from './kept-items.ts';
import { evidenceItem } from './evidence-item.ts';
import { indexItem } from './index-item.ts';
import { exceptionsItem } from './exceptions-item.ts';
import { exportsItem } from './exports-item.ts';
import { httpsItem, type MetPlace } from './https-item.ts';
import { logDirectoryItem } from './log-directory-item.ts';
import { manifestsItem } from './manifests-item.ts';
import { phasesItem } from './phases-item.ts';
import type { SeenServer } from './parts.ts';
import { provenanceItem } from './provenance-item.ts';
import { ratchetItem } from './ratchet-item.ts';
import { clientsItem, peopleItem } from './sign-in-item.ts';
import { ownersItem, reviewsItem } from './oversight-item.ts';
import { type Mode, startedAs, withSecondPerson } from './second-person-item.ts';
import { spaceItem } from './space-item.ts';
import { toolServersItem } from './tool-servers-item.ts';
import { witnessItem } from './witness-item.ts';

/** A program that is not started any more, and why. */
interface LostProgram {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly suggestedAction: string;
}

export interface StatusParts extends KeptAlone, KeptDifferences, ClocksSeen {
  readonly store: Store;
  readonly keyring: Keyring;
  /** Data that was put back and that nobody has looked at. */
  readonly putBack: () => readonly { readonly of: string; readonly why: string }[];
  /** How far others remember the logs. */
  readonly witness: () => WitnessHealth;
  /** What others outside noted of the logs. */
  readonly anchors: () => AnchorHealth;
  /** Which packs of evidence are made, and which are due. */
  readonly evidence: () => EvidenceHealth;
  /** How far the logs are kept elsewhere. */
  readonly archive: () => ArchiveHealth;
  /** How much room there is for what comes. */
  readonly space: () => DiskSpace;
  /** How the index of the records stands. */
  readonly index: () => IndexHealth;
  /** Logs that were noted and are gone, or shorter than they were. */
  readonly missingLogs: () => readonly MissingLog[];
  /** How many are gone of which people said that they are missed no more. */
  readonly acceptedLosses: () => number;
  /** Who is sent the records, and how far that is. */
  readonly exports: () => ExportsHealth;
  /** Programs that are not started any more. */
  readonly lost: () => readonly LostProgram[];
  /** Why what is stored is not in force; empty when it is. */
  readonly unapplied: () => readonly string[];
  /** How control itself judges rules, and what authors should know of those that are in force. */
  readonly policy: { readonly health: JsonObject; readonly warnings: readonly string[] };
  /** Kinds of reactions that are owed and cannot be done now. */
  readonly failing: () => readonly string[];
  readonly recorder: Recorder;
  /** Whose tenant runs the system, and what runs. */
  readonly settings: Mode & { readonly tenant: string; readonly version: string };
  /** A Node from a package, made for this machine alone. */
  readonly privateRuntime: boolean;
  /** Whose agents, tools and stops are counted. */
  readonly tenant: string;
  readonly snapshot: Snapshot | undefined;
  /** Whose documents may name a secret. */
  readonly kinds: readonly DocumentKind[];
  /** How many there should be. */
  readonly gatewaysWanted: number;
  /** An admin who got a new credential by the folder of the keys, not long ago. */
  /** Who answers for the agents of the tenant, as it was seen last. */
  readonly owners: () => OwnersSeen;
  /** How each program is met. */
  readonly places: readonly MetPlace[];
  readonly recentLogin: () =>
    | { readonly name: string; readonly uid: number; readonly at: number }
    | undefined;
  /** What gateways said last of tool servers. */
  readonly servers: readonly SeenServer[];
  readonly clock: Pick<Clock, 'now'>;
}

/** What runs, and what is red. What the deployment cannot give is said, not hidden. */
export async function describeStatus(parts: StatusParts): Promise<JsonObject> {
  const { store, settings, snapshot, tenant } = parts;
  const tools = await store.catalogue.counts(tenant);
  const overlay = await store.overlay.current();
  const entries = overlay.entries.filter(
    ({ target }) => target.kind === 'all' || target.tenant === tenant,
  );
  const pending = await store.grants.list({ tenant, state: 'pending', limit: 1_000 });
  const instances = await store.instances.list(tenant);
  return {
    ...startedAs(settings),
    tenant,
    snapshot: { number: snapshot?.number ?? 0, digest: snapshot?.digest ?? '' },
    overlay: { number: overlay.number, entries: entries.length, by: countsOf(entries) },
    gateways: parts.gateways().length,
    gatewaysWanted: parts.gatewaysWanted,
    // What the gateways say of themselves is for whoever runs them.
    gatewayHealth: tenant === settings.tenant ? parts.gateways() : [],
    agents: Object.keys(snapshot?.tenants[tenant]?.agents ?? {}).length,
    instances: instances.filter(({ revokedAt }) => revokedAt === undefined).length,
    tools,
    waiting: waitingTools(parts, await store.catalogue.countsByServer(tenant)),
    approvals: { pending: pending.length },
    recorder: { healthy: writersThatFail(parts).length === 0 },
    readiness: [...(await withSecondPerson(parts, readiness(parts))), ...(await strays(parts))].map(
      (item) => ({
        ...item,
      }),
    ),
  };
}

async function strays({ store, snapshot, tenant }: StatusParts): Promise<readonly Item[]> {
  const item = await manifestsItem(snapshot?.tenants[tenant], store.catalogue);
  return item === undefined ? [] : [item];
}

/** Entries by what they are: what people stopped is not what the machine keeps shut. */
function countsOf(entries: readonly OverlayEntry[]): JsonObject {
  const counts = { stops: 0, suspensions: 0, revocations: 0, quarantines: 0, effects: 0, tasks: 0 };
  for (const { why } of entries) counts[countedAs[why]] += 1;
  return counts;
}

const countedAs = {
  stop: 'stops',
  suspend: 'suspensions',
  revoke: 'revocations',
  quarantine: 'quarantines',
  ended: 'tasks',
  unreconciled: 'effects',
  'already-done': 'effects',
  fenced: 'effects',
  withdrawn: 'revocations',
} as const satisfies Record<OverlayReason, string>;

/** The worst of all: control's own log, and what each gateway said of its own with its last ping. */
function writersThatFail({ recorder, gateways }: StatusParts): string[] {
  const failing = gateways().filter((one) => one['recordsHealthy'] === false);
  const names = failing.map(({ name }) => (typeof name === 'string' ? name : 'a gateway'));
  return recorder.healthy ? names : ['control', ...names];
}

function records(failing: readonly string[]): Item {
  return failing.length === 0
    ? { item: 'records', state: 'green', why: 'every write-ahead file takes records' }
    : {
        item: 'records',
        state: 'red',
        why: `no room or no disk for records: ${failing.join(', ')}; what is not recorded is denied`,
      };
}

/** What an act owes to other planes: it is tried again until it is done, and said meanwhile. */
function reactions(failing: readonly string[]): Item {
  return failing.length === 0
    ? { item: 'reactions', state: 'green', why: 'what changes owe to other parts is done' }
    : {
        item: 'reactions',
        state: 'red',
        why: `cannot be done now and is tried again: ${failing.join(', ')}`,
      };
}

/** What control could not make, and what one gateway alone could not take into force. */
function notInForce({ unapplied, gateways }: StatusParts): readonly string[] {
  const refusing = gateways().flatMap(({ name, refused }) => {
    if (!isJsonObject(refused)) return [];
    const { number, first } = refused;
    const problems = Array.isArray(first) ? first.map(wordOf).join('; ') : '';
    return [`${wordOf(name)} refuses configuration ${wordOf(number)}: ${problems}`];
  });
  return [...unapplied(), ...refusing];
}

/** What a gateway says of itself is judged as it comes. */
function wordOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown';
}

/** The last configuration that could be made stays in force meanwhile. */
function configuration(unapplied: readonly string[]): Item {
  return unapplied.length === 0
    ? { item: 'configuration', state: 'green', why: 'what is stored is in force' }
    : {
        item: 'configuration',
        state: 'red',
        why: `a change could not be applied, the last configuration stays in force: ${unapplied.join('; ')}`,
      };
}

/** Whatever names a secret that nobody put away cannot be asked: a server is not even looked at. */
function secrets({ kinds, snapshot, tenant }: StatusParts): Item {
  const missing = neededSecrets(kinds, snapshot?.tenants[tenant])
    .filter(({ isKept }) => !isKept)
    .map(({ kind, name, secret }) => `${kind} ${name} needs \`${secret}\``);
  return missing.length === 0
    ? { item: 'secrets', state: 'green', why: 'every secret that a document names is in the vault' }
    : {
        item: 'secrets',
        state: 'red',
        why: `not in the vault: ${missing.join(', ')}; put it with \`bailiwick secret set NAME\``,
      };
}

function toolServers({ snapshot, servers, tenant, gateways, clock }: StatusParts): Item {
  return toolServersItem({
    entries: Object.values(snapshot?.tenants[tenant]?.servers ?? {}),
    seen: servers.filter(({ report }) => report.tenant === tenant),
    since: gateways().length === 0 ? undefined : snapshot?.createdAt,
    now: clock.now(),
    tenant: snapshot?.tenants[tenant],
  });
}

/** By server, what waits for a human to look at it. */
function waitingTools(
  { snapshot, tenant }: StatusParts,
  counts: Awaited<ReturnType<Store['catalogue']['countsByServer']>>,
): JsonObject[] {
  return Object.keys(snapshot?.tenants[tenant]?.servers ?? {}).flatMap((server) => {
    const { waiting = 0, quarantined = 0 } = counts.get(server) ?? {};
    return waiting + quarantined === 0 ? [] : [{ server, waiting, quarantined }];
  });
}

/** What decides is compared with the reference implementation all the time. */
function policy({ policy: own, gateways, tenant, settings }: StatusParts): Item {
  // What programs say of themselves is for whoever runs them.
  const told =
    tenant === settings.tenant ? [{ ...own.health, name: 'control' }, ...gateways()] : [];
  const faults = told.flatMap((one) =>
    policyFaults(one).map((fault) => `${wordOf(one['name'])}: ${fault}`),
  );
  if (faults.length > 0) return { item: 'policy', state: 'red', why: faults.join('; ') };
  const warnings = own.warnings.length === 0 ? '' : `; ${own.warnings.join('; ')}`;
  return { item: 'policy', state: 'green', why: `no two evaluators differ${warnings}` };
}

interface Item {
  readonly item: string;
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** What must be green for calls to be served; the rest says how well the deployment protects. */
const serving: ReadonlySet<string> = new Set(['gateways', 'records', 'ratchet', 'policy']);

/** INVARIANT: red exactly when a line of the status is that is about serving, by the same items. */
export function notServing(parts: StatusParts): readonly string[] {
  const lost = new Set(parts.lost().map(({ name }) => name));
  return readiness(parts)
    .filter(({ item, state }) => state === 'red' && (serving.has(item) || lost.has(item)))
    .map(({ item }) => item);
}

export function readiness(parts: StatusParts): Item[] {
  const { keyring } = parts;
  const items: Item[] = [
    keyring.protection === 'file'
      ? { item: 'keys', state: 'red', why: 'keys are files; use a KMS or HSM in production' }
      : { item: 'keys', state: 'green', why: `keys are held by a ${keyring.protection}` },
    witnessItem(parts.witness(), parts.tenant, parts.tenant === parts.settings.tenant),
    archiveItem(parts.archive(), parts.tenant, parts.tenant === parts.settings.tenant),
    {
      item: 'user id',
      state: 'red',
      why: 'agents on this machine may share the user id of the gateway; run them apart',
    },
    { item: 'second person', state: 'red', why: 'looked up in the store' },
    gatewaysItem(parts),
    records(writersThatFail(parts)),
    spaceItem(parts.space()),
    indexItem(parts.index()),
    logDirectoryItem(parts.missingLogs(), parts.acceptedLosses()),
    ...keptItems(parts),
    clockItem(parts),
    reactions(parts.failing()),
    // Whose documents the system compiles; of others nothing is known.
    configuration(parts.tenant === parts.settings.tenant ? notInForce(parts) : []),
    policy(parts),
    secrets(parts),
    toolServers(parts),
    ownersItem(parts.owners()),
    peopleItem(parts.snapshot?.tenants[parts.tenant]),
  ];
  const anchors = anchorItem(parts.anchors(), parts.tenant, parts.tenant === parts.settings.tenant);
  if (anchors !== undefined) items.push(anchors);
  // Packs are of the system's own tenant.
  const evidence =
    parts.tenant === parts.settings.tenant ? evidenceItem(parts.evidence()) : undefined;
  if (evidence !== undefined) items.push(evidence);
  const exported = exportsItem(parts.exports());
  if (exported !== undefined) items.push(exported);
  const https = httpsItem(parts.places);
  if (https !== undefined) items.push(https);
  const login = parts.recentLogin();
  if (login !== undefined) items.push(loginItem(login));
  items.push(ratchetItem(parts.putBack()));
  for (const { name, code, message } of parts.lost()) {
    items.push({ item: name, state: 'red', why: `not started any more: ${message} (${code})` });
  }
  items.push(...documentItems(parts));
  if (parts.privateRuntime) {
    items.push({
      item: 'runtime',
      state: 'red',
      why: 'a private Node from a package; for evaluation only',
    });
  }
  return items;
}

/** One serves once it has a configuration; agents meet whichever is there. */
function gatewaysItem({ gateways, gatewaysWanted: wanted }: StatusParts): Item {
  const serving = gateways().filter(({ configuration: at }) => typeof at === 'number' && at > 0);
  const why = `${serving.length} of ${wanted} serve`;
  return { item: 'gateways', state: serving.length < wanted ? 'red' : 'green', why };
}

/** Whoever did not do it, or does not know who did, must learn of it. */
function loginItem({ name, uid, at }: NonNullable<ReturnType<StatusParts['recentLogin']>>): Item {
  const who = `${name} got a new credential by the folder of the keys at ${isoTime(at)} (user id ${uid})`;
  return {
    item: 'sign-in',
    state: 'red',
    why: `${who}; if nobody knows of it, your keys are lost`,
  };
}

/** What the documents of a tenant leave open for now. */
function documentItems({
  snapshot,
  tenant: of,
  gateways,
  clock,
  places,
  servers,
}: StatusParts): readonly Item[] {
  const tenant = snapshot?.tenants[of];
  const apart = Object.values(tenant?.agents ?? {})
    .filter(({ tasks }) => tasks === 'perInstance')
    .map(({ name }) => name);
  const firstSeen = Object.values(tenant?.servers ?? {})
    .filter(({ pin }) => pin === 'first-seen')
    .map(({ name }) => name);
  const items: (Item | undefined)[] = [
    red('tasks', 'instances share no task, so a new key sheds labels', apart),
    phasesItem(tenant, gateways()),
    clientsItem(tenant, places),
    exceptionsItem(tenant, clock.now()),
    reviewsItem(tenant, clock.now()),
    provenanceItem(
      tenant,
      servers.filter(({ report }) => report.tenant === of),
    ),
    red('pins', 'pinned as first seen, reviewed by nobody', firstSeen),
  ];
  return items.filter((one) => one !== undefined);
}

function red(item: string, why: string, names: readonly string[]): Item | undefined {
  return names.length === 0
    ? undefined
    : { item, state: 'red', why: `${why}: ${names.join(', ')}` };
}
