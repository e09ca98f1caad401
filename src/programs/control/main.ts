import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { createCedarEngine } from '#adapters/policy-engine/cedar/index.ts';
import { createControlApi } from '#api/index.ts';
import type { PolicyProblem } from '#contracts/policy-engine.ts';
import type { Store } from '#contracts/store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { PolicyEntry, Snapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import { createApprovalDesk } from '#planes/approvals/index.ts';
import { createAuditReader, createPayloadSealer, createRecorder } from '#planes/audit/index.ts';
import { createVault } from '#planes/credentials/index.ts';
import { createEnrolment } from '#planes/identity/index.ts';
import { agentKind } from '#planes/lifecycle/index.ts';
import { createPolicyGate, policyKind } from '#planes/policy/index.ts';
import { manifestKind, toolServerKind } from '#planes/tools/index.ts';
import { openJournal } from '#storage/journal/index.ts';
import { serveStatePort } from '#storage/socket/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { openLogReaders, startIntegrator } from '#storage/tiles/index.ts';
import { endWith, onLogFault, receiveSettings, runProgram, tell } from '../child.ts';
import { controlSettings, type ControlSettings } from '../settings.ts';
import { createCompiler } from './compile.ts';
import { adoptObservations } from './observations.ts';
import { describeStatus } from './status.ts';

const writer = 'control-1';
const kinds = [agentKind, manifestKind, toolServerKind, policyKind];
const expiryMs = 1_000;

/** The control program: owns the store, compiles documents, serves people and the state port. */
async function main(): Promise<void> {
  const settings = await receiveSettings(controlSettings);
  const keyring = await createFileKeyring({ folder: settings.keys, data: settings.data });
  tell({ event: 'progress', text: 'opening the store' });
  const clock = systemClock;
  const store = await openSqliteStore({ folder: join(settings.data, 'store'), clock });
  const logRoot = join(settings.data, 'log');
  const journalFolder = join(settings.data, 'journal', writer);
  const journal = await openJournal({ folder: journalFolder });
  const integrator = await startIntegrator({
    journalFolder,
    logRoot,
    writer,
    signerKeyPkcs8: await keyring.signerKeyPkcs8('log'),
    onError: onLogFault,
  });
  const logKey = (await keyring.signer('log')).publicKey;
  const sealer = await createPayloadSealer({ keyring, clock });
  const recorder = createRecorder({ journal, clock, writer, sealer });
  const policy = createPolicyGate({ engine: createCedarEngine() });
  const { tenant } = settings;
  const enrolment = await createEnrolment({
    instances: store.instances,
    keyring,
    recorder,
    clock,
    knownAgent: (of, name) => compiler.current()?.tenants[of]?.agents[name] !== undefined,
    onRosterChange: () => publishRoster(store),
  });
  const compiler = createCompiler({
    store,
    kinds,
    policy,
    recorder,
    clock,
    tenant,
    trust: () => enrolment.trust(),
  });
  const vault = createVault({ keyring, book: store.secrets, recorder, clock });
  for (const [name, value] of Object.entries(settings.seedSecrets)) {
    await vault.put({ tenant, name, value: Buffer.from(value), by: 'demo' });
  }
  if (settings.config !== undefined) await compiler.loadFolder(settings.config);
  tell({ event: 'progress', text: 'compiling the documents' });
  await publishRoster(store);
  await compiler.recompile();
  const port = await serveStatePort({
    path: settings.statePort,
    store: adoptObservations({
      store,
      recorder,
      clock,
      tenant,
      snapshot: () => compiler.current(),
      recompile: () => compiler.recompile(),
    }),
  });
  const desk = createApprovalDesk({ ledger: store.grants, clock, recorder });
  const api = await createControlApi(
    {
      store,
      enrolment,
      desk,
      vault,
      reader: createAuditReader({ readers: () => openLogReaders(logRoot, logKey), sealer }),
      recorder,
      policy,
      kinds,
      clock,
      tenant,
      version: settings.version,
      checkPolicies: (policies) => checkPolicies(compiler.current(), tenant, policies),
      snapshot: () => compiler.current(),
      recompile: () => compiler.recompile(),
      status: () =>
        describeStatus({
          store,
          keyring,
          recorder,
          settings,
          snapshot: compiler.current(),
          gateways: () => port.health(),
        }),
    },
    settings.listen,
  );
  await offerSetup(store, settings, api.url);
  const expiry = setInterval(() => void expire(), expiryMs);
  const expire = async (): Promise<void> => {
    try {
      await desk.expire();
      await store.reservations.settleExpired(clock.now());
    } catch (fault) {
      tell({ event: 'progress', text: `expiry: ${String(fault)}` });
    }
  };
  endWith(async () => {
    clearInterval(expiry);
    await api.close();
    await port.close();
    await journal.close();
    await integrator.flush();
    await integrator.stop();
    await store.close();
  });
  tell({ event: 'ready', urls: { console: api.url } });
}

/** In a gate of its own: a check must not touch what is in force. */
function checkPolicies(
  snapshot: Snapshot | undefined,
  tenant: string,
  policies: readonly PolicyEntry[],
): readonly PolicyProblem[] {
  const current = snapshot?.tenants[tenant];
  if (snapshot === undefined || current === undefined) return [];
  const gate = createPolicyGate({ engine: createCedarEngine() });
  return gate.adopt({ ...snapshot, tenants: { [tenant]: { ...current, policies } } });
}

/** The roster is made anew from the book: what is revoked is not in it. */
async function publishRoster(store: Store): Promise<void> {
  const all = await store.instances.listAll();
  const { roster } = await store.snapshots.current();
  await store.snapshots.publishRoster({
    number: roster.number + 1,
    instances: Object.fromEntries(
      all
        .filter(({ revokedAt }) => revokedAt === undefined)
        .map(({ thumbprint, tenant, agent, instance }) => [
          thumbprint,
          { tenant, agent, instance },
        ]),
    ),
  });
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
