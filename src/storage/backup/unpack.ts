import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { opened } from './age-body.ts';
import { isSealed, type OpenWith } from './age-header.ts';
import { syncFolder, writeWhole } from './files.ts';
import {
  type BackupFacts,
  factsIn,
  mostNoteBytes,
  mostSumsBytes,
  noteName,
  sumsName,
} from './manifest.ts';
import { readTar, type TarEntry } from './tar.ts';

export interface ReadBackup {
  readonly file: string;
  readonly open: OpenWith | undefined;
  /** The line of facts in a note, once its signature holds; throws where it does not. */
  readonly verify: (note: Buffer) => string;
}

export interface Unpack extends ReadBackup {
  readonly data: string;
  /** Whether what was unpacked may be gone on with; throws where not. It may change it: a store is migrated. */
  readonly admit: (folder: string, facts: BackupFacts) => Promise<void>;
  /** What must be known before it is there under its name. */
  readonly before: (facts: BackupFacts) => void;
}

/** Every digest and the signature over them. */
export function checkBackup(read: ReadBackup): Promise<BackupFacts> {
  return eachFile(read, drain);
}

/**
 * INVARIANT: the data folder is there whole and proved, or not at all: it is unpacked beside, and gets its name last.
 * What a killed run left is taken away by the next.
 */
export async function unpackBackup({ data, admit, before, ...read }: Unpack): Promise<BackupFacts> {
  checkEmpty(data);
  const beside = `${data}.restoring`;
  fs.rmSync(beside, { recursive: true, force: true });
  try {
    fs.mkdirSync(beside, { recursive: true, mode: 0o700 });
    const facts = await eachFile(read, ({ name, bytes }) => writeWhole(join(beside, name), bytes));
    await admit(beside, facts);
    syncBelow(beside);
    before(facts);
    if (fs.existsSync(data)) fs.rmdirSync(data);
    fs.renameSync(beside, data);
    syncFolder(dirname(data));
    return facts;
  } catch (fault) {
    fs.rmSync(beside, { recursive: true, force: true });
    throw fault;
  }
}

type Take = (entry: TarEntry) => Promise<void>;

async function eachFile(read: ReadBackup, take: Take): Promise<BackupFacts> {
  const seen = createHash('sha256');
  const count = { files: 0, bytes: 0 };
  let sums: Buffer | undefined;
  let facts: BackupFacts | undefined;
  for await (const entry of readTar(bytesOf(read))) {
    if (facts !== undefined) throw damaged('something stands behind its end');
    if (entry.name === sumsName) sums = await smallFile(entry, mostSumsBytes);
    else if (sums !== undefined) facts = await factsOf(entry, read, sums);
    else {
      const digest = createHash('sha256');
      await take({ ...entry, bytes: digesting(entry.bytes, digest) });
      seen.update(`${digest.digest('hex')}  ${entry.name}\n`);
      count.files += 1;
      count.bytes += entry.size;
    }
  }
  if (facts === undefined) throw damaged('nothing at its end says what it is');
  const isWhole = seen.digest('hex') === facts.sums && count.files === facts.files;
  if (isWhole && count.bytes === facts.bytes) return facts;
  throw damaged('what is in it is not what was signed for');
}

async function factsOf(entry: TarEntry, read: ReadBackup, sums: Buffer): Promise<BackupFacts> {
  if (entry.name !== noteName) throw damaged('something stands between its list and its signature');
  const facts = factsIn(read.verify(await smallFile(entry, mostNoteBytes)));
  if (facts.sums === sha256Hex(sums)) return facts;
  throw damaged('its list is not the one that was signed');
}

async function* bytesOf({ file, open }: ReadBackup): AsyncGenerator<Uint8Array> {
  const bytes = fs.createReadStream(file) as AsyncIterable<Buffer>;
  yield* isSealed(beginning(file)) ? opened(bytes, open) : bytes;
}

function beginning(path: string): Buffer {
  const file = fs.openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(64);
    return bytes.subarray(0, fs.readSync(file, bytes));
  } finally {
    fs.closeSync(file);
  }
}

async function* digesting(
  bytes: AsyncIterable<Uint8Array>,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    digest.update(part);
    yield part;
  }
}

async function drain({ bytes }: TarEntry): Promise<void> {
  const reader = bytes[Symbol.asyncIterator]();
  while ((await reader.next()).done !== true);
}

async function smallFile({ name, size, bytes }: TarEntry, most: number): Promise<Buffer> {
  if (size > most) throw damaged(`\`${name}\` is too long`);
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}

function checkEmpty(data: string): void {
  if (!fs.existsSync(data) || fs.readdirSync(data).length === 0) return;
  throw new BailiwickError('backup/not-empty', { message: `\`${data}\` is not empty` });
}

function syncBelow(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) syncBelow(join(folder, entry.name));
  }
  syncFolder(folder);
}

const damaged = (message: string): BailiwickError =>
  new BailiwickError('backup/damaged', { message });
