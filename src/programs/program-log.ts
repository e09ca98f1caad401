import { join } from 'node:path';
import type { FileKeyring } from '#adapters/keyring/file/index.ts';
import type { Journal } from '#contracts/journal.ts';
import type { GatewayPayloadKeys, PayloadKeyBook } from '#contracts/payload-keys.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import type { DiskSpace, SpaceLevels } from '#contracts/disk-space.ts';
import { type Clock, machineClock } from '#kernel/time.ts';
import {
  type ClockJump,
  createPayloadSealer,
  createRecorder,
  directoryClass,
  type PayloadSealer,
  type Recorder,
  type RecorderParts,
  guardSpace,
  recordGaps,
  watchClock,
} from '#planes/audit/index.ts';
import {
  holdJournal,
  type JournalLock,
  openGapFile,
  openJournal,
  watchSpace,
} from '#storage/journal/index.ts';
import {
  admitLogs,
  catchUp,
  createLogLag,
  defaultOriginPrefix,
  keptLogReaders,
  type LocatedLog,
  logOrigin,
  newestIdTime,
  openLogReaders,
  recordsIn,
  startIntegrator,
  type SignerKeys,
  type Succession,
} from '#storage/tiles/index.ts';
import { onLogFault } from './child.ts';
import type { SecondSignature } from './settings.ts';

