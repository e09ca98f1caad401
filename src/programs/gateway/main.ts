import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import type { GatewayPayloadKeys } from '#contracts/payload-keys.ts';
import type { ServerReport } from '#contracts/server-report.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import { systemClock } from '#kernel/time.ts';
import {
  type Chores,
  createPipeline,
  listeningIn,
  createStages,
  fellowServices,
  followFeeds,
  readStopFile,
  serveGateway,
  startChores,
  tendKeys,
  withPages,
} from '#gateway/index.ts';
import { type MarkingRecorder, markIntents } from '#planes/audit/index.ts';
import { isAnswered } from '#storage/ratchet/index.ts';
import { connectStatePort } from '#storage/socket/index.ts';
import { stopFilePath } from '../../../sdk/index.ts';
import { endWith, receiveSettings, runProgram, tell } from '../child.ts';
import { openProgramLog, type ProgramLog } from '../program-log.ts';
import { gatewaySettings, type GatewaySettings } from '../settings.ts';
import { fellowsOf, noncesOf } from './among.ts';
import { protocols, toolServerTransports } from './catalogue.ts';
import { serverHomes } from '../server-homes.ts';
import { type ClientFace, openClientFace } from './client-face.ts';
import { gatewayHealth } from './health.ts';
import { createLentBook } from './lent-book.ts';
import { type GatewayParts, openGatewayParts } from './parts.ts';
import { recoverIntents } from './recover.ts';
import {
  openUnreconciledFile,
  readUnreconciled,
  type UnreconciledFile,
} from './unreconciled-file.ts';

const answerPollMs = 100;
const closeGraceMs = 5_000;

/** The data plane: carries calls, writes the log, reads only Snapshot, overlay and counters. */
async function main(): Promise<void> {
  const settings = await receiveSettings(gatewaySettings);
  const keyring = await createFileKeyring({ folder: settings.keys, data: settings.data });
  tell({ event: 'progress', text: 'recovering the log' });
  const { data, writer, tenant } = settings;
  const lent = createLentBook();
  const log = await openLog(settings, keyring, lent.keys);
  const health = gatewayHealth(log.recorder, log);
  const port = connectStatePort({ path: settings.statePort, name: writer, health: health.tell });
  lent.from(port.payloadKeys);
  const fellows = fellowsOf(settings);
  let chores: Chores | undefined;
  const unreconciled = openUnreconciledFile(unreconciledPath(settings));
  const recorder = markIntents({
    recorder: log.recorder,
    tenant,
    // What ended unknown must be in its file before the log says that nobody need look for it.
    mayMark: () => unreconciled.isKept,
  });
  const parts = await openGatewayParts({
    port,
    recorder,
    sealer: log.sealer,
    tenants: log.tenants,
    keyring,
    transports: toolServerTransports(serverHomes(data)),
    clock: systemClock,
    writer,
    gateway: port.gateway,
    tenant,
    fellows,
    nonces: noncesOf(settings),
    onListChanged: (of, server) => chores?.changed(of, server),
  });
  health.of(parts);
  if (!log.isNew) await recover(parts, log, settings);
  unreconciled.keep(parts.unreconciled);
  // INVARIANT: a start on record says that nothing before it is open, so this stands before it.
  await unreconciled.settled();
  await recorder.record(programDraft('gateway.started', settings));
  const open = { parts, port, log, unreconciled, recorder, settings };
  if (settings.task === 'close-log') return closeLog(open);
  const face = await openClientFace(parts, { keyring, fellows });
  const listChanged = (of: string, server: string) => chores?.changed(of, server);
  await fellows.meet(fellowServices({ ...parts, ...face, listChanged }));
  const { serving, stopFeeds, stopChores } = await start(open, face, (running) => {
    chores = running;
  });
  health.at(serving.origins);
  endWith(async () => {
    parts.control.shutDown();
    await serving.close(closeGraceMs);
    stopFeeds();
    await stopChores();
    await parts.questions.close();
    await parts.upstreams.close();
    await parts.modelConnections.close();
    await fellows.close();
    await leave(open);
  });
  tell({ event: 'ready', urls: urlsOf(serving) });
}

async function openLog(
  { data, keys, writer, tenant, diskLevels, secondSignature, environment }: GatewaySettings,
  keyring: Awaited<ReturnType<typeof createFileKeyring>>,
  lentKeys: GatewayPayloadKeys,
): Promise<ProgramLog> {
  const ratchetFolder = join(keys, 'ratchet');
  const of = { data, writer, tenant, ratchetFolder, diskLevels, secondSignature, environment };
  const place = { ...of, records: 'calls' as const };
  const log = await openProgramLog({ ...place, keyring, clock: systemClock, lentKeys });
  await untilAnswered(log, ratchetFolder);
  return log;
}

function urlsOf({ url, tlsUrl }: { readonly url: string; readonly tlsUrl: string | undefined }) {
  return { gateway: url, ...(tlsUrl === undefined ? {} : { tls: tlsUrl }) };
}

