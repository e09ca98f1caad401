import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { parseJson } from '#kernel/json/index.ts';
import { isoTime, systemClock } from '#kernel/time.ts';
import {
  askForCut,
  checkBackup,
  cutSocket,
  filesOfRunning,
  filesToPack,
  restoredFile,
  takeBackup,
  unpackBackup,
} from '#storage/backup/index.ts';
import { beginAnew, type LostRecords } from '#storage/ratchet/index.ts';
import { type FolderLock, lockFolder, openSqliteStore } from '#storage/sqlite/index.ts';
import { schemaVersion } from '#storage/sql/migrations.ts';
import { cutLogs, defaultOriginPrefix, logOrigin } from '#storage/tiles/index.ts';
import { logVkey, signedLine, signNote } from '#tlog/index.ts';

const origin = logOrigin(defaultOriginPrefix, {
  tenant: 'main',
  retention: 'backup',
  writer: 'control-1',
});
const openWith = z.union([
  z.strictObject({ kind: z.literal('passphrase'), passphrase: z.string().min(1) }),
  z.strictObject({ kind: z.literal('identity'), identity: z.string() }),
]);
const to = z.union([
  z.strictObject({ kind: z.literal('passphrase'), passphrase: z.string().min(1) }),
  z.strictObject({ kind: z.literal('recipient'), recipient: z.string() }),
]);
const asked = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('take'),
    data: z.string(),
    keys: z.string(),
    file: z.string(),
    to: to.optional(),
  }),
  z.strictObject({
    verb: z.literal('verify'),
    file: z.string(),
    vkeys: z.array(z.string()).min(1),
    open: openWith.optional(),
  }),
  z.strictObject({
    verb: z.literal('restore'),
    data: z.string(),
    keys: z.string(),
    file: z.string(),
    reason: z.string().min(1),
    open: openWith.optional(),
  }),
]);
type Asked<V> = Extract<z.infer<typeof asked>, { verb: V }>;

/** What the command line asks in one line on stdin: it knows no store. Says each thing in a line of JSON. */
function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** INVARIANT: one cut: with the lock that the supervisor takes, or as whoever has it holds the store still. */
async function take(wanted: Asked<'take'>): Promise<object> {
  const { data } = wanted;
  if (!existsSync(join(data, 'store'))) throw noData(data);
  const lock = lockOf(data);
  if (lock instanceof BailiwickError) return takeRunning(wanted, lock);
  try {
    return await packed(wanted, { files: filesToPack(data) });
  } finally {
    lock.release();
  }
}

function lockOf(data: string): FolderLock | BailiwickError {
  try {
    return lockFolder(data);
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.code === 'store/locked') return fault;
    throw fault;
  }
}

/** INVARIANT: it has its name only once it is on record. */
async function takeRunning(wanted: Asked<'take'>, locked: BailiwickError): Promise<object> {
  const { data, keys } = wanted;
  const held = await askForCut(join(data, cutSocket));
  if (held === undefined) throw locked;
  const ratchetFolder = join(keys, 'ratchet');
  const logs = () => cutLogs({ data, ratchetFolder });
  try {
    return await packed(wanted, {
      files: filesOfRunning({ data, held, logs }),
      whole: ({ files, bytes, sums }) => held.taken({ files, bytes, sums }),
    });
  } finally {
    held.close();
  }
}

async function packed(
  { data, keys, file, to: seal }: Asked<'take'>,
  of: Pick<Parameters<typeof takeBackup>[0], 'files' | 'whole'>,
): Promise<object> {
  const keyring = await createFileKeyring({ folder: keys, data });
  const signer = await keyring.signer('log');
  const facts = await takeBackup({
    ...of,
    data,
    file,
    to: seal,
    version: versionHere(),
    schema: schemaVersion,
    takenAt: isoTime(systemClock.now()),
    sign: (told) => signNote(`${origin}\n${told}\n`, origin, signer),
    progress: (files, bytes) => {
      if (files % 100 === 0) say({ progress: { files, bytes } });
    },
  });
  return {
    ...facts,
    file,
    running: of.whole !== undefined,
    vkey: logVkey(origin, signer.publicKey),
  };
}

async function restore({ data, keys, file, reason, open }: Asked<'restore'>): Promise<object> {
  const ratchet = join(keys, 'ratchet');
  const keyring = await createFileKeyring({ folder: existing(keys) });
  const { publicKey } = await keyring.signer('log');
  let lost: readonly LostRecords[] = [];
  const facts = await unpackBackup({
    data,
    file,
    open,
    verify: (note) => signedLine(note, origin, [logVkey(origin, publicKey)]),
    async admit(folder, { schema }) {
      if (schema > schemaVersion) throw new BailiwickError('store/newer-version');
      await createFileKeyring({ folder: keys, data: folder });
      // Checked, and brought to this version.
      await (await openSqliteStore({ folder: join(folder, 'store'), clock: systemClock })).close();
      writeFileSync(join(folder, restoredFile), `${reason}\n`, { mode: 0o600, flush: true });
    },
    before({ logs }) {
      lost = beginAnew(ratchet, { logs, reason });
    },
  });
  return { ...facts, data, lost };
}

function existing(keys: string): string {
  if (existsSync(join(keys, 'keyring.json'))) return keys;
  throw new BailiwickError('store/keys-unreadable', {
    message: `there are no keys at \`${keys}\``,
  });
}

function noData(data: string): BailiwickError {
  return new BailiwickError('config/unreadable', {
    message: `there is no store in \`${data}\``,
    suggestedAction:
      'name the data folder with `--data`; of a store in PostgreSQL take `pg_dump` first and the logs after it, as `docs/backup.md` says',
  });
}

function versionHere(): string {
  const json = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return /"version":\s*"([^"]+)"/u.exec(json)?.[1] ?? '0.0.0';
}

function run(said: z.infer<typeof asked>): Promise<object> {
  if (said.verb === 'take') return take(said);
  if (said.verb === 'restore') return restore(said);
  const { file, open, vkeys } = said;
  return checkBackup({ file, open, verify: (note) => signedLine(note, origin, vkeys) });
}

try {
  say({ done: await run(asked.parse(parseJson(await buffer(process.stdin)))) });
} catch (fault) {
  const known =
    fault instanceof BailiwickError
      ? fault
      : new BailiwickError('gateway/internal', { message: String(fault), cause: fault });
  const { code, message, suggestedAction } = known;
  say({ failed: { code, message, suggestedAction } });
  process.exitCode = 1;
}