/** The log of one program: its write-ahead file, the worker that moves it into tiles, its recorder. */
export interface ProgramLog {
  readonly journal: Journal;
  readonly sealer: PayloadSealer;
  readonly tenants: TenantKeys;
  readonly recorder: Recorder;
  /** Of the logs that say which logs there are. */
  readonly directory: Recorder;
  /** False when this program has written here before. */
  readonly isNew: boolean;
  /** Under which name its logs go on, and why they succeed others. */
  readonly succession: Succession;
  /** How the machine's clock was set last, while this program runs. */
  clockJump(): ClockJump | undefined;
  /** How many records are durable and not in the log yet. */
  lag(): number;
  /** How much room the disk of the data folder has. */
  space(): DiskSpace;
  /** How many are in every log of the data folder. */
  records(): number;
  /** Every log of the data folder, opened anew. */
  readers(): readonly LocatedLog[];
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LogHold {
  readonly lock: JournalLock;
}

/** How soon it is on record that there was a gap, when nothing else is recorded. */
const gapLookMs = 1_000;

/** An earlier life of this program may still be ending: once this is held, it has. */
export async function holdProgramLog(data: string, writer: string): Promise<LogHold> {
  const folder = folderOf(data, writer);
  return { lock: await holdJournal({ folder }) };
}

function folderOf(data: string, writer: string): string {
  return join(data, 'journal', writer);
}

interface ProgramLogOptions {
  readonly data: string;
  readonly writer: string;
  readonly tenant: string;
  /** Beside the keys. */
  readonly ratchetFolder: string;
  readonly keyring: FileKeyring;
  readonly clock: Clock;
  /** Of the store, where this program owns it. */
  readonly payloadKeys?: PayloadKeyBook;
  /** Of a gateway: lent by control. */
  readonly lentKeys?: GatewayPayloadKeys;
  /** What it records, which says what is refused before the disk is full: of people, where nothing is said. */
  readonly records?: 'calls' | 'people';
  /** Where the disk is low, and what is refused on it then; the usual ones where nothing is said. */
  readonly diskLevels?: SpaceLevels | undefined;
  /** Its checkpoints are signed once more, by a key of its own. */
  readonly secondSignature?: SecondSignature | undefined;
  /** Which environment this is, as whoever started it says: it stands in every record. */
  readonly environment?: string | undefined;
  /** Taken before, by a program that opens more than its log. */
  readonly hold?: LogHold;
}

async function signerKeys({ keyring, secondSignature }: ProgramLogOptions): Promise<SignerKeys> {
  const signerKeyPkcs8 = await keyring.signerKeyPkcs8('log');
  if (secondSignature === undefined) return { signerKeyPkcs8 };
  return { signerKeyPkcs8, secondKeyPkcs8: await keyring.secondKeyPkcs8('log') };
}

export async function openProgramLog(options: ProgramLogOptions): Promise<ProgramLog> {
  const { data, writer, tenant, ratchetFolder, keyring, clock } = options;
  const { lock } = options.hold ?? (await holdProgramLog(data, writer));
  const journalFolder = folderOf(data, writer);
  const logRoot = join(data, 'log');
  const place = { journalFolder, logRoot, writer, ratchetFolder };
  const originPrefix = defaultOriginPrefix;
  const succession = admitLogs({ ...place, originPrefix, now: clock.now() });
  const { name } = succession;
  const keys = await signerKeys(options);
  // INVARIANT: what the last life left is in tiles before a new segment is made: a start that fails
  // over it leaves nothing behind, however often it is tried.
  await catchUp({ ...place, name, ...keys });
  const journal = await openJournal({ folder: journalFolder, lock });
  const integrator = startIntegrator({ ...place, name, ...keys, onError: onLogFault });
  const { sealer, tenants } = await openSealer(options);
  const { publicKey } = await keyring.signer('log');
  const readers = () => openLogReaders(logRoot, publicKey);
  const looked = keptLogReaders(logRoot, publicKey);
  const idsAfter = newestIdOf(looked(), succession.name);
  const lag = createLogLag(succession.name, looked);
  const onWritten = (records: number): void => lag.wrote(records);
  const recording = recordingOf(options, { journal, sealer, idsAfter, onWritten });
  const space = watchSpace(data, clock, { levels: options.diskLevels });
  const own = createRecorder(recording);
  const recorder = recordGaps({
    recorder: guardSpace({ recorder: own, space, of: options.records ?? 'people' }),
    clock,
    memory: openGapFile(journalFolder),
  });
  const directory = createRecorder({ ...recording, retention: directoryClass });
  await recordBeginning(recorder, { tenant, writer, succession });
  if (succession.unopened) await integrator.opened();
  await recorder.look();
  const { watch, stop } = startLooks(recorder, tenant);
  return {
    journal,
    sealer,
    tenants,
    isNew: succession.unopened && succession.broken === undefined,
    succession,
    recorder,
    directory,
    clockJump: () => watch.last(),
    lag: () => lag.now(),
    space,
    records: () => recordsIn(looked()),
    readers,
    flush: () => integrator.flush(),
    async close() {
      stop();
      await recorder.lastLook();
      await journal.close();
      await integrator.flush();
      await integrator.stop();
      // Last of all: until here this program writes tiles.
      lock.release();
    },
  };
}

function recordingOf(
  { clock, writer, environment, payloadKeys }: ProgramLogOptions,
  opened: Pick<RecorderParts, 'journal' | 'sealer' | 'idsAfter' | 'onWritten'>,
): RecorderParts {
  // Only who owns the store has keys of people at hand; a gateway records no act of a person.
  return { ...opened, clock, writer, environment, sealsTyped: payloadKeys !== undefined };
}

function startLooks(recorder: ReturnType<typeof recordGaps>, tenant: string) {
  const watch = watchClock({ machine: machineClock, recorder, tenant });
  const looks = setInterval(() => {
    void recorder.look();
    // What could not be recorded is told at a later look.
    void watch.look().catch(() => undefined);
  }, gapLookMs);
  looks.unref();
  return { watch, stop: () => clearInterval(looks) };
}

/** Ids of all logs of a writer go on behind it. */
function newestIdOf(logs: readonly LocatedLog[], name: string): number {
  const own = logs.filter(({ writer }) => writer === name);
  return Math.max(0, ...own.map(({ reader }) => newestIdTime(reader)));
}

async function openSealer(of: ProgramLogOptions) {
  const { keyring, clock, payloadKeys: keys, lentKeys: lent } = of;
  const tenants = await keyring.tenants();
  return { tenants, sealer: await createPayloadSealer({ keyring, clock, keys, lent, tenants }) };
}

/** The first words of a log, and what had to be made anew of one that goes on. */
async function recordBeginning(
  recorder: Recorder,
  begun: { readonly tenant: string; readonly writer: string; readonly succession: Succession },
): Promise<void> {
  const { tenant, writer, succession } = begun;
  const { name, unopened, broken, rebuilt } = succession;
  const actors = [{ kind: 'system', name: writer }] as const;
  if (unopened) {
    const origin = logOrigin(defaultOriginPrefix, { tenant, retention: 'standard', writer: name });
    const succeeds =
      broken === undefined
        ? {}
        : { why: broken.why, predecessors: broken.before.map((head) => ({ ...head })) };
    await recorder.record({
      type: 'log.opened',
      tenant,
      actors,
      details: { origin, ...succeeds },
    });
  }
  if (rebuilt.length > 0) {
    await recorder.record({
      type: 'log.recovered',
      tenant,
      actors,
      details: { stateRebuilt: [...rebuilt] },
    });
  }
}