interface Open {
  readonly parts: GatewayParts;
  readonly port: ReturnType<typeof connectStatePort>;
  readonly log: ProgramLog;
  readonly unreconciled: UnreconciledFile;
  readonly recorder: MarkingRecorder;
  readonly settings: GatewaySettings;
}

/** The last words of a writer: nothing is open, or it is told. */
async function leave({ parts, port, log, unreconciled, recorder, settings }: Open): Promise<void> {
  await parts.unreconciled.leave();
  await unreconciled.close();
  const stopped = programDraft('gateway.stopped', settings, { ...recorder.mark() });
  await recorder.record(stopped).catch(() => undefined);
  await log.close();
  await port.close();
}

/** Nobody starts this writer any more: what it left open is told, then its log is closed. */
async function closeLog(open: Open): Promise<void> {
  while (!(await open.parts.unreconciled.tell())) await pause(answerPollMs);
  await leave(open);
  endWith(async () => undefined);
  tell({ event: 'ready', urls: {} });
}

/** INVARIANT: logs that had to begin anew serve nothing before control has stopped everything. */
async function untilAnswered({ succession }: ProgramLog, ratchetFolder: string): Promise<void> {
  const { broken } = succession;
  if (broken === undefined || isAnswered(ratchetFolder, broken.id)) return;
  tell({ event: 'progress', text: `the log begins anew (${broken.why}); waiting for control` });
  while (!isAnswered(ratchetFolder, broken.id)) await pause(answerPollMs);
}

function unreconciledPath({ data, writer }: GatewaySettings): string {
  return join(data, 'unreconciled', `${writer}.json`);
}

async function recover(
  parts: GatewayParts,
  log: ProgramLog,
  settings: GatewaySettings,
): Promise<void> {
  const { tenant, writer } = settings;
  const unreconciled = await readUnreconciled(unreconciledPath(settings));
  const found = await recoverIntents(parts, { log, tenant, writer, unreconciled });
  const { dangling, scanned, clean } = found;
  if (clean || scanned === 0) return;
  await parts.recorder.record({
    type: 'log.recovered',
    tenant,
    actors: [{ kind: 'system', name: writer }],
    details: { unknownEffects: dangling, recordsRead: scanned },
  });
  if (dangling > 0) {
    tell({ event: 'progress', text: `${dangling} calls ended with an unknown effect` });
  }
}

async function start(
  { parts, port, settings }: Open,
  face: ClientFace,
  running: (chores: Chores) => void,
) {
  const { publicConsole } = settings;
  const walked = createPipeline({ ...parts, stages: createStages({ ...parts, publicConsole }) });
  const listening = listeningIn(parts);
  const mayWait = (by: Principal): boolean => listening.mayListen(by);
  const pipeline = withPages(walked, { ...parts, mayWait });
  const { tenant: of, data } = settings;
  const chored = {
    tenant: of,
    stopFile: stopFilePath(data),
    look: (tenant: string, server: string) => parts.look(pipeline.run, tenant, server),
    tellServers: (reports: readonly ServerReport[]) => port.tellServers(reports),
  };
  await readStopFile(parts, chored);
  const chores = startChores(parts, chored);
  running(chores);
  // A control that is new knows nothing of the servers here.
  port.onConnection((connected) => {
    if (connected) parts.serverStates.again();
  });
  port.onGateways((count, term) => parts.control.takeGateways(count, term));
  const feeds = followFeeds(parts, port, {
    tenant: of,
    servers: (tenant, servers) => chores.look(tenant, servers),
    settled: () => port.tellNow(),
    ended: (tenant, task) => parts.flow.end(tenant, task),
    refused: ({ number, problems }) =>
      tell({
        event: 'progress',
        text: `configuration ${number} is refused, the last one stays in force: ${problems.join('; ')}`,
      }),
  });
  tell({ event: 'progress', text: 'waiting for the configuration' });
  await feeds.ready;
  // What an earlier life left is refused everywhere, and its fence is lifted; else chores try again.
  await parts.unreconciled.tell();
  await tendKeys(parts, of);
  const serving = await serveGateway(parts, pipeline, {
    tenant: settings.tenant,
    protocols: protocols({ name: 'bailiwick', version: settings.version }, face),
    listen: settings.listen,
    tls: settings.tls,
    authorizationServer: settings.authorizationServer,
    publicUrl: settings.publicUrl,
    shared: settings.among.count > 1,
  });
  return { serving, stopFeeds: () => feeds.stop(), stopChores: () => chores.stop() };
}

function programDraft(
  type: 'gateway.started' | 'gateway.stopped',
  settings: GatewaySettings,
  more: JsonObject = {},
) {
  return {
    type,
    tenant: settings.tenant,
    actors: [{ kind: 'system', name: settings.writer }],
    details: { version: settings.version, pid: process.pid, ...more },
  } as const;
}

runProgram(main);
